//! Exit codes, and why a command ends early.

use crate::check::Refusal;

/// Nothing at or above `--fail-on`.
pub(super) const CLEAN: u8 = 0;
/// Findings.
pub(super) const FINDINGS: u8 = 1;
/// The command line or the configuration is wrong.
pub(super) const USAGE: u8 = 2;
/// Input could not be read, or an internal error.
pub(super) const INCOMPLETE: u8 = 3;

/// Why a command ends early.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Output(String),
    /// Nobody reads on: no reason to say anything.
    #[error("the reader has gone")]
    BrokenPipe,
}

impl Failure {
    /// What the program exits with.
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Refused(_) | Self::Usage(_) => USAGE,
            Self::Output(_) => INCOMPLETE,
            Self::BrokenPipe => CLEAN,
        }
    }

    /// What to say, a line each.
    pub(super) fn lines(&self) -> Vec<String> {
        match self {
            Self::Refused(refusal) => refusal.lines(),
            other => vec![other.to_string()],
        }
    }
}
