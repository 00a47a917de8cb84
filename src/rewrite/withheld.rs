//! Why a rewrite makes no fix.

/// Why there is no fix: a sentence for people, without its full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Withheld(pub String);

impl Withheld {
    /// For this reason.
    pub fn because(why: impl Into<String>) -> Self {
        Self(why.into())
    }

    /// For a text of which a place is no range of the file.
    pub fn torn() -> Self {
        Self::because("it is written with escapes or folded lines: write it plainly, or change it by hand")
    }
}
