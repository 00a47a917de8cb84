//! Docker's argument grammar, and what is known of well-known programs, images and servers.
//!
//! [`call`] reads a command's words as the docker CLI does, over symbolic strings: what is not known stays unknown, and
//! a word that may hold options is told in [`Options::unsure`] or, when its name says which ones, in
//! [`Options::hinted`].
//!
//! - Which commands there are, and which options they take: `read`, `tables`, `client`.
//! - What a call asks for: `verb`, and for those with more to say `run`, `build`, `compose`, `control`.
//! - What stands in one argument: `mount`, `publish`, `network`, `filter`, `name_filter`, `age`, `reference`; and which
//!   daemon it all goes to: `daemon`.
//! - Who else starts containers: `programs` (kind, supabase …), `actions` (of `uses:`).
//! - What is known without a look: `images` (ports, volumes, health commands), `servers` (clients and variables).

mod actions;
mod age;
mod build;
mod client;
mod compose;
mod control;
mod daemon;
mod dockerfile;
mod filter;
pub mod images;
mod mount;
mod name_filter;
mod network;
mod programs;
mod publish;
mod read;
mod reference;
mod run;
pub mod servers;
mod tables;
mod verb;

use std::ops::Range;

use crate::command::options::Options;
use crate::command::{Invocation, Xargs};
use crate::symbol::Value;
use crate::truth::Truth;

pub use actions::{ActionCall, ActionVerb, action};
pub use age::is_time;
pub use build::{Bake, Build};
pub use client::Client;
pub use compose::{Compose, ComposeRun, ComposeVerb, Up};
pub use control::Action;
pub use daemon::{context_is_away, host_is_away};
pub use dockerfile::bases;
pub use filter::{Filter, ancestor_filter_matches, is_glob, label_filter_matches};
pub use mount::{Mount, MountKind, holds_path};
pub use name_filter::{NameFilter, is_name_letter, name_filter_matches, name_patterns};
pub use network::NetworkChoice;
pub use programs::{Effect, ProgramCall, cluster_parts, program};
pub use publish::{HostPort, Publish};
pub use reference::Reference;
pub use run::{Run, is_lasting};
pub use verb::{Control, Exec, List, Make, ObjectKind, Prune, PrunedBuilder, Remove, Verb};

/// A call of docker or of a client that takes the same arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct DockerCall {
    /// Which client.
    pub program: Client,
    /// Whether it speaks to another daemon than the job's, by `-H`, `--context` or an `env` in front. The
    /// variables of the shell are not looked at: see [`host_is_away`].
    pub away: Truth,
    /// The daemon that `-H` or a `DOCKER_HOST` in front of it names.
    pub host: Option<Value>,
    /// What it asks for.
    pub verb: Verb,
    /// From the program's word to the verb's last: `docker container rm`. An option of the verb may be
    /// put behind it.
    pub at: Range<usize>,
    /// The verb's options, each with its bytes.
    pub options: Options,
    /// Words come from standard input, too.
    pub from_stdin: Option<Xargs>,
}

/// Reads an invocation as a call of docker; `None` when it is another program's.
pub fn call(invocation: &Invocation<'_>) -> Option<DockerCall> {
    let argv = &*invocation.argv;
    let (program, compose_only) = match invocation.program.as_str() {
        "docker" => (Client::Docker, false),
        "podman" | "podman-remote" => (Client::Podman, false),
        "nerdctl" => (Client::Nerdctl, false),
        "buildah" => (Client::Buildah, false),
        "docker-compose" => (Client::DockerCompose, true),
        "podman-compose" => (Client::Podman, true),
        "docker-buildx" | "buildx" => (Client::Docker, false),
        _ => return None,
    };
    let set_for_it = |name: &str| invocation.env.iter().rev().find(|(set, _)| set == name).map(|(_, arg)| arg);
    let mut away = Truth::from(!program.asks_docker());
    away = away.or(set_for_it("DOCKER_HOST").map_or(Truth::No, |host| host_is_away(&host.value)));
    away = away.or(set_for_it("DOCKER_CONTEXT").map_or(Truth::No, |context| context_is_away(&context.value)));
    let named = |global: &Options| {
        let by_option = global.value("host").or_else(|| global.value("url"));
        by_option.as_ref().or_else(|| set_for_it("DOCKER_HOST")).map(|host| host.value.clone())
    };
    let call = |verb, options, at: usize, (away, host)| {
        let end = at.checked_sub(1).and_then(|last| argv.get(last)).map_or(invocation.at.end, |arg| arg.span.end);
        let at = invocation.at.start..end.max(invocation.at.end);
        DockerCall { program, away, host, verb, at, options, from_stdin: invocation.from_stdin.clone() }
    };
    if compose_only {
        let (compose, options, lead) = compose::parse(argv);
        let to = (away.or(pointed_away(&compose.global)), named(&compose.global));
        return Some(call(Verb::Compose(Box::new(compose)), options, lead, to));
    }
    let (global, words) = tables::GLOBAL.parse(argv);
    let lead = argv.len() - words.len();
    let to = (away.or(pointed_away(&global)), named(&global));
    if words.is_empty() && (global.has("version") || global.has("help")) {
        return Some(call(Verb::Info, global, lead, to));
    }
    let buildx = invocation.program.ends_with("buildx");
    if !buildx && words.first().is_some_and(|word| word.is("compose")) {
        let (compose, options, own) = compose::parse(&words[1..]);
        return Some(call(Verb::Compose(Box::new(compose)), options, lead + 1 + own, to));
    }
    let (verb, mut options, own) = if buildx { read::builder(&words) } else { read::verb(program, &words) };
    options.unsure.extend(global.unsure);
    options.hinted.extend(global.hinted);
    Some(call(verb, options, (lead + own).min(argv.len()), to))
}

/// Whether global options point at another daemon.
fn pointed_away(global: &Options) -> Truth {
    let host = global.value("host").or_else(|| global.value("url"));
    let host = host.map_or(Truth::No, |host| host_is_away(&host.value));
    let context = global.value("context").or_else(|| global.value("connection"));
    let context = context.map_or(Truth::No, |context| context_is_away(&context.value));
    host.or(context)
}

#[cfg(test)]
mod tests;
