//! A row for each resource, a cell for each outcome.

use crate::facts::{Confidence, Datum, Fact, Field};
use crate::source::Location;

/// The outcomes, by their names in a table and the fields that tell of them.
pub(super) const OUTCOMES: [(&str, &str); 5] = [
    ("success", "on-success"),
    ("failure", "on-failure"),
    ("cancel", "on-cancel"),
    ("timeout", "on-timeout"),
    ("killed", "on-killed"),
];

/// What becomes of a resource in one outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// It is taken away.
    Covered {
        /// By what: `step`, `trap`, `sweeper`, …
        by: String,
        /// The command.
        command: Option<String>,
    },
    /// Nothing takes it away.
    Uncovered,
    /// That depends on something that is not known.
    Depends {
        /// On what.
        on: String,
        /// The command that may.
        command: Option<String>,
    },
}

/// A resource.
#[derive(Clone, Debug)]
pub struct Row {
    /// The job that makes it.
    pub job: String,
    /// The workflow's file.
    pub workflow: String,
    /// What it is.
    pub kind: String,
    /// Its name, or what stands for it.
    pub name: String,
    /// Where it is made.
    pub place: Option<Location>,
    /// How sure that is.
    pub confidence: Confidence,
    /// Success, failure, cancel, timeout, killed.
    pub cells: [Cell; 5],
}

/// What is removed when, in all that was looked at.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// What jobs make and should take away.
    pub rows: Vec<Row>,
    /// What is meant to stay; not counted.
    pub deploys: Vec<Row>,
    /// How many resources go with their machine, or are on another one.
    pub elsewhere: usize,
}

impl Coverage {
    /// From the facts of `resource` and `service`.
    pub fn new(facts: &[Fact]) -> Self {
        let mut coverage = Self::default();
        for fact in facts {
            let cells = match fact.kind.name {
                "resource" => resource(fact),
                "service" if flag(fact, "dropped") != Some(true) => service(),
                _ => continue,
            };
            let apart = fact.text("daemon") == Some("ephemeral");
            if apart || matches!(fact.text("target"), Some("elsewhere" | "container")) {
                coverage.elsewhere += 1;
                continue;
            }
            let row = row(fact, cells);
            let deploy = fact.kind.name == "resource" && flag(fact, "deploy") == Some(true);
            if deploy { coverage.deploys.push(row) } else { coverage.rows.push(row) }
        }
        for rows in [&mut coverage.rows, &mut coverage.deploys] {
            rows.sort_by(|one, other| {
                let key = |row: &Row| (row.workflow.clone(), row.job.clone(), row.place.clone(), row.name.clone());
                key(one).cmp(&key(other))
            });
        }
        coverage
    }

    /// How many outcomes of all resources there are.
    pub fn total(&self) -> usize {
        self.rows.len() * OUTCOMES.len()
    }

    /// In how many of them the resource is certainly taken away.
    pub fn covered(&self) -> usize {
        self.count(|cell| matches!(cell, Cell::Covered { .. }))
    }

    /// Of how many that is not known.
    pub fn depends(&self) -> usize {
        self.count(|cell| matches!(cell, Cell::Depends { .. }))
    }

    /// The covered ones in a hundred; what depends is not among them. All, where there is nothing to cover.
    #[allow(clippy::cast_precision_loss)]
    pub fn percent(&self) -> f64 {
        match self.total() {
            0 => 100.0,
            total => self.covered() as f64 * 100.0 / total as f64,
        }
    }

    /// On what the cells depend, each once.
    pub(super) fn doubts(&self) -> Vec<&str> {
        let mut doubts: Vec<&str> = Vec::new();
        for cell in self.rows.iter().flat_map(|row| &row.cells) {
            if let Cell::Depends { on, .. } = cell
                && !doubts.contains(&on.as_str())
            {
                doubts.push(on);
            }
        }
        doubts
    }

    fn count(&self, is: impl Fn(&Cell) -> bool) -> usize {
        self.rows.iter().flat_map(|row| &row.cells).filter(|cell| is(cell)).count()
    }
}

fn row(fact: &Fact, cells: [Cell; 5]) -> Row {
    let place = fact.kind.spans.first().and_then(|span| fact.spans.get(span.name)?.first()).cloned();
    let workflow = fact.chain.first().map(|link| &link.location).or(place.as_ref());
    let kind = if fact.kind.name == "service" { "service" } else { fact.text("kind").unwrap_or_default() };
    let name = fact.text("name").unwrap_or(&fact.subject);
    // What has no name goes by what makes it.
    let name = fact.text("maker").filter(|_| name == kind).unwrap_or(name);
    Row {
        job: fact.job.clone().unwrap_or_default(),
        workflow: workflow.map(|location| location.path.to_string()).unwrap_or_default(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        place,
        confidence: fact.confidence,
        cells,
    }
}

fn resource(fact: &Fact) -> [Cell; 5] {
    let nth = |list: &str, at: usize| match fact.fields.get(list) {
        Some(Field::Known(Datum::List(texts))) => texts.get(at).filter(|text| !text.is_empty()).cloned(),
        _ => None,
    };
    [0, 1, 2, 3, 4].map(|at| {
        let command = nth("takers", at);
        match fact.fields.get(OUTCOMES[at].1) {
            Some(Field::Known(Datum::Text(by))) if by == "nothing" => Cell::Uncovered,
            Some(Field::Known(Datum::Text(by))) => Cell::Covered { by: by.clone(), command },
            _ => Cell::Depends { on: nth("doubts", at).unwrap_or_else(|| "what is not known".to_owned()), command },
        }
    })
}

/// The runner takes them away while it lives.
fn service() -> [Cell; 5] {
    let runner = || Cell::Covered { by: "runner".to_owned(), command: None };
    [runner(), runner(), runner(), runner(), Cell::Uncovered]
}

fn flag(fact: &Fact, name: &str) -> Option<bool> {
    match fact.fields.get(name) {
        Some(Field::Known(Datum::Bool(flag))) => Some(*flag),
        _ => None,
    }
}
