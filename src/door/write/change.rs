//! A file that is to change, and why it may not.

/// A file that is to change, or to be made.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Its path below the root.
    pub path: &'a str,
    /// How it is shown.
    pub shown: &'a str,
    /// The bytes that were read; none when there was no such file.
    pub old: Option<&'a [u8]>,
    /// The bytes that are to be there.
    pub new: &'a [u8],
}

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The system said no.
    #[error("{why}")]
    System {
        /// The file, as shown.
        path: String,
        /// What it said.
        why: String,
    },
    /// Somebody else changed it.
    #[error("it has changed since it was read; run berthlint again")]
    ChangedMeanwhile(String),
    /// A link leads out of the repository.
    #[error("a link leads out of the repository")]
    Outside(String),
    /// One file has two names, and would be changed in two ways.
    #[error("it is one file with {1}, and the two would not be changed alike; name one of them")]
    Twice(String, String),
}

impl WriteError {
    /// The file, as shown.
    pub fn path(&self) -> &str {
        match self {
            Self::System { path, .. } | Self::ChangedMeanwhile(path) | Self::Outside(path) | Self::Twice(path, _) => {
                path
            }
        }
    }
}
