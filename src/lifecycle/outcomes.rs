//! One of something for each outcome of a job.

use crate::expr::Outcome;
use crate::truth::Truth;

/// The outcomes that a teardown can cover; nothing runs after a kill.
pub const OUTCOMES: [Outcome; 4] = [Outcome::Success, Outcome::Failure, Outcome::Cancelled, Outcome::TimedOut];

/// One of something for each of [`OUTCOMES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerOutcome<T> {
    /// After a success.
    pub success: T,
    /// After a failure.
    pub failure: T,
    /// After a cancel.
    pub cancelled: T,
    /// After a timeout.
    pub timed_out: T,
}

impl<T> PerOutcome<T> {
    /// What `each` says of each.
    pub fn of(mut each: impl FnMut(Outcome) -> T) -> Self {
        let [success, failure, cancelled, timed_out] = OUTCOMES.map(&mut each);
        Self { success, failure, cancelled, timed_out }
    }

    /// The same for each.
    pub fn all(one: T) -> Self
    where
        T: Clone,
    {
        Self::of(|_| one.clone())
    }

    /// In the order of [`OUTCOMES`].
    pub fn values(&self) -> [&T; 4] {
        [&self.success, &self.failure, &self.cancelled, &self.timed_out]
    }
}

impl PerOutcome<Truth> {
    /// Whether it is so in that outcome: in a kill it is not.
    pub fn is_in(&self, outcome: Outcome) -> Truth {
        match outcome {
            Outcome::Success => self.success,
            Outcome::Failure => self.failure,
            Outcome::Cancelled => self.cancelled,
            Outcome::TimedOut => self.timed_out,
            Outcome::Killed => Truth::No,
        }
    }
}
