//! Names that a fix gives, as the step at the job's end says them.

/// What a thing is called that another name is given in the same fix.
#[derive(Clone, Debug)]
pub(in crate::rewrite) enum NewName {
    /// This word of the job's scripts.
    Word(String),
    /// What it was called, and this behind it.
    EndingIn(String),
}
