//! How a check ends: its exit code, and what is said beside the findings.

use super::arguments::LevelName;
use super::exit::{CLEAN, FINDINGS, INCOMPLETE};
use super::output;
use crate::check::{InputError, Report};
use crate::door::print;
use crate::finding::Level;
use crate::report::{Format, Style, narrowed, silenced, warnings};

/// What could not be read, what the configuration keeps back, and what counts for nothing in it, is said here where the
/// format has no place for it.
pub(super) fn complain_beside(report: &Report, format: Format, style: Style) {
    if !format.has_silences() && !style.quiet {
        output::aside(&(silenced(report) + &narrowed(report)), false);
    }
    if !format.has_warnings() && !style.quiet {
        output::aside(&warnings(report, Style::default()), false);
    }
    if !format.has_errors() && !report.errors.is_empty() {
        let message = |error: &InputError| format!("{}: {}", print::exact(&error.path), error.message);
        output::complain(&report.errors.iter().map(message).collect::<Vec<_>>());
    }
}

/// What decides the exit code.
pub(super) struct Ending {
    /// From which level on a finding counts; without it the configuration says.
    pub(super) fail_on: Option<LevelName>,
    /// Findings count for nothing.
    pub(super) exit_zero: bool,
}

impl Ending {
    /// What could not be read weighs more than what was found, or than something else that counts like a finding.
    pub(super) fn code(&self, report: &Report, other: bool) -> u8 {
        let from = match self.fail_on {
            Some(LevelName::Error) => Level::Error,
            Some(LevelName::Warning) => Level::Warning,
            Some(LevelName::Info) => Level::Info,
            None => report.fail_on.unwrap_or(Level::Error),
        };
        if report.is_incomplete() {
            INCOMPLETE
        } else if !self.exit_zero && (other || report.findings.iter().any(|finding| finding.level >= from)) {
            FINDINGS
        } else {
            CLEAN
        }
    }
}
