//! A runner's own `config.yaml`, of gitea-runner or forgejo-runner
//! (their `config.example.yaml`; labels: internal/pkg/labels/labels.go).

use super::BoundedPath;
use super::error::ConfigError;
use super::reader::{Reader, tree};
use crate::door::read;
use crate::runner::{Declared, LabelPattern, Network, Program, Schema};
use crate::truth::Truth;
use crate::yaml::Node;

/// Keys that only one of the two has.
const ONLY: &[(&[&str], Program)] = &[
    (&["runner", "post_task_script"], Program::GiteaRunner),
    (&["runner", "hooks"], Program::GiteaRunner),
    (&["runner", "default_image"], Program::GiteaRunner),
    (&["runner", "github_mirror"], Program::GiteaRunner),
    (&["runner", "state_report_interval"], Program::GiteaRunner),
    (&["container", "bind_workdir"], Program::GiteaRunner),
    (&["container", "require_docker"], Program::GiteaRunner),
    (&["container", "docker_timeout"], Program::GiteaRunner),
    (&["container", "service_ready_timeout"], Program::GiteaRunner),
    (&["health_check"], Program::GiteaRunner),
    (&["log", "job_level"], Program::ForgejoRunner),
    (&["runner", "report_interval"], Program::ForgejoRunner),
    (&["cache", "proxy_port"], Program::ForgejoRunner),
    (&["cache", "actions_cache_url_override"], Program::ForgejoRunner),
    (&["container", "enable_ipv6"], Program::ForgejoRunner),
    (&["server", "connections"], Program::ForgejoRunner),
];

/// Reads one. Keys that say nothing about where jobs run are passed over.
pub(super) fn read(file: &BoundedPath, door: &read::Reader) -> Result<Declared, ConfigError> {
    declared(tree(file, door)?.root())
}

/// What the file with this root declares.
pub(super) fn declared(root: Option<Node<'_>>) -> Result<Declared, ConfigError> {
    let mut reader = Reader::default();
    let mut declared = Declared::of(Vec::new());
    if let Some(root) = root {
        fill(&mut reader, &mut declared, root);
    }
    if declared.labels.is_empty() {
        // They stand in the runner's registration.
        declared.labels = vec![LabelPattern { name: "*".to_owned(), schema: None }];
    }
    ConfigError::check(reader.problems).map(|()| declared)
}

fn at<'t>(root: Node<'t>, path: &[&str]) -> Option<Node<'t>> {
    path.iter().try_fold(root, |node, key| node.get(key)).filter(|node| !node.is_null())
}

fn fill(reader: &mut Reader, declared: &mut Declared, root: Node<'_>) {
    let labels = at(root, &["runner", "labels"]).map(|node| reader.texts("labels", node)).unwrap_or_default();
    declared.program = program(root, &labels);
    declared.labels = labels.iter().map(|label| pattern(label)).collect();
    declared.capacity = match at(root, &["runner", "capacity"]) {
        Some(node) => reader.number("capacity", node),
        // Both programs' default.
        None => Some(1),
    };
    let network = at(root, &["container", "network"]).and_then(Node::as_str).unwrap_or_default();
    declared.network = Network::of_runner(network);
    declared.socket = socket(at(root, &["container", "docker_host"]).and_then(Node::as_str), declared.program);
    declared.bind_workdir = match at(root, &["container", "bind_workdir"]) {
        Some(node) => reader.bool("bind_workdir", node).map_or(Truth::Unknown, Truth::from),
        None => Truth::No,
    };
    declared.hook = hook(root);
}

/// Which of the two it is of: by keys that only one has, else by labels and images.
fn program(root: Node<'_>, labels: &[String]) -> Option<Program> {
    let by_keys = ONLY.iter().filter(|(path, _)| at(root, path).is_some()).map(|(_, program)| *program);
    let by_labels = labels.iter().filter_map(|label| match label {
        label if label.contains("lxc://") || label.contains("forgejo") => Some(Program::ForgejoRunner),
        label if label.contains("docker.gitea.com/") || label.contains("gitea/runner-images") => {
            Some(Program::GiteaRunner)
        }
        _ => None,
    });
    let mut found = by_keys.collect::<Vec<_>>();
    if found.is_empty() {
        found = by_labels.collect();
    }
    let first = *found.first()?;
    found.iter().all(|program| *program == first).then_some(first)
}

/// `name[:schema[:argument]]`; a schema nobody knows is part of the name, which starts no container.
fn pattern(label: &str) -> LabelPattern {
    let (name, schema) = match label.split_once(':') {
        None => (label, Schema::Bare),
        Some((name, rest)) => match rest.split(':').next().unwrap_or_default() {
            "docker" => (name, Schema::Docker),
            "host" => (name, Schema::Host),
            "lxc" => (name, Schema::Lxc),
            _ => (label, Schema::Host),
        },
    };
    LabelPattern { name: name.to_owned(), schema: Some(schema) }
}

/// Whether the socket is mounted into job containers: `-` is not; empty is on gitea-runner, and is not on
/// forgejo-runner, which wants `automount`.
fn socket(docker_host: Option<&str>, program: Option<Program>) -> Truth {
    match (docker_host.unwrap_or_default(), program) {
        ("-", _) => Truth::No,
        ("automount", _) => Truth::Yes,
        ("", Some(Program::GiteaRunner)) => Truth::Yes,
        ("", Some(Program::ForgejoRunner)) => Truth::No,
        ("", _) => Truth::Unknown,
        (host, _) => Truth::from(host.starts_with("unix://")),
    }
}

/// Whether something runs after each job: a script on the runner's machine, or a hook in the job.
fn hook(root: Node<'_>) -> Truth {
    let is_set = |path: &[&str]| at(root, path).is_some_and(|node| node.as_str().is_none_or(|text| !text.is_empty()));
    let set = is_set(&["runner", "post_task_script"])
        || is_set(&["runner", "hooks", "job_completed"])
        || is_set(&["runner", "envs", "ACTIONS_RUNNER_HOOK_JOB_COMPLETED"]);
    match set {
        true => Truth::Yes,
        // Its variables may set a hook as well.
        false if is_set(&["runner", "env_file"]) => Truth::Unknown,
        false => Truth::No,
    }
}
