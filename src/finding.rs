//! What berthlint reports: plain data, the same for every format.

use std::collections::HashMap;
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
    /// The finding whose fix comes first: then it can be repaired, too.
    pub waits: Option<Waits>,
}

/// Another finding, whose fix comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// Its rule.
    pub rule: String,
    /// Where it stands.
    pub location: Location,
    /// How far its fix may be trusted: the one that waits is no safer.
    pub applicability: Applicability,
}

/// Findings no longer wait for one that has no fix; and all know how far the fix that they wait for may be trusted.
pub fn settle(findings: &mut [Finding]) {
    if findings.iter().all(|finding| finding.waits.is_none()) {
        return;
    }
    type Place = (String, Location);
    let place = |finding: &Finding| -> Place { (finding.rule.clone(), finding.location.clone()) };
    let graded = findings.iter().filter_map(|one| Some((place(one), one.fix.as_ref()?.applicability)));
    let mut grades: HashMap<Place, Applicability> = HashMap::new();
    for (place, grade) in graded.filter(|(_, grade)| *grade > Applicability::Display) {
        grades.entry(place).and_modify(|known| *known = grade.max(*known)).or_insert(grade);
    }
    // One may wait for one that waits.
    loop {
        let known = grades.len();
        for finding in findings.iter_mut() {
            let own = place(finding);
            let Some(waits) = finding.waits.as_mut().filter(|_| finding.fix.is_none()) else { continue };
            let Some(grade) = grades.get(&(waits.rule.clone(), waits.location.clone())).copied() else { continue };
            waits.applicability = grade;
            grades.entry(own).or_insert(grade);
        }
        if grades.len() == known {
            break;
        }
    }
    for finding in findings {
        let is_there = |waits: &Waits| grades.contains_key(&(waits.rule.clone(), waits.location.clone()));
        finding.waits = finding.waits.take().filter(is_there);
    }
}

impl Finding {
    /// All that it points at: its own place, those beside it, and the calls that led there.
    pub fn locations(&self) -> impl Iterator<Item = &Location> {
        let related = self.related.iter().map(|related| &related.location);
        let chain = self.chain.iter().map(|link| &link.location);
        std::iter::once(&self.location).chain(related).chain(chain)
    }

    /// How far what repairs it may be trusted: its own fix, or the one that its fix waits for.
    pub fn fixable(&self) -> Option<Applicability> {
        let own = self.fix.as_ref().map(|fix| fix.applicability);
        own.or_else(|| self.waits.as_ref().map(|waits| waits.applicability))
    }

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
