//! `compose-port`: what a compose file takes from the host is left to Docker in the job, and stays what it is at
//! a developer's desk.

mod also_up;
mod override_file;
mod read_back;
mod ups;
mod whole;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::doubt::hard_coded;
use super::doubt::whole::of_stacks;
use super::service::{Address, Port, uses_of};
use super::shell_text::ShellText;
use super::unique_name::container_is_said_nowhere;
use super::untrusted::is_variable;
use super::{Draft, NewValue, Place, Scene, Withheld};
use crate::docker::{HostPort, ObjectKind, Publish, Verb, is_name_letter};
use crate::edit::{Applicability, Fix, Mends};
use crate::finding::Finding;
use crate::shell::Word;
use crate::source::{Location, Source, Span};
use crate::stack::{Claim, Claimed};
use crate::trace::Act;
use crate::workflow::Var;
use crate::yaml::Node;
use read_back::still_shared;
use ups::{ups, used_unseen};

/// Lets the job choose the port, or drops the name.
///
/// # Errors
/// When the job uses what would change, or it is not written out.
pub fn compose_port(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let claims = place.job.stacks.values().flat_map(|stack| &stack.claims);
    let claim = claims.into_iter().find(|claim| claim.at == finding.location);
    let claim = claim.ok_or_else(|| Withheld::because("it is not written at the place of the finding"))?;
    let fix = made(scene, &place, claim)?;
    match whole::blocker(&place, claim, &|claim| made(scene, &place, claim).is_ok()) {
        Some(blocker) => Err(Withheld::because(format!(
            "{blocker} would stay the same in every run, so two runs would still collide"
        ))),
        None => {
            let acts = together(&place, claim).into_iter().flat_map(|claim| ups(&place, claim)).map(|(act, _)| act);
            let mends = if matches!(claim.what, Claimed::Port(_)) { Mends::Port } else { Mends::Name };
            Ok(Fix { part_of: of_stacks(&place, acts), mends, ..fix })
        }
    }
}

/// The claims that one fix mends: one variable says a port in all files.
fn together<'c>(place: &'c Place<'_>, claim: &'c Claim) -> Vec<&'c Claim> {
    match &claim.what {
        Claimed::Port(publish) => same_port(place, claim, &publish.container_ports().unwrap_or_default()),
        _ => vec![claim],
    }
}

fn made(scene: &Scene<'_>, place: &Place<'_>, claim: &Claim) -> Result<Fix, Withheld> {
    match &claim.what {
        Claimed::Port(publish) => {
            used_elsewhere(place, claim, publish)?;
            port(scene, place, claim, publish)
        }
        Claimed::Name(_) => name(scene, place, claim),
        Claimed::HostNetwork(..) => Err(Withheld::because(
            "without the host's network every address in the file changes: give the services a network of their own by hand",
        )),
    }
}

/// Refuses a port that the compose files have in an address.
fn used_elsewhere(place: &Place<'_>, claim: &Claim, publish: &Publish) -> Result<(), Withheld> {
    let HostPort::Fixed(host) = publish.host_port() else { return Ok(()) };
    let own: Vec<_> = ups(place, claim).collect();
    let claims: Vec<&Location> = own.iter().flat_map(|(_, stack)| &stack.claims).map(|claim| &claim.at).collect();
    let started = own.iter().flat_map(|(_, stack)| &stack.services);
    let services: Vec<&str> = started.clone().map(|service| service.id.as_str()).collect();
    // A health check asks in the container, for the container's own port.
    let inside = claims.into_iter().chain(started.filter_map(|service| service.health_at.as_ref()));
    let inside: Vec<&Location> = inside.collect();
    for source in own.iter().flat_map(|(_, stack)| &stack.sources) {
        let is_elsewhere = |at: &usize| {
            !inside.iter().any(|part| part.path == *source.path() && part.span.contains(Span::new(*at, at + 1)))
        };
        if let Some(at) = addresses_with(source.text(), host, &services).find(is_elsewhere) {
            let (path, line) = (source.path(), source.place(at).line);
            return Err(Withheld::because(format!(
                "line {line} of `{path}` has port {host} in an address, and that address would stay as it is"
            )));
        }
    }
    Ok(())
}

