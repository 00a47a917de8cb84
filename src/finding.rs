//! What berthlint reports: plain data, the same for every format.

use std::sync::Arc;

use serde::Serialize;

use crate::edit::{Applicability, Fix};
use crate::facts::{Confidence, Link, StepRef};
use crate::source::Location;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Good to know.
    Info,
    /// It will go wrong one day.
    Warning,
    /// It goes wrong as soon as two jobs meet.
    Error,
}

/// A second place that belongs to a finding, with words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Related {
    /// Where.
    pub location: Location,
    /// What is there.
    pub message: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The rule's family.
    pub family: String,
    /// How bad it is.
    pub level: Level,
    /// How sure it is.
    pub confidence: Confidence,
    /// What happens on the shared daemon.
    pub message: String,
    /// What to write.
    pub help: Option<String>,
    /// Where it stands.
    pub location: Location,
    /// What is said of that place in a few words, beside those of `related`.
    pub label: Option<String>,
    /// The job it is in.
    pub job: Option<String>,
    /// The step it is in.
    pub step: Option<StepRef>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// The calls from the workflow to it, shortest way; empty when it stands in the workflow.
    pub chain: Vec<Link>,
    /// Every other job that reaches it: `path#job`, sorted.
    pub callers: Vec<String>,
    /// What it is about, normalised, for the fingerprint.
    pub subject: String,
    /// Stays the same when lines move: sha256 of rule, path, job, subject and ordinal, set at the end.
    pub fingerprint: String,
    /// What repairs it, when something does. Several findings may share one.
    pub fix: Option<Arc<Fix>>,
    /// Why nothing does, when its rule has a rewrite.
    pub withheld: Option<String>,
}

impl Finding {
    /// Why its fix is not safe.
    pub fn doubt(&self) -> Option<&str> {
        self.fix.as_ref().filter(|fix| fix.applicability < Applicability::Safe)?.why.as_deref()
    }

    /// The file of the workflow whose job it is in.
    pub fn workflow(&self) -> &Arc<str> {
        // The job is the called workflow's, not the one that calls it.
        let calls_workflow = |link: &&Link| link.what.starts_with("uses: ") && link.what.contains("/workflows/");
        let mut links = self.chain.iter().skip_while(calls_workflow);
        &links.next().map_or(&self.location, |link| &link.location).path
    }
}
