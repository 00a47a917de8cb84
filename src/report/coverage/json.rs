//! The rows as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rows::{Cell, Coverage, OUTCOMES, Row};
use crate::check::{Report, Silence};
use crate::facts::Confidence;
use crate::report::place::{self, Range};
use crate::report::{facts, json};

#[derive(Serialize)]
struct Document<'r> {
    schema: &'static str,
    summary: Summary,
    resources: Vec<Entry<'r>>,
    deploys: Vec<Entry<'r>>,
    silenced: Vec<Silence<'r>>,
    errors: Vec<facts::Failure<'r>>,
}

#[derive(Serialize)]
struct Summary {
    resources: usize,
    outcomes: usize,
    covered: usize,
    depends: usize,
    uncovered: usize,
    percent: f64,
    elsewhere: usize,
}

#[derive(Serialize)]
struct Entry<'r> {
    job: &'r str,
    workflow: &'r str,
    kind: &'r str,
    name: &'r str,
    path: Option<&'r str>,
    span: Option<Range>,
    confidence: Confidence,
    outcomes: BTreeMap<&'static str, State<'r>>,
}

#[derive(Serialize)]
struct State<'r> {
    state: &'static str,
    by: Option<&'r str>,
    on: Option<&'r str>,
    command: Option<&'r str>,
}

impl Coverage {
    /// For programs.
    pub fn json(&self, report: &Report) -> String {
        let (covered, depends) = (self.covered(), self.depends());
        let summary = Summary {
            resources: self.rows.len(),
            outcomes: self.total(),
            covered,
            depends,
            uncovered: self.total() - covered - depends,
            percent: self.percent(),
            elsewhere: self.elsewhere,
        };
        let document = Document {
            schema: "berthlint-coverage/1",
            summary,
            resources: self.rows.iter().map(|row| entry(row, report)).collect(),
            deploys: self.deploys.iter().map(|row| entry(row, report)).collect(),
            silenced: report.silenced.lines().collect(),
            errors: facts::failures(report),
        };
        json::text(&document, true)
    }
}

fn entry<'r>(row: &'r Row, report: &Report) -> Entry<'r> {
    let place = row.place.as_ref();
    Entry {
        job: &row.job,
        workflow: &row.workflow,
        kind: &row.kind,
        name: &row.name,
        path: place.map(|location| location.path.as_ref()),
        span: place.and_then(|location| place::range(report, &location.path, location.span)),
        confidence: row.confidence,
        outcomes: OUTCOMES.iter().zip(&row.cells).map(|((name, _), cell)| (*name, state(cell))).collect(),
    }
}

fn state(cell: &Cell) -> State<'_> {
    match cell {
        Cell::Covered { by, command } => {
            State { state: "covered", by: Some(by), on: None, command: command.as_deref() }
        }
        Cell::Uncovered => State { state: "uncovered", by: None, on: None, command: None },
        Cell::Depends { on, command } => {
            State { state: "depends", by: None, on: Some(on), command: command.as_deref() }
        }
    }
}
