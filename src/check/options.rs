//! What a check is asked to do.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::baseline::Baseline;
use crate::config::Emit;
use crate::door::git::Changed;
use crate::door::progress::Progress;
use crate::door::read::Reader;
use crate::facts::Confidence;
use crate::runner::Forge;

/// Where the configuration comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigChoice {
    /// Each repository's own, if it has one.
    #[default]
    Find,
    /// This file, for all.
    File(PathBuf),
    /// None.
    Without,
}

/// A file that comes from standard input instead of the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stdin {
    /// The path it stands for, relative to the working directory.
    pub path: PathBuf,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What a check is asked to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// The working directory; shown paths are relative to it.
    pub here: PathBuf,
    /// Reads the files. Checks that share one see the same, whatever is written meanwhile.
    pub reader: Arc<Reader>,
    /// What to lint.
    pub paths: Vec<PathBuf>,
    /// Lint this instead.
    pub stdin: Option<Stdin>,
    /// Files as they would be, by shown path: they stand in for those on disk.
    pub overlay: BTreeMap<String, Vec<u8>>,
    /// How fixes write what they start; without it the configuration says.
    pub emit: Option<Emit>,
    /// Who reads the workflows; without it their folder says.
    pub forge: Option<Forge>,
    /// A runner's own configuration file.
    pub runner_config: Option<PathBuf>,
    /// Where the configuration comes from.
    pub config: ConfigChoice,
    /// Only these rules and families; empty means all.
    pub select: Vec<String>,
    /// Not these rules and families.
    pub ignore: Vec<String>,
    /// Findings that are known already, and not told again.
    pub baseline: Option<Arc<Baseline>>,
    /// Only what this has touched is told.
    pub changed: Option<Arc<Changed>>,
    /// What is less sure is hidden and counted; without it the configuration says, else what is less than medium.
    pub min_confidence: Option<Confidence>,
    /// Comments suppress nothing.
    pub no_ignores: bool,
    /// Scripts, makefiles and the like are not followed.
    pub no_follow: bool,
    /// Who waits sees here how far it is.
    pub progress: Progress,
}

impl Options {
    /// The defaults, for these paths.
    pub fn new(here: impl Into<PathBuf>, paths: Vec<PathBuf>) -> Self {
        Self {
            here: here.into(),
            reader: Arc::default(),
            paths,
            stdin: None,
            overlay: BTreeMap::new(),
            emit: None,
            forge: None,
            runner_config: None,
            config: ConfigChoice::Find,
            select: Vec::new(),
            ignore: Vec::new(),
            baseline: None,
            changed: None,
            min_confidence: None,
            no_ignores: false,
            no_follow: false,
            progress: Progress::default(),
        }
    }
}

/// Why a check cannot go on: the command line or the configuration is wrong (exit 2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A path does not exist.
    #[error(transparent)]
    NoSuchPath(#[from] crate::discover::NoSuchPath),
    /// A name on the command line is no rule and no family.
    #[error("{option}: there is no rule or family `{name}`{hint}")]
    UnknownRule {
        /// `--select` or `--ignore`
        option: &'static str,
        /// The name.
        name: String,
        /// `; did you mean …?`
        hint: String,
    },
    /// It is not known what has changed.
    #[error("--changed-since: {0}")]
    Changed(String),
    /// The configuration or the runner's file is wrong: everything, in a line each with file and line.
    #[error("{}", .0.join("\n"))]
    Configuration(Vec<String>),
}

impl Refusal {
    /// What is wrong, a line each.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Configuration(lines) => lines.clone(),
            other => vec![other.to_string()],
        }
    }
}
