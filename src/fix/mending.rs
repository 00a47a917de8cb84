//! What is being mended, from round to round and play to play.

use std::collections::{BTreeMap, BTreeSet};

use super::behaviour::Played;
use super::candidate::{Candidate, Touched};
use super::outcome::Outcome;
use super::prove::Unproven;
use crate::check::{Engine, Memory, Options, Report, Stage};

/// A fix that failed a proof.
#[derive(Clone)]
pub(super) struct Refused {
    pub(super) candidate: Candidate,
    pub(super) why: Unproven,
    /// How many had been applied by then: with more, it may hold. None: it never does.
    pub(super) after: Option<usize>,
}

/// The files as they are so far, and what is found in them.
#[derive(Clone)]
pub(super) struct State {
    pub(super) overlay: BTreeMap<String, Vec<u8>>,
    pub(super) report: Report,
    pub(super) stage: Stage,
}

/// What is being mended: the files as they were and as they are so far, what was applied, and what was refused.
pub(super) struct Mending<'e> {
    pub(super) engine: &'e Engine,
    pub(super) options: Options,
    /// The one file that may change.
    pub(super) only: Option<String>,
    /// The files as they were.
    pub(super) first: State,
    pub(super) state: State,
    /// What the files were like: nothing leads back there.
    pub(super) seen: BTreeSet<BTreeMap<String, Vec<u8>>>,
    pub(super) outcome: Outcome,
    /// The fixes that were applied, with their findings.
    pub(super) kept: Vec<Candidate>,
    /// The jobs as they were, played.
    pub(super) played: Played,
    pub(super) refused: Vec<Refused>,
    /// The jobs whose fixes alone are made, while they are tried.
    pub(super) focus: Option<Vec<Touched>>,
    /// What is known of the workflows that no edit has to do with.
    pub(super) memory: Memory,
}
