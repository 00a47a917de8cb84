//! `berthlint evidence`: what logs show, by workflow, job and week.

use serde::Serialize;

use super::json;
use super::{columns, plain, summary};
use crate::evidence::{Evidence, Signature};

#[derive(Serialize)]
struct Document<'e> {
    schema: &'static str,
    logs: usize,
    counts: Vec<Entry<'e>>,
    errors: Vec<Failure>,
}

#[derive(Serialize)]
struct Entry<'e> {
    workflow: &'e str,
    job: &'e str,
    week: Option<String>,
    logs: usize,
    /// How many logs show it, by signature.
    with: serde_json::Map<String, serde_json::Value>,
}

#[derive(Serialize)]
struct Failure {
    path: String,
    message: String,
}

/// For reading: a line for each workflow, job and week; a column for each signature that is there.
pub fn evidence_table(evidence: &Evidence) -> String {
    let shown = evidence.shown();
    let mut text = String::new();
    if !evidence.counts.is_empty() {
        let mut lines = vec![vec!["week".to_owned(), "workflow".to_owned(), "job".to_owned(), "logs".to_owned()]];
        lines[0].extend(shown.iter().map(|signature| signature.name().to_owned()));
        for (origin, count) in &evidence.counts {
            let week = origin.week.map_or_else(|| "-".to_owned(), |week| week.to_string());
            let mut line = vec![week, plain(&origin.workflow), plain(&origin.job), count.logs.to_string()];
            line.extend(shown.iter().map(|signature| match count.with.get(signature) {
                Some(count) => count.to_string(),
                None => "-".to_owned(),
            }));
            lines.push(line);
        }
        text.push_str(&columns(&lines));
        text.push('\n');
    }
    for signature in &shown {
        text.push_str(&format!("{}: {}\n", signature.name(), signature.meaning()));
    }
    let logs = summary::count(evidence.logs(), "log");
    let with: usize = evidence.counts.values().flat_map(|count| count.with.values()).sum();
    text.push_str(&match (evidence.logs(), with) {
        (0, _) => "no logs\n".to_owned(),
        (1, 0) => format!("{logs}, and it shows no collision and no leak\n"),
        (_, 0) => format!("{logs}, and none shows a collision or a leak\n"),
        _ => format!("{logs}; each number counts the logs that show it\n"),
    });
    text
}

/// For programs, schema `berthlint-evidence/1`.
pub fn evidence_json(evidence: &Evidence) -> String {
    let counts = evidence.counts.iter().map(|(origin, count)| {
        let number = |signature: &Signature| count.with.get(signature).copied().unwrap_or_default();
        let with = Signature::ALL.iter().map(|one| (one.name().to_owned(), number(one).into()));
        Entry {
            workflow: &origin.workflow,
            job: &origin.job,
            week: origin.week.map(|week| week.to_string()),
            logs: count.logs,
            with: with.collect(),
        }
    });
    let errors = evidence
        .unread
        .iter()
        .map(|(path, refused)| Failure { path: path.to_string_lossy().into_owned(), message: refused.to_string() });
    let document = Document {
        schema: "berthlint-evidence/1",
        logs: evidence.logs(),
        counts: counts.collect(),
        errors: errors.collect(),
    };
    json::text(&document, true)
}
