//! How a runner starts a job's `services:`.

use super::by_hand::docker;
use super::cast::Cast;
use super::machine::{Machine, Maker};
use super::staged::Staged;
use crate::runner::table::Trait;
use crate::workflow::{Scalar, Service, Words};

/// The `docker run` that a runner's start of a service comes to.
pub(super) fn words(staged: &Staged<'_>, service: &Service, name: &str, network: &str, cast: &Cast) -> Vec<String> {
    let text = |scalar: &Scalar| cast.value(&staged.contexts.text(scalar.value()), staged.contexts);
    let mut words: Vec<String> = ["run", "-d", "--name", name, "--network", network].map(str::to_owned).to_vec();
    if !matches!(network, "host" | "bridge") {
        words.extend(["--network-alias".to_owned(), service.id.value().to_owned()]);
    }
    let container = &service.container;
    let publishes = staged.substrate.does(Trait::PublishesServicePorts).may_be() && network != "host";
    for port in container.ports.iter().flat_map(|ports| &ports.value).filter(|_| publishes) {
        words.extend(["-p".to_owned(), text(port)]);
    }
    if let Some(options) = &container.options {
        words.extend(kept(staged, &text(&options.value)));
    }
    words.push(container.image.as_ref().map_or_else(|| "unknown/service".to_owned(), &text));
    match container.command.as_ref().map(|command| &command.value) {
        Some(Words::Text(line)) => words.extend(text(line).split_whitespace().map(str::to_owned)),
        Some(Words::List(list)) => words.extend(list.iter().map(text)),
        None => {}
    }
    words
}

/// The options that this runner passes on.
fn kept(staged: &Staged<'_>, options: &str) -> Vec<String> {
    let mut words = options.split_whitespace();
    let mut kept = Vec::new();
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, _)) => (name, None),
            None => (
                word,
                word.starts_with('-').then(|| words.clone().next()).flatten().filter(|next| !next.starts_with('-')),
            ),
        };
        let counts = crate::runner::table::option_trait(name).is_none_or(|what| staged.substrate.does(what).may_be());
        if value.is_some() {
            words.next();
        }
        // A health command's words are one word in the file; what it asks is not played.
        let counts = counts && !name.starts_with("--health") && name.starts_with("--");
        if counts {
            kept.push(word.to_owned());
            kept.extend(value.map(str::to_owned));
        }
    }
    kept
}

/// The service and what of it an expression asks for: `job.services.db.ports['5432']`, `.id`, `.network`.
pub(super) fn asked(source: &str) -> Option<(&str, &str)> {
    let rest = source.strip_prefix("job.services.")?;
    rest.find(['.', '[']).map(|at| (&rest[..at], rest[at..].trim_start_matches('.')))
}

/// What the runner tells of a service's container.
pub(super) fn answer(machine: &mut Machine, container: &str, what: &str, network: &str) -> Option<String> {
    match what {
        "id" => machine.container_object(container).map(|object| object.id),
        "network" => Some(network.to_owned()),
        ports => {
            let port: String = ports.strip_prefix("ports")?.chars().filter(char::is_ascii_digit).collect();
            let told = docker(machine, Maker::default(), &["port", container, &port])?;
            told.output.lines().next()?.rsplit(':').next().map(str::to_owned)
        }
    }
}
