//! How a job ends, and what a runner then still runs, by what is known of that runner.

use crate::truth::Truth;

/// How a job ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Every step succeeded.
    Success,
    /// An earlier step failed.
    Failure,
    /// A user or a newer push cancelled it.
    Cancelled,
    /// It took longer than the job may.
    TimedOut,
    /// The runner was killed: nothing runs.
    Killed,
}

impl Outcome {
    /// All of them, in the order in which tables show them.
    pub const ALL: [Self; 5] = [Self::Success, Self::Failure, Self::Cancelled, Self::TimedOut, Self::Killed];
}

/// What the status functions say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// `success()`
    pub success: Truth,
    /// `failure()`
    pub failure: Truth,
    /// `cancelled()`
    pub cancelled: Truth,
}

impl Status {
    /// No step has failed.
    pub const SUCCESS: Self = Self { success: Truth::Yes, failure: Truth::No, cancelled: Truth::No };
    /// A step has failed.
    pub const FAILURE: Self = Self { success: Truth::No, failure: Truth::Yes, cancelled: Truth::No };
    /// The job is being cancelled.
    pub const CANCELLED: Self = Self { success: Truth::No, failure: Truth::No, cancelled: Truth::Yes };
    /// Any of them.
    pub const UNKNOWN: Self = Self { success: Truth::Unknown, failure: Truth::Unknown, cancelled: Truth::Unknown };

    /// `job.status`
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::SUCCESS => Some("success"),
            Self::FAILURE => Some("failure"),
            Self::CANCELLED => Some("cancelled"),
            _ => None,
        }
    }
}

/// What a job timeout is to a runner's status functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeoutIs {
    /// `failure()` is true.
    Failure,
    /// `cancelled()` is true.
    Cancelled,
    /// No main step runs any more.
    Nothing,
}

/// What a runner runs after a cancel and a timeout; which runner does what says `runner::table`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusRules {
    /// Whether main steps are evaluated at all after a cancel.
    pub cancel_runs_main_steps: Option<bool>,
    /// What a job timeout is.
    pub timeout_is: Option<TimeoutIs>,
}

impl StatusRules {
    /// Whether a timeout leaves to the job what a cancel does.
    pub fn timeout_is_like_a_cancel(self) -> bool {
        let runs_nothing = self.cancel_runs_main_steps != Some(true);
        match self.timeout_is {
            Some(TimeoutIs::Failure) => false,
            Some(TimeoutIs::Cancelled) => !runs_nothing,
            Some(TimeoutIs::Nothing) | None => runs_nothing,
        }
    }

    /// A runner of which nothing is known.
    pub const UNKNOWN: Self = Self { cancel_runs_main_steps: None, timeout_is: None };

    /// The statuses with which main steps may be evaluated in that outcome; `None` among them: not at all.
    pub(super) fn statuses(self, outcome: Outcome) -> Vec<Option<Status>> {
        let timeout = |timeout| match timeout {
            TimeoutIs::Failure => Some(Status::FAILURE),
            TimeoutIs::Cancelled => Some(Status::CANCELLED),
            TimeoutIs::Nothing => None,
        };
        match outcome {
            Outcome::Success => vec![Some(Status::SUCCESS)],
            Outcome::Failure => vec![Some(Status::FAILURE)],
            Outcome::Cancelled => match self.cancel_runs_main_steps {
                Some(true) => vec![Some(Status::CANCELLED)],
                Some(false) => vec![None],
                None => vec![Some(Status::CANCELLED), None],
            },
            Outcome::TimedOut => match self.timeout_is {
                Some(is) => vec![timeout(is)],
                None => [TimeoutIs::Failure, TimeoutIs::Cancelled, TimeoutIs::Nothing].map(timeout).to_vec(),
            },
            Outcome::Killed => vec![None],
        }
    }
}