/// Where a text has `HOST:PORT`, unless the host is one of the services: behind their names stands the container's own.
fn addresses_with<'t>(text: &'t str, port: u16, services: &'t [&str]) -> impl Iterator<Item = usize> + 't {
    let written = format!(":{port}");
    let found: Vec<usize> = text.match_indices(&written).map(|(at, _)| at).collect();
    // What people read in a comment asks for nothing.
    let is_comment = |at: usize| {
        let line = text[..at].rsplit('\n').next().unwrap_or_default();
        line.trim_start().starts_with('#') || line.contains(" # ")
    };
    found.into_iter().filter(move |at| !is_comment(*at)).filter(move |at| {
        let is_host = |c: char| c.is_ascii_alphanumeric() || "_.-}".contains(c);
        let before = &text[..*at];
        let host = &before[before.trim_end_matches(is_host).len()..];
        let behind = text[at + written.len()..].chars().next();
        let is_end = behind.is_none_or(|c| !c.is_ascii_alphanumeric() && c != ':');
        is_end && !host.is_empty() && !host.bytes().all(|c| c.is_ascii_digit()) && !services.contains(&host)
    })
}

/// `"${DB_PORT:-5432}:5432"` in each of the job's compose files that publishes the port of the service, and
/// `DB_PORT: "0"` in the job.
fn port(scene: &Scene<'_>, place: &Place<'_>, claim: &Claim, publish: &Publish) -> Result<Fix, Withheld> {
    if let Some(over) = override_file::path(place, claim)
        && let Some(made) = override_file::ports(scene, place, claim, &over)
    {
        return made;
    }
    let HostPort::Fixed(host) = publish.host_port() else {
        let variable = variable(scene, place, &[claim]);
        return Err(Withheld::because(format!("it is not a single port: {}", advice(&variable))));
    };
    let ports = publish.container_ports().unwrap_or_default();
    let all = same_port(place, claim, &ports);
    let written: Vec<&str> = all.iter().filter_map(|claim| known_variable(&claim.written)).collect();
    let variable = match written.first() {
        Some(name) if written.iter().all(|other| other == name) => (*name).to_owned(),
        Some(_) => return Err(Withheld::because("its compose files take its port from several variables")),
        None => variable(scene, place, &all),
    };
    if !written.is_empty() && place.tree.source().text().contains(&variable) {
        return Err(Withheld::because(format!(
            "the workflow says `{variable}` itself, and what reads it there would get 0: publish the port by a variable of \
             its own"
        )));
    }
    if !written.is_empty()
        && let Some(path) = said_elsewhere(place, &all, &variable)
    {
        return Err(Withheld::because(format!(
            "`{path}` reads `{variable}` for something else, too, which would get 0: publish the port by a variable of its own"
        )));
    }
    let advice = advice(&variable);
    let [container] = ports.as_slice() else {
        return Err(Withheld::because(format!("its container port is not known: {advice}")));
    };
    let hosts = all.iter().filter_map(|claim| match &claim.what {
        Claimed::Port(publish) => match publish.host_port() {
            HostPort::Fixed(host) => Some(host),
            _ => None,
        },
        _ => None,
    });
    let mut ports: Vec<Port> = hosts.map(|host| Port { host: Some(host), container: *container }).collect();
    ports.sort_unstable();
    ports.dedup();
    let written_ports = ports.len();
    for port in ports.iter().filter_map(|port| port.host) {
        hard_coded::refuse(scene, place, port)?;
    }
    let address = Address { id: claim.service.clone(), image: String::new(), ports, written: written_ports };
    let is_used = uses_of(&[address], place).iter().any(|found| !found.by_name);
    if !is_used {
        used_unseen(place, claim, host)?;
        used_as_a_default(place, host)?;
    } else if written_ports > 1 {
        return Err(Withheld::because(format!(
            "the job itself uses it, and its compose files publish it on several ports of the host: {advice}"
        )));
    }
    also_up::refuse(scene, place, claim, &variable)?;
    let mut draft = Draft::new(scene);
    for claim in &all {
        say_variable(scene, &mut draft, claim, *container, &variable)?;
    }
    let title = format!("let Docker choose the host port of `{}` in this job", claim.service);
    if is_used {
        let read_back = read_back::read_back(&mut draft, place, claim, publish)?;
        choose(&mut draft, place, &variable, &read_back.moved)?;
        let mut doubts = read_back.doubts;
        if !written.is_empty() {
            doubts.push(format!("a program that reads `{variable}` itself gets 0"));
        }
        return draft.finish_with("compose-port", format!("{title}, and read it back"), &doubts);
    }
    choose(&mut draft, place, &variable, &BTreeSet::new())?;
    let unseen = format!(
        "nothing in the job shows what uses port {host}, and a program that has it in a file of its own no longer \
         reaches the service"
    );
    draft.finish_with("compose-port", title, &[vec![unseen], still_shared(scene, place, claim)?].concat())
}

