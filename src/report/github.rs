//! Annotations as GitHub's runner takes them from a job's log: a workflow command per finding.
//!
//! The runner reads `%25`, `%0D` and `%0A` in a message, and `%3A` and `%2C` in a property as well (actions/runner,
//! ActionCommand.cs). It takes columns only where the first line is the last one, too (ActionCommandManager.cs).

use super::place::{self, Range};
use super::{exact, plain, words};
use crate::check::{InputError, Report};
use crate::finding::{Finding, Level};

/// A command for each finding, for what could not be read, and for what counts for nothing in the configuration.
pub(super) fn commands(report: &Report) -> String {
    let findings = report.findings.iter().map(|finding| annotation(report, finding));
    let errors = report.errors.iter().map(|error| unread(report, error));
    let warnings =
        report.warnings.iter().map(|one| command("warning", "configuration", &one.path, None, &plain(&one.why)));
    findings.chain(errors).chain(warnings).collect()
}

fn annotation(report: &Report, finding: &Finding) -> String {
    let level = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "notice",
    };
    let range = place::range(report, &finding.location.path, finding.location.span);
    let message = words::whole(report, finding).join("\n");
    command(level, &finding.rule, &finding.location.path, range, &message)
}

fn unread(report: &Report, error: &InputError) -> String {
    let range = error.span.and_then(|span| place::range(report, &error.path, span));
    command("error", "not read", &error.path, range, &plain(&error.message))
}

fn command(level: &str, title: &str, path: &str, range: Option<Range>, message: &str) -> String {
    let title = property(&format!("berthlint: {}", plain(title)));
    let mut text = format!("::{level} title={title},file={}", property(&exact(path)));
    if let Some(range) = range {
        let (first, last) = (range.start.line, range.last_line());
        text.push_str(&format!(",line={first},endLine={last}"));
        if range.start.line == range.end.line {
            text.push_str(&format!(",col={},endColumn={}", range.start.column, range.end.column));
        }
    }
    format!("{text}::{}\n", data(message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
