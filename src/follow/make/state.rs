//! Variables and rules, as they are after the makefile was read.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::RepoPath;
use super::call::MakeCall;
use crate::follow::{Files, Unfollowed};
use crate::source::{Location, Source, Text};
use crate::symbol::Value;

/// What a variable may be.
#[derive(Clone)]
pub(super) enum Binding {
    /// `=`: expanded where it is used.
    Lazy(Arc<str>),
    Now(Value),
    /// Not set, unless the conditional of that number sets it in its `else`, too.
    Unset(usize),
}

/// A target with everything its rules say.
#[derive(Clone, Default)]
pub(super) struct Target {
    pub(super) at: Option<Location>,
    pub(super) source: Option<Source>,
    pub(super) prerequisites: Vec<String>,
    pub(super) lines: Vec<RecipeLine>,
    pub(super) conditional: bool,
}

#[derive(Clone)]
pub(super) struct RecipeLine {
    pub(super) text: Text,
    pub(super) conditional: bool,
}

pub(super) struct State<'c> {
    pub(super) files: &'c Files,
    pub(super) directory: RepoPath,
    pub(super) call: &'c MakeCall<'c>,
    pub(super) variables: HashMap<String, Vec<Binding>>,
    pub(super) exported: BTreeMap<String, ()>,
    /// Variables that some target sets for itself.
    pub(super) specific: HashSet<String>,
    pub(super) targets: HashMap<String, Target>,
    pub(super) default_goal: Option<String>,
    /// The makefiles read so far: `MAKEFILE_LIST`.
    pub(super) read: Vec<RepoPath>,
    pub(super) phony: HashSet<String>,
    pub(super) one_shell: bool,
    pub(super) generated: bool,
    pub(super) gaps: Vec<Unfollowed>,
    /// How many more references are expanded.
    pub(super) fuel: Cell<usize>,
    /// The targets whose recipe is being read, and whether it stands in a condition.
    pub(super) current: Vec<String>,
    pub(super) fresh: bool,
    pub(super) conditionals: usize,
    pub(super) kept: usize,
}

impl<'c> State<'c> {
    pub(super) fn new(files: &'c Files, directory: RepoPath, call: &'c MakeCall<'c>) -> Self {
        Self {
            files,
            directory,
            call,
            variables: HashMap::new(),
            exported: call.variables.iter().map(|(name, _)| (name.clone(), ())).collect(),
            specific: HashSet::new(),
            targets: HashMap::new(),
            default_goal: None,
            read: Vec::new(),
            phony: HashSet::new(),
            one_shell: false,
            generated: false,
            gaps: Vec::new(),
            fuel: Cell::new(50_000),
            current: Vec::new(),
            fresh: false,
            conditionals: 0,
            kept: 0,
        }
    }
}