/// Refuses a port that a command has as the default of a variable: `curl "http://localhost:${API_PORT:-8080}"`.
fn used_as_a_default(place: &Place<'_>, host: u16) -> Result<(), Withheld> {
    let written = [format!("-{host}}}"), format!("={host}}}")];
    let has_it = |act: &&Act| written.iter().any(|default| act.text.contains(default));
    match place.job.trace.acts.iter().find(has_it) {
        None => Ok(()),
        Some(act) => Err(Withheld::because(format!(
            "`{}` has port {host} as the default of a variable: set that variable to what `docker compose port` prints",
            act.text
        ))),
    }
}

/// A file of the job that says a variable anywhere but in these claims.
fn said_elsewhere(place: &Place<'_>, claims: &[&Claim], variable: &str) -> Option<Arc<str>> {
    let stacks = place.job.stacks.values().flat_map(|stack| &stack.sources);
    let acts = place.job.trace.acts.iter().map(|act| &act.frame.source);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let says = |source: &&Source| {
        let text = source.text();
        let is_known = |at: usize| {
            let of = |claim: &&&Claim| claim.at.path == *source.path() && claim.at.span.contains(Span::new(at, at + 1));
            claims.iter().any(|claim| of(&claim))
        };
        text.match_indices(variable).any(|(at, _)| {
            let is_whole = !text[..at].ends_with(is_part) && !text[at + variable.len()..].starts_with(is_part);
            let line = text[..at].rsplit('\n').next().unwrap_or_default().trim_start();
            is_whole && !line.starts_with('#') && !is_known(at)
        })
    };
    stacks.chain(acts).find(says).map(|source| source.path().clone())
}

/// Sets the variable of a port to 0 in the job, beside variables that stay: then Docker chooses.
fn choose(draft: &mut Draft<'_>, place: &Place<'_>, variable: &str, moved: &BTreeSet<String>) -> Result<(), Withheld> {
    let (job, path) = (&place.job.job, place.tree.source().path());
    let Some(env) = job.env.node else {
        let after = job.runs_on.as_ref().map(|runs_on| runs_on.node);
        let value = NewValue::Map(vec![(variable.to_owned(), "0".to_owned())]);
        return draft.insert_entry(path, job.node, after, "env", &value);
    };
    let stays = |var: &&Var| !var.merged && !moved.contains(var.name.value());
    let last = job.env.entries.iter().rev().find(stays).and_then(|var| var.value.as_ref());
    if last.is_none() && !moved.is_empty() {
        return Err(Withheld::because(
            "every variable of the job holds the port, so there is none behind which the new \
                                      one could stand",
        ));
    }
    draft.insert_entry(path, env, last.map(|value| value.node), variable, &NewValue::Text("0".to_owned()))
}

fn advice(variable: &str) -> String {
    format!("write `${{{variable}:-…}}` for the host port, and `{variable}: \"0\"` in the job's `env:`")
}

