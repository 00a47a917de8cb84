//! What is not followed, and why.

use crate::source::Location;

/// Something that was not followed, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Unfollowed {
    /// The reason, as a clause: `there is no file ci/x.sh`.
    pub why: String,
    /// Where it shows, when that is in a file that was read.
    pub at: Option<Location>,
}

impl Unfollowed {
    /// For a reason that has no place in a file.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), at: None }
    }

    /// For a reason that shows somewhere.
    pub fn at(why: impl Into<String>, at: Location) -> Self {
        Self { why: why.into(), at: Some(at) }
    }
}
