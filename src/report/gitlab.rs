//! GitLab's code quality report: what a merge request shows beside the changed lines.
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::level::doubtful;
use super::place::{self, Range};
use super::plain;
use crate::check::Report;
use crate::finding::{Finding, Level};
use crate::source::Span;

#[derive(Serialize)]
struct Entry<'r> {
    description: String,
    check_name: &'r str,
    /// What tells an entry from the others, and is the same in the next report.
    fingerprint: String,
    severity: &'static str,
    location: Place<'r>,
}

#[derive(Serialize)]
struct Place<'r> {
    path: &'r str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// The whole report.
pub(super) fn document(report: &Report) -> String {
    let findings = report.findings.iter().map(|finding| Entry {
        description: description(finding),
        check_name: &finding.rule,
        fingerprint: finding.fingerprint.clone(),
        severity: match finding.level {
            Level::Error => "critical",
            Level::Warning => "major",
            Level::Info => "info",
        },
        location: place(report, &finding.location.path, Some(finding.location.span)),
    });
    let errors = report.errors.iter().map(|error| Entry {
        description: plain(&error.message),
        check_name: "not-read",
        fingerprint: fingerprint(&[&error.path, &error.message]),
        severity: "blocker",
        location: place(report, &error.path, error.span),
    });
    super::json::text(&findings.chain(errors).collect::<Vec<_>>(), true)
}

fn description(finding: &Finding) -> String {
    let message = format!("{}{}", plain(&finding.message), doubtful(finding));
    match &finding.help {
        Some(help) => format!("{message} (help: {})", plain(help)),
        None => message,
    }
}

fn fingerprint(parts: &[&str]) -> String {
    let digest = Sha256::digest(format!("not-read\0{}", parts.join("\0")));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A place without lines is not taken.
fn place<'r>(report: &Report, path: &'r str, span: Option<Span>) -> Place<'r> {
    let range: Option<Range> = span.and_then(|span| place::range(report, path, span));
    let (begin, end) = range.map_or((1, 1), |range| (range.start.line, range.last_line()));
    Place { path, lines: Lines { begin, end } }
}
