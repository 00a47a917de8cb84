//! A fix as data: bytes to replace, and, apart from them, the change that is meant.
//!
//! Rewrites make fixes, `crate::fix` proves and writes them, reports print them. Offsets and indices are always
//! those of the file as it is before the fix.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;
use serde_yaml::Value;

use crate::source::{FileKind, Span};

/// How far a fix may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// Shown, never written.
    Display,
    /// May change what a run does: written with `--unsafe-fixes`.
    Unsafe,
    /// The workflow means the same for one run alone, and peers are protected.
    Safe,
}

/// Bytes of a file that become others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The file, as shown.
    pub path: Arc<str>,
    /// Its bytes; empty to insert.
    pub span: Span,
    /// What is expected there.
    pub old: String,
    /// What comes there.
    pub new: String,
}

/// A file that a fix adds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewFile {
    /// Where, as shown. There must be none yet.
    pub path: Arc<str>,
    /// Its text.
    pub text: String,
}

/// One step of the way from a YAML document's root to a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A mapping's entry.
    Name(String),
    /// A sequence's item, 0-based.
    Index(usize),
}

/// The way from a YAML document's root to a value.
pub type Path = Vec<Key>;

/// What an edit means for a YAML file. Paths and indices are those of the old document.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The value at `path` becomes `value`.
    Set {
        /// Where.
        path: Path,
        /// The new value.
        value: Value,
    },
    /// The text at `path` gets others in these parts of it.
    Parts {
        /// Where.
        path: Path,
        /// Bytes of the text as YAML's reader gives it, and what comes there; ordered, none overlapping.
        parts: Vec<(Range<usize>, String)>,
    },
    /// A new entry or item comes into the collection at `path`, before what is now at `at`.
    Insert {
        /// The mapping or sequence.
        path: Path,
        /// The place in it, 0-based; its length to append.
        at: usize,
        /// The key, in a mapping.
        key: Option<String>,
        /// The new value.
        value: Value,
    },
    /// The entry or item at `path` goes.
    Remove {
        /// Where.
        path: Path,
    },
}

/// What an edit means for a script or a makefile: its command lists differ only in these commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands {
    /// What the file is.
    pub kind: FileKind,
    /// Commands as they are now, in the file's order; one that is only added is not here.
    pub old: Vec<String>,
    /// What stands in their places, in order; one that is only removed is not here.
    pub new: Vec<String>,
}

/// What a fix means for one file.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// For YAML.
    Yaml(Vec<Change>),
    /// For a script or a makefile.
    Script(Commands),
}

/// What of a thing a fix makes the run's own: findings of one subject may be about several parts of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mends {
    /// Its name, or all that there is of it.
    #[default]
    Name,
    /// A port of the host.
    Port,
}

/// What repairs one or several findings.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// The rewrite that made it, by its name in the rules.
    pub rewrite: &'static str,
    /// How far it may be trusted.
    pub applicability: Applicability,
    /// What it does, in one line: ``start `postgres` beside the job``.
    pub title: String,
    /// Why it is not safe, or what it leaves to do.
    pub why: Option<String>,
    /// Its edits, ordered, none overlapping.
    pub edits: Vec<Edit>,
    /// The files it adds.
    pub creates: Vec<NewFile>,
    /// What it means, by file.
    pub meaning: BTreeMap<Arc<str>, Meaning>,
    /// Comments about what goes, which go with it, by file.
    pub comments: BTreeMap<Arc<str>, Vec<String>>,
    /// Rules that may fire on what it writes and are worth it, where they are others than its rewrite's.
    pub follow_ups: Option<&'static [&'static str]>,
    /// The things of its job of which it makes a part the run's own: names, ports and project of one thing go together.
    /// When one of its fixes fails a proof, the others of that thing are not made. None: it stands alone.
    pub part_of: BTreeSet<String>,
    /// Which part that is.
    pub mends: Mends,
}