/// The claims of the job's compose files for this port of this service: one variable says them all.
fn same_port<'c>(place: &'c Place<'_>, claim: &'c Claim, ports: &[u16]) -> Vec<&'c Claim> {
    let same = |other: &&Claim| match &other.what {
        Claimed::Port(publish) => {
            other.service == claim.service
                && matches!(publish.host_port(), HostPort::Fixed(_))
                && publish.container_ports().is_some_and(|own| own == ports)
        }
        _ => false,
    };
    let mut all: Vec<&Claim> = Vec::new();
    for other in place.job.stacks.values().flat_map(|stack| &stack.claims).filter(same) {
        if !all.iter().any(|known| known.at == other.at) {
            all.push(other);
        }
    }
    all.sort_by(|one, other| one.at.cmp(&other.at));
    all
}

/// Lets a file say its host port by the variable, with the port it has as the default.
fn say_variable(
    scene: &Scene<'_>,
    draft: &mut Draft<'_>,
    claim: &Claim,
    container: u16,
    variable: &str,
) -> Result<(), Withheld> {
    // What has a variable already can be told.
    if known_variable(&claim.written).is_some() {
        return Ok(());
    }
    let host = match &claim.what {
        Claimed::Port(publish) => publish.host.as_ref().map(ToString::to_string).unwrap_or_default(),
        _ => String::new(),
    };
    let source = scene.source(&claim.at.path).ok_or_else(|| Withheld::because("the file cannot be read"))?;
    let written = source.slice(claim.at.span);
    let lead = written.find(&format!("{host}:{container}")).filter(|_| !written.contains('$'));
    let lead = lead.ok_or_else(|| {
        Withheld::because(format!("it is put together from variables, or written at length: {}", advice(variable)))
    })?;
    let start = claim.at.span.start + lead;
    let span = Span::new(start, start + host.len());
    let at = Location { path: claim.at.path.clone(), span };
    draft.replace(&at, &format!("${{{variable}:-{host}}}"))
}

/// The variable of `${DB_PORT:-5432}:5432`, when it is the host port's only one; before it may stand an address, in a
/// variable of its own or not.
fn known_variable(written: &str) -> Option<&str> {
    let (before, container) = written.rsplit_once(':')?;
    let start = before.rfind("${")?;
    let inner = before.get(start + 2..)?.strip_suffix('}')?;
    let (name, default) = inner.split_once(":-").or_else(|| inner.split_once('-'))?;
    let is_whole = before[..start].is_empty() || before[..start].ends_with([':', '"', '\'', ' ']);
    let is_one = !container.contains('$') && is_whole && default.chars().all(|c| c.is_ascii_digit());
    (is_one && is_variable(name)).then_some(name)
}

/// A variable that neither the workflow nor the files know.
fn variable(scene: &Scene<'_>, place: &Place<'_>, claims: &[&Claim]) -> String {
    let Some(claim) = claims.first() else { return String::new() };
    let upper = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let stem: String = claim.service.chars().map(upper).collect();
    let stem = if stem.starts_with(|c: char| c.is_ascii_digit()) { format!("_{stem}") } else { stem };
    let container = match &claim.what {
        Claimed::Port(publish) => publish.container.to_string(),
        _ => String::new(),
    };
    let of_other = |other: &Claim| match &other.what {
        Claimed::Port(publish) => other.service == claim.service && publish.container.to_string() != container,
        _ => false,
    };
    let several = place.job.stacks.values().any(|stack| stack.claims.iter().any(of_other));
    let tail = if several { format!("_{container}") } else { String::new() };
    let files: Vec<_> = claims.iter().filter_map(|claim| scene.source(&claim.at.path)).collect();
    let is_known = |name: &str| {
        std::iter::once(place.tree.source()).chain(files.iter()).any(|source| source.text().contains(name))
    };
    let plain = format!("{stem}_PORT{tail}");
    if is_known(&plain) { format!("{stem}_HOST_PORT{tail}") } else { plain }
}

/// Whether a value of a compose file is no container's name for others: what a service calls itself, its image, its
/// files.
fn is_no_host(key: &str, value: Node<'_>) -> bool {
    let depth = std::iter::successors(value.parent(), |node| node.parent()).count();
    match key {
        "hostname" | "image" | "build" | "env_file" => depth == 3,
        "context" | "dockerfile" => depth == 4,
        _ => false,
    }
}

