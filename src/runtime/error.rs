//! What can go wrong, in words: what failed, on what, and what to do next.

use std::fmt;

/// Shorthand for results of this module tree.
pub type Result<T> = std::result::Result<T, Error>;

/// Which exit code a failure has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Exit code 1: the command could not do its work.
    Failed,
    /// Exit code 2: a wrong argument, or an environment without an identity.
    Usage,
    /// Exit code 3: no Docker daemon answers.
    NoDaemon,
}

/// A failure, with the advice that belongs to it.
#[derive(Debug, Clone)]
pub struct Error {
    kind: FailureKind,
    what: String,
    advice: String,
}

impl Error {
    /// The command could not do its work.
    pub fn failed(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(FailureKind::Failed, what, advice)
    }

    /// A wrong argument, or an environment without an identity.
    pub fn usage(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(FailureKind::Usage, what, advice)
    }

    /// No Docker daemon answers.
    pub fn no_daemon(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(FailureKind::NoDaemon, what, advice)
    }

    fn new(kind: FailureKind, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { kind, what: what.into(), advice: advice.into() }
    }

    /// The same failure; where the daemon is gone, `advice` says what becomes of the work that is left.
    #[must_use]
    pub fn when_gone(mut self, advice: &str) -> Self {
        if self.is_no_daemon() {
            self.advice = format!("{}; {advice}", self.advice);
        }
        self
    }

    /// What failed, without the advice.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do next; empty where nobody knows.
    pub fn advice(&self) -> &str {
        &self.advice
    }

    /// Whether the daemon does not answer: then nothing else can be done with it either.
    pub fn is_no_daemon(&self) -> bool {
        self.kind == FailureKind::NoDaemon
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            FailureKind::Failed => 1,
            FailureKind::Usage => 2,
            FailureKind::NoDaemon => 3,
        }
    }
}

/// What several pieces of work came to, none of which keeps another from being done: that the daemon is gone, whichever
/// says so; else the first failure.
///
/// # Errors
/// One of them failed.
pub fn together(outcomes: impl IntoIterator<Item = Result<()>>) -> Result<()> {
    let mut first = Ok(());
    for outcome in outcomes {
        match outcome {
            Err(error) if error.is_no_daemon() => return Err(error),
            outcome => first = first.and(outcome),
        }
    }
    first
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        if !self.advice.is_empty() {
            write!(f, "\n  help: {}", self.advice)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_that_is_gone_is_told_before_what_stays() {
        let stays = |what: &str| Err(Error::failed(what, ""));
        let gone = || Err(Error::no_daemon("gone", ""));
        assert_eq!(together([stays("a"), gone()]).map_err(|error| error.exit_code()), Err(3));
        assert_eq!(together([Ok(()), stays("a"), stays("b")]).map_err(|error| error.what), Err("a".to_owned()));
        assert!(together([Ok(()), Ok(())]).is_ok());
    }
}
