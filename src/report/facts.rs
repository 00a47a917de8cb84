//! Facts as JSON: what rules can judge.

use std::collections::BTreeMap;

use serde::Serialize;

use super::place::{ChainLink, Located, chain, located};
use crate::check::Report;
use crate::facts::{Confidence, Fact, Field, StepRef};
use crate::source::Location;

#[derive(Serialize)]
struct Document<'r> {
    schema: &'static str,
    facts: Vec<Entry<'r>>,
    errors: Vec<Failure<'r>>,
}

/// What could not be read.
#[derive(Serialize)]
pub(super) struct Failure<'r> {
    pub(super) path: &'r str,
    pub(super) message: &'r str,
}

/// All that could not be read or parsed.
pub(super) fn failures(report: &Report) -> Vec<Failure<'_>> {
    let broken = report.findings.iter().map(|finding| (finding.location.path.as_ref(), finding.message.as_str()));
    let errors = report.errors.iter().map(|error| (error.path.as_str(), error.message.as_str()));
    broken.chain(errors).map(|(path, message)| Failure { path, message }).collect()
}

#[derive(Serialize)]
struct Entry<'r> {
    kind: &'r str,
    subject: &'r str,
    job: Option<&'r str>,
    step: Option<&'r StepRef>,
    confidence: Confidence,
    fields: &'r BTreeMap<&'static str, Field>,
    spans: BTreeMap<&'static str, Vec<Located<'r>>>,
    chain: Vec<ChainLink<'r>>,
}

/// The facts as JSON; `report` has the files they stand in, and what could not be read.
pub fn facts(facts: &[Fact], report: &Report) -> String {
    let document = Document {
        schema: "berthlint-facts/1",
        facts: facts.iter().map(|fact| entry(fact, report)).collect(),
        errors: failures(report),
    };
    super::json::text(&document, true)
}

fn entry<'r>(fact: &'r Fact, report: &Report) -> Entry<'r> {
    let at = |places: &'r [Location]| places.iter().map(|place| located(report, place)).collect();
    Entry {
        kind: fact.kind.name,
        subject: &fact.subject,
        job: fact.job.as_deref(),
        step: fact.step.as_ref(),
        confidence: fact.confidence,
        fields: &fact.fields,
        spans: fact.spans.iter().map(|(name, places)| (*name, at(places))).collect(),
        chain: chain(report, &fact.chain),
    }
}
