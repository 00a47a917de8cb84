//! The configurations of runners that a repository holds, for whoever wants to name them under `runners:`.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::BoundedPath;
use super::error::ConfigError;
use super::reader::{Reader, tree};
use super::runner_file;
use crate::door::read::{self, Bounds};
use crate::runner::Declared;
use crate::yaml::Node;

/// So deep a runner's configuration is looked for, and among so many files.
const DEEPEST: usize = 8;
const MOST_FILES: usize = 5000;

/// What the two programs read below `runner:`; other programs have a key of that name, too.
const RUNNER_KEYS: &[&str] = &[
    "file",
    "capacity",
    "envs",
    "env_file",
    "timeout",
    "shutdown_timeout",
    "fetch_timeout",
    "fetch_interval",
    "labels",
];

/// A runner's own `config.yaml`, and what of it is said to people besides what it declares.
#[derive(Clone, Debug)]
pub struct RunnerConfig {
    /// Its path below the root, with `/`.
    pub path: String,
    /// What it declares.
    pub declared: Declared,
    /// Whether its job containers are privileged.
    pub privileged: bool,
    /// What jobs may mount from the machine.
    pub valid_volumes: Vec<String>,
    /// Where its daemon is, as it is written: a socket, another machine, `-`.
    pub docker_host: Option<String>,
}

/// The configurations of gitea-runner and forgejo-runner below a root, ordered by path, and what is wrong with those
/// that cannot be read.
pub fn runner_configs(root: &Path, door: &read::Reader) -> (Vec<RunnerConfig>, Vec<ConfigError>) {
    let walk = WalkDir::new(root).max_depth(DEEPEST).sort_by_file_name().into_iter().filter_entry(is_looked_into);
    let files = walk.filter_map(Result::ok).filter(|entry| entry.file_type().is_file()).map(DirEntry::into_path);
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for path in files.filter(is_yaml).take(MOST_FILES) {
        let shown = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        match one(&BoundedPath { path, bounds: Bounds::Inside(root.to_owned()) }, shown, door) {
            Ok(config) => found.extend(config),
            Err(error) => wrong.push(error),
        }
    }
    (found, wrong)
}

/// Not what git keeps, nor what others wrote.
fn is_looked_into(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    !entry.file_type().is_dir() || !matches!(&*name, ".git" | "node_modules" | "vendor" | "target" | "workflows")
}

fn one(file: &BoundedPath, shown: String, door: &read::Reader) -> Result<Option<RunnerConfig>, ConfigError> {
    // Of a repository's YAML nearly nothing is one: who has no such line is not parsed, nor is anything wrong with it.
    let has_key = |bytes: &[u8]| bytes.starts_with(b"runner:") || bytes.windows(8).any(|part| part == b"\nrunner:");
    if !door.read(&file.path, &file.bounds).is_ok_and(|bytes| has_key(&bytes)) {
        return Ok(None);
    }
    let Ok(tree) = tree(file, door) else { return Ok(None) };
    let Some(root) = tree.root().filter(|root| is_runners(*root)) else { return Ok(None) };
    let declared = runner_file::declared(Some(root))?;
    let container = root.get("container");
    let key = |name: &str| container.and_then(|container| container.get(name)).filter(|node| !node.is_null());
    let mut reader = Reader::default();
    let config = RunnerConfig {
        path: shown,
        declared,
        privileged: key("privileged").and_then(|node| reader.bool("privileged", node)).unwrap_or(false),
        valid_volumes: key("valid_volumes").map(|node| reader.texts("valid_volumes", node)).unwrap_or_default(),
        docker_host: key("docker_host").and_then(Node::as_str).filter(|host| !host.is_empty()).map(str::to_owned),
    };
    ConfigError::check(reader.problems).map(|()| Some(config))
}

fn is_runners(root: Node<'_>) -> bool {
    let Some(runner) = root.get("runner") else { return false };
    let has_others = ["container", "cache", "host", "log", "server"].iter().any(|key| root.get(key).is_some());
    RUNNER_KEYS.iter().any(|key| runner.get(key).is_some()) && has_others
}
