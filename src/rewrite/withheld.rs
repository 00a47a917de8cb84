//! Why a rewrite makes no fix.

/// Why there is no fix: a sentence for people, without its full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Withheld {
    /// The sentence.
    pub why: String,
    /// The rules or rewrites one of which has to mend something of the same job first; nothing where none helps.
    pub after: Vec<String>,
}

impl Withheld {
    /// For this reason.
    pub fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), after: Vec::new() }
    }

    /// For this reason, which goes away when one of these rules or rewrites has mended what it is about.
    pub fn until(after: &[&str], why: impl Into<String>) -> Self {
        Self { why: why.into(), after: after.iter().map(|name| (*name).to_owned()).collect() }
    }

    /// For a text of which a place is no range of the file.
    pub fn torn() -> Self {
        Self::because("it is written with escapes or folded lines: write it plainly, or change it by hand")
    }
}
