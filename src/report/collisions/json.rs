//! The groups as JSON.

use serde::Serialize;

use super::claimant::Claimant;
use super::meet::Who;
use super::model::{Collisions, Group};
use crate::check::{Report, Silence};
use crate::report::place::{Located, located};
use crate::report::{facts, json};

#[derive(Serialize)]
struct Document<'r> {
    schema: &'static str,
    collisions: Vec<Entry<'r>>,
    unknown_daemon: usize,
    unknown_value: usize,
    silenced: Vec<Silence<'r>>,
    errors: Vec<facts::Failure<'r>>,
}

#[derive(Serialize)]
struct Entry<'r> {
    kind: &'r str,
    value: &'r str,
    claimants: Vec<Party<'r>>,
    pairs: Vec<Pair<'r>>,
}

#[derive(Serialize)]
struct Party<'r> {
    repository: &'r str,
    workflow: &'r str,
    job: &'r str,
    runs_on: Option<&'r str>,
    what: &'r str,
    deploy: bool,
    places: Vec<Located<'r>>,
}

/// `one` and `other` are indices into the claimants.
#[derive(Serialize)]
struct Pair<'r> {
    who: Who,
    one: usize,
    other: usize,
    why: &'r str,
    certain: bool,
    provided: &'r [String],
}

impl Collisions {
    /// For programs.
    pub fn json(&self, report: &Report) -> String {
        let document = Document {
            schema: "berthlint-collisions/1",
            collisions: self.groups.iter().map(|group| entry(group, report)).collect(),
            unknown_daemon: self.unknown_daemon,
            unknown_value: self.unknown_value,
            silenced: report.silenced.lines().collect(),
            errors: facts::failures(report),
        };
        json::text(&document, true)
    }
}

fn entry<'r>(group: &'r Group, report: &Report) -> Entry<'r> {
    let pairs = group.meetings.iter().map(|meeting| Pair {
        who: meeting.who,
        one: meeting.one,
        other: meeting.other,
        why: &meeting.why,
        certain: meeting.provided.is_empty(),
        provided: &meeting.provided,
    });
    Entry {
        kind: &group.kind,
        value: &group.value,
        claimants: group.claimants.iter().map(|claimant| party(claimant, report)).collect(),
        pairs: pairs.collect(),
    }
}

fn party<'r>(claimant: &'r Claimant, report: &Report) -> Party<'r> {
    Party {
        repository: &claimant.repository,
        workflow: &claimant.workflow,
        job: &claimant.job,
        runs_on: claimant.runs_on.as_deref(),
        what: &claimant.what,
        deploy: claimant.deploy,
        places: claimant.places.iter().map(|place| located(report, place)).collect(),
    }
}
