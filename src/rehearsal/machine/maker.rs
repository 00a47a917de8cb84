//! Whose a thing on the daemon is.

/// Who made something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Maker {
    /// The run; 0 for a stranger, whose things were there before.
    pub run: u32,
    /// The job in it.
    pub job: usize,
}
