//! What a level is called, and its colour.

use super::style::Ink;
use crate::facts::Confidence;
use crate::finding::{Finding, Level};

/// As most formats have it; one with words of its own has them in its file (`sarif`, `github`).
pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "info",
    }
}

/// What stands behind the level of a finding that depends on something unknown.
pub(super) fn doubtful(finding: &Finding) -> &'static str {
    if finding.confidence == Confidence::Low { " (low confidence)" } else { "" }
}

/// On a terminal.
pub(super) fn ink(level: Level) -> Ink {
    match level {
        Level::Error => Ink::Bad,
        Level::Warning => Ink::Doubtful,
        Level::Info => Ink::Note,
    }
}