/// Whether what stands there in a compose file is a part of a path: but for those of hosts, `/dev/tcp/db/5432` and
/// `/containers/db/json`.
fn is_in_path(text: &str, at: usize) -> bool {
    let before = &text[..at];
    before.ends_with('/') && !["//", "/tcp/", "/udp/", "/containers/"].iter().any(|end| before.ends_with(end))
}

/// Without `container_name:` the project's name is in it.
fn name(scene: &Scene<'_>, place: &Place<'_>, claim: &Claim) -> Result<Fix, Withheld> {
    let name = claim.written.as_str();
    let tree = scene.tree(&claim.at.path).ok_or_else(|| Withheld::because("the file cannot be read"))?;
    let entries = || tree.nodes().flat_map(|node| node.own_entries().collect::<Vec<_>>());
    let entry = entries().find(|entry| {
        let here = [entry.key.full_span(), entry.value.full_span()].contains(&claim.at.span);
        here && entry.key.as_str() == Some("container_name")
    });
    let entry =
        entry.ok_or_else(|| Withheld::because("it is written in a way that cannot be edited: change it by hand"))?;
    let value = entry.value.full_span();
    let anchors = std::iter::successors(entry.value.parent(), |node| node.parent()).filter_map(|node| node.anchor());
    let mut anchors = anchors.map(|anchor| anchor.written);
    if let Some(anchor) = anchors.find(|anchor| tree.source().text().contains(&anchor.replacen('&', "*", 1))) {
        return Err(Withheld::because(format!(
            "it stands under the anchor `{anchor}`, and all that takes that up would lose it: change it by hand"
        )));
    }
    let mut own = tree.source().text().match_indices(name);
    let whole = |text: &str, at: usize| {
        let (before, after) = (text.get(..at), text.get(at + name.len()..));
        !before.is_some_and(|text| text.ends_with(is_name_letter))
            && !after.is_some_and(|text| text.starts_with(is_name_letter))
    };
    // Its service may be called the same; then the name means that as well.
    let also_service = claim.service == name;
    // What it calls itself is another matter, and no image and no folder is a host.
    let others = entries().filter(|entry| {
        entry.value.as_str().is_some() && entry.key.as_str().is_some_and(|key| is_no_host(key, entry.value))
    });
    let own_places: Vec<Span> = others.map(|entry| entry.value.full_span()).chain([value]).collect();
    let apart = |at: usize| !own_places.iter().any(|own| own.contains(Span::new(at, at + name.len())));
    let is_host = |text: &str, at: usize| whole(text, at) && !is_in_path(text, at);
    if !also_service && own.any(|(at, _)| apart(at) && is_host(tree.source().text(), at)) {
        return Err(Withheld::because(format!("the compose file calls the container `{name}` elsewhere")));
    }
    let acts = place.job.trace.acts.iter().map(|act| &act.frame.source);
    let other = |source: &&crate::source::Source| *source.path() != claim.at.path;
    // `shop:test`: an image has a tag, a container's name has none. What stands in a variable may be a port.
    let is_tagged = |text: &str, at: usize| {
        let behind = text.get(at + name.len()..).and_then(|behind| behind.strip_prefix(':'));
        let is_host = text[..at].ends_with("//") || text[..at].ends_with('@');
        !is_host && behind.is_some_and(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic()))
    };
    let mut others = said_as_image(place, name);
    if also_service {
        others.extend(said_as_service(place, name));
    }
    for source in acts.chain([place.tree.source()]).filter(other) {
        let text = source.text();
        let is_other = |at: usize| {
            others.iter().any(|said| said.path == *source.path() && said.span.start <= at && at < said.span.end)
        };
        let mut said = text.match_indices(name).map(|(at, _)| at);
        if let Some(at) = said.find(|at| whole(text, *at) && !is_tagged(text, *at) && !is_other(*at)) {
            let path = source.path();
            let instead = instead(text, at..at + name.len(), &claim.service);
            return Err(Withheld::because(format!(
                "`{path}` says the container's name `{name}`, which would change from run to run: {instead}"
            )));
        }
    }
    let unseen = container_is_said_nowhere(scene, name, !also_service)?;
    let by_hand =
        format!("commands that are typed by hand find `{name}` under the name `<project>-{}-1`", claim.service);
    let why = unseen.into_iter().fold(by_hand, |why, unseen| format!("{why}; {unseen}"));
    if let Some(over) = override_file::path(place, claim)
        && let Some(made) = override_file::name(scene, claim, &over, why.clone())
    {
        return made;
    }
    let mut draft = Draft::new(scene);
    draft.drop_entry(&claim.at.path, entry.value.id())?;
    let title = format!("let compose name the container of `{}`", claim.service);
    draft.finish("compose-port", Applicability::Unsafe, title, Some(why))
}

