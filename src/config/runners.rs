//! `runners:`: what is declared of the runners with some labels.

use super::reader::Reader;
use super::suggest::no_such;
use super::{BoundedPath, Written, runner_file};
use crate::door::read::{self, Refused};
use crate::runner::{Daemon, Declared, LabelPattern, Mode, Network, Program, Version};
use crate::truth::Truth;
use crate::yaml::{Node, NodeKind};

/// Why a file that a repository's own configuration names is not read.
pub const OUTSIDE: &str = "which lies outside the repository; only what `--config FILE` names may name such";

/// The word for a daemon that dies with the job.
const EPHEMERAL: &str = "ephemeral";

pub(super) const KEYS: &[&str] =
    &["labels", "runner", "config", "daemon", "network", "capacity", "mode", "docker", "socket", "helper"];

/// What is declared of runners.
#[derive(Default)]
pub(super) struct Runners {
    /// In the file's order.
    pub(super) declared: Vec<Declared>,
    /// The labels of those whose daemon dies with the job, each at the place that says so.
    pub(super) ephemeral: Vec<Written>,
    /// Every label that is written there.
    pub(super) labels: Vec<Written>,
}

pub(super) fn read(reader: &mut Reader, node: Node<'_>, from: &BoundedPath, door: &read::Reader) -> Runners {
    let mut runners = Runners::default();
    if node.kind() != NodeKind::Sequence {
        reader.wrong(node, "`runners` takes a list: `- { labels: [docker-host], runner: gitea-runner 0.2.11 }`");
        return runners;
    }
    for item in node.items() {
        let declared = one(reader, item, from, door, &mut runners);
        runners.declared.extend(declared);
    }
    runners
}

fn one(
    reader: &mut Reader,
    node: Node<'_>,
    from: &BoundedPath,
    door: &read::Reader,
    runners: &mut Runners,
) -> Option<Declared> {
    let entries = reader.mapping("a runner", node, KEYS);
    let value = |key: &str| entries.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
    let base = value("config").and_then(|node| config(reader, node, from, door));
    let written = value("labels").map(|node| reader.written("labels", node)).unwrap_or_default();
    let labels: Vec<String> = written.iter().map(|label| label.name.clone()).collect();
    runners.labels.extend(written);
    if labels.is_empty() && value("config").is_none() {
        reader.wrong(node, "a runner needs `labels`, those that `runs-on` names, or `config` with its own");
        return None;
    }
    if let Some(daemon) = value("daemon").filter(|daemon| daemon.as_str() == Some(EPHEMERAL)) {
        let place = reader.place(daemon);
        runners.ephemeral.extend(labels.iter().map(|name| Written { name: name.clone(), place: place.clone() }));
    }
    let mut declared = base.unwrap_or_else(|| Declared::of(Vec::new()));
    if !labels.is_empty() {
        declared.labels = patterns(labels, declared.labels);
    }
    for (key, value) in entries {
        set(reader, &mut declared, key, value);
    }
    Some(declared)
}

fn config(reader: &mut Reader, node: Node<'_>, from: &BoundedPath, door: &read::Reader) -> Option<Declared> {
    let file = from.named(&reader.text("config", node)?);
    match door.read(&file.path, &file.bounds) {
        Err(Refused::Absent | Refused::NotAFile) => {
            reader.wrong(node, format!("`config` names {}, which is no file", file.path.display()));
            return None;
        }
        Err(Refused::Outside) => {
            reader.wrong(node, format!("`config` names {}, {OUTSIDE}", file.path.display()));
            return None;
        }
        _ => {}
    }
    match runner_file::read(&file, door) {
        Ok(declared) => Some(declared),
        Err(error) => {
            reader.problems.extend(error.problems);
            None
        }
    }
}

/// The labels as declared; those of the runner's file that they fit bring their schema along.
fn patterns(labels: Vec<String>, own: Vec<LabelPattern>) -> Vec<LabelPattern> {
    let all = labels.into_iter().map(|name| LabelPattern { name, schema: None });
    let fitting = |pattern: LabelPattern| {
        let alone = Declared::of(vec![pattern.clone()]);
        let own = own.iter().filter(move |own| own.name != "*" && alone.fits([own.name.as_str()]).is_some());
        own.cloned().chain([pattern]).collect::<Vec<_>>()
    };
    all.flat_map(fitting).collect()
}

fn set(reader: &mut Reader, declared: &mut Declared, key: &str, value: Node<'_>) {
    match key {
        "runner" => {
            if let Some((program, version)) = runner(reader, value) {
                declared.program = Some(program);
                declared.version = version;
            }
        }
        "daemon" => {
            let words = [("shared", Daemon::Shared), (EPHEMERAL, Daemon::Ephemeral)];
            declared.daemon = reader.one_of(key, value, &words).unwrap_or(Daemon::Unknown);
        }
        "mode" => {
            let words = [("container", Mode::Container), ("host", Mode::Host)];
            declared.mode = reader.one_of(key, value, &words).unwrap_or(Mode::Unknown);
        }
        "network" => {
            let name = reader.text(key, value);
            declared.network = name.map_or(Network::Unknown, |name| match name.as_str() {
                "auto" => Network::Auto,
                name => Network::of_runner(name),
            });
        }
        "capacity" => declared.capacity = reader.number(key, value),
        "docker" => declared.docker = truth(reader.bool(key, value)),
        "socket" => declared.socket = truth(reader.bool(key, value)),
        "helper" => declared.helper = reader.bool(key, value).unwrap_or(false),
        _ => {}
    }
}

fn truth(known: Option<bool>) -> Truth {
    known.map_or(Truth::Unknown, Truth::from)
}

/// `gitea-runner 0.2.11`: the program, and its version if it is known.
fn runner(reader: &mut Reader, node: Node<'_>) -> Option<(Program, Option<Version>)> {
    let text = reader.text("runner", node)?;
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default();
    let Some(program) = Program::named(name) else {
        reader.wrong(node, no_such("runner", name, &Program::ALL.map(Program::name)));
        return None;
    };
    let version = words.next().map(str::parse);
    if words.next().is_some() || matches!(version, Some(Err(_))) {
        reader.wrong(node, "`runner` takes a program and its version: `gitea-runner 0.2.11`");
    }
    Some((program, version.and_then(Result::ok)))
}
