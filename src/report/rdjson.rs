//! Reviewdog's format, one document: findings for a review, with the changes that mend them.
//! <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>

use serde::Serialize;

use super::{plain, words};
use crate::check::Report;
use crate::edit::{Applicability, Fix};
use crate::finding::{Finding, Level};
use crate::source::{Location, Source, Span};

#[derive(Serialize)]
struct Document<'r> {
    source: Name,
    diagnostics: Vec<Diagnostic<'r>>,
}

#[derive(Serialize)]
struct Name {
    name: &'static str,
}

#[derive(Serialize)]
struct Diagnostic<'r> {
    message: String,
    location: Place<'r>,
    severity: &'static str,
    code: Code<'r>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related<'r>>,
}

#[derive(Serialize)]
struct Place<'r> {
    path: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Code<'r> {
    value: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

#[derive(Serialize)]
struct Related<'r> {
    message: String,
    location: Place<'r>,
}

#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

/// Both count from 1; columns are bytes here.
#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
}

/// The whole report.
pub(super) fn document(report: &Report) -> String {
    let findings = report.findings.iter().map(|finding| diagnostic(report, finding));
    let errors = report.errors.iter().map(|error| Diagnostic {
        message: plain(&error.message),
        location: location(report, &error.path, error.span),
        severity: "ERROR",
        code: Code { value: "not-read", url: None },
        suggestions: Vec::new(),
        related_locations: Vec::new(),
    });
    let document = Document { source: Name { name: "berthlint" }, diagnostics: findings.chain(errors).collect() };
    super::json::text(&document, true)
}

fn diagnostic<'r>(report: &'r Report, finding: &'r Finding) -> Diagnostic<'r> {
    let Location { path, span } = &finding.location;
    let related = finding.related.iter().map(|related| Related {
        message: plain(&related.message),
        location: location(report, &related.location.path, Some(related.location.span)),
    });
    Diagnostic {
        message: words::whole(report, finding).join("\n"),
        location: location(report, path, Some(*span)),
        severity: match finding.level {
            Level::Error => "ERROR",
            Level::Warning => "WARNING",
            Level::Info => "INFO",
        },
        code: Code { value: &finding.rule, url: report.url(finding) },
        suggestions: finding.fix.iter().filter_map(|fix| suggestion(report.sources.get(path)?, fix)).collect(),
        related_locations: related.collect(),
    }
}

/// A safe fix as one replacement, so that nobody takes half of it; none where it reaches into other files. A reviewer
/// takes it with a click, and reads no reason.
fn suggestion(source: &Source, fix: &Fix) -> Option<Suggestion> {
    let is_here = fix.creates.is_empty() && fix.edits.iter().all(|edit| edit.path == *source.path());
    if fix.applicability != Applicability::Safe || !is_here {
        return None;
    }
    let whole = fix.edits.iter().map(|edit| edit.span).reduce(Span::to)?;
    let mut text = String::new();
    let mut at = whole.start;
    for edit in &fix.edits {
        text.push_str(source.text().get(at..edit.span.start)?);
        text.push_str(&edit.new);
        at = edit.span.end;
    }
    Some(Suggestion { range: range(source, whole), text })
}

fn location<'r>(report: &Report, path: &'r str, span: Option<Span>) -> Place<'r> {
    let source = report.sources.get(path);
    Place { path, range: source.and_then(|source| Some(range(source, span?))) }
}

fn range(source: &Source, span: Span) -> Range {
    Range { start: position(source, span.start), end: position(source, span.end) }
}

fn position(source: &Source, byte: usize) -> Position {
    let line = source.place(byte).line;
    let start = source.line(line).map_or(0, |span| span.start);
    Position { line, column: byte.saturating_sub(start) + 1 }
}