/// What a text may say in place of a container's name, in words.
fn instead(text: &str, at: Range<usize>, service: &str) -> String {
    let (before, behind) = (&text[..at.start], &text[at.end..]);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let is_port = behind.strip_prefix(':').is_some_and(|port| port.starts_with(|c: char| c.is_ascii_digit()));
    if is_port || line.ends_with("://") || line.ends_with('@') || line.ends_with("host=") {
        return format!("other services reach it by its service's name, `{service}`");
    }
    match line.rfind("docker ").map(|start| &line[start..]) {
        // One that has ended is in no list of running ones.
        Some(call) if call.contains(" logs") => {
            format!("let it ask compose for the service, `docker compose logs {service}`")
        }
        _ => format!(
            "let it ask compose for the service, `docker compose exec {service} …` or \
             `\"$(docker compose ps -q {service})\"`"
        ),
    }
}

/// Where compose is given a word that is a service's id: `docker compose exec web` means the service, whatever its
/// container is called.
fn said_as_service(place: &Place<'_>, id: &str) -> Vec<Location> {
    said(place, |verb| matches!(verb, Verb::Compose(_)), |_, word| word.literal().as_deref() == Some(id))
}

/// Where docker is given an image that is called like a container.
fn said_as_image(place: &Place<'_>, name: &str) -> Vec<Location> {
    let is_of_images = |verb: &Verb| match verb {
        Verb::Build(_) | Verb::Tag { .. } | Verb::Push { .. } | Verb::Pull { .. } | Verb::Save { .. } => true,
        Verb::Remove(remove) => remove.kind == ObjectKind::Image,
        _ => false,
    };
    let has_name =
        |text: &ShellText, word: &Word| text.value().get(word.span.clone()).is_some_and(|word| word.contains(name));
    said(place, is_of_images, has_name)
}

/// Some words of some calls of docker, in all jobs of the workflow: its text is searched as a whole.
fn said(
    place: &Place<'_>,
    is_call: impl Fn(&Verb) -> bool,
    is_word: impl Fn(&ShellText, &Word) -> bool,
) -> Vec<Location> {
    let mut said = Vec::new();
    for job in (0..place.analysed.jobs.len()).filter_map(|at| place.of(at)) {
        for text in ShellText::of_job(&job).iter() {
            for (_, written) in text.calls().filter(|(call, _)| is_call(&call.verb)) {
                let words = written.words.iter().filter(|word| is_word(text, word));
                said.extend(words.filter_map(|word| text.location(word.span.clone())));
            }
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::known_variable;

    #[test]
    fn the_host_port_may_have_a_variable_already() {
        for (written, name) in [
            ("${DB_PORT:-5432}:5432", Some("DB_PORT")),
            ("127.0.0.1:${DB_PORT-5432}:5432", Some("DB_PORT")),
            ("${BIND:-0.0.0.0}:${HTTPS_PORT:-443}:443/udp", Some("HTTPS_PORT")),
            ("${BIND:-0.0.0.0}:443:443", None),
            ("${DB_PORT}:5432", None),
            ("${PREFIX:-5}432:5432", None),
            ("${DB_PORT:-5432}:${INNER:-5432}", None),
            ("${DB_PORT:-5432}", None),
        ] {
            assert_eq!(known_variable(written), name, "{written}");
        }
    }
}
