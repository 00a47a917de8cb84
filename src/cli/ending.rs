//! How a check ends: its exit code, and what is said beside the findings.

use super::arguments::LevelName;
use super::exit::{CLEAN, FINDINGS, INCOMPLETE};
use super::output;
use crate::check::{InputError, Report};
use crate::door::print;
use crate::finding::Level;
use crate::report::{Format, Style, silenced};

/// What could not be read, and what the configuration keeps back, is said here where the format has no
/// place for it.
pub(super) fn complain_beside(report: &Report, format: Format, style: Style) {
    if !format.has_silences() && !style.quiet {
        output::aside(&silenced(report), false);
    }
    if !format.has_errors() && !report.errors.is_empty() {
        let message = |error: &InputError| format!("{}: {}", print::exact(&error.path), error.message);
        output::complain(&report.errors.iter().map(message).collect::<Vec<_>>());
    }
}

/// What decides the exit code.
pub(super) struct Ending {
    /// From which level on a finding counts.
    pub(super) fail_on: LevelName,
    /// Findings count for nothing.
    pub(super) exit_zero: bool,
}

impl Ending {
    /// What could not be read weighs more than what was found, or than something else that counts like a finding.
    pub(super) fn code(&self, report: &Report, other: bool) -> u8 {
        let from = match self.fail_on {
            LevelName::Error => Level::Error,
            LevelName::Warning => Level::Warning,
            LevelName::Info => Level::Info,
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
