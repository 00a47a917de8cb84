//! The door through which every file is written: beside what is there, which is compared with what was read, and then
//! in its place, with its owner and mode. Never through a link that leads out.
//!
//! [`all`] writes what mending makes of a repository's files, [`report`] the file that the user names for a report,
//! [`Scratch`] a folder of its own for what is tried.

mod change;
mod keep;
mod lock;
mod report;
mod scratch;
mod staged;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use change::{Change, WriteError};
pub use report::{ReportError, report};
pub use scratch::Scratch;

use super::read::{self, Bounds, Refused};
use staged::Staged;

/// Why files were not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct NotWritten {
    /// What kept them from it.
    pub error: WriteError,
    /// Files that keep the new bytes, as shown: somebody changed them before they could be put back.
    pub kept: Vec<String>,
}

impl From<WriteError> for NotWritten {
    fn from(error: WriteError) -> Self {
        Self { error, kept: Vec::new() }
    }
}

/// Writes all of these files below `root`, or none of them: when one cannot be written, or is not what was read, those
/// that were written are put back.
///
/// # Errors
/// [`NotWritten`]; nothing is changed then but what somebody else changed meanwhile.
pub fn all(root: &Path, changes: &[Change<'_>]) -> Result<(), NotWritten> {
    let mut made = Vec::new();
    let written = stage_all(root, changes, &mut made).map_err(NotWritten::from).and_then(|staged| {
        let _lock = lock::lock(root);
        put_all(staged)
    });
    if written.is_err() {
        // By now the staged files are gone, and a folder made for one of them is empty: only such go.
        for folder in made.iter().rev() {
            let _ = std::fs::remove_dir(folder);
        }
    }
    written
}

fn stage_all<'c>(root: &Path, changes: &[Change<'c>], made: &mut Vec<PathBuf>) -> Result<Vec<Staged<'c>>, WriteError> {
    let mut staged: Vec<Staged<'_>> = Vec::new();
    for change in changes {
        let target = target(root, change)?;
        // One file under two names: a link beside it.
        match staged.iter().find(|known| known.target == target) {
            Some(known) if known.change.old == change.old && known.change.new == change.new => {}
            Some(known) => return Err(WriteError::Twice(change.shown.to_owned(), known.change.shown.to_owned())),
            None => staged.push(Staged::new(*change, target, made)?),
        }
    }
    Ok(staged)
}

/// Nothing is touched before all are known to be what was read; each is looked at again in the moment it is replaced.
fn put_all(staged: Vec<Staged<'_>>) -> Result<(), NotWritten> {
    staged.iter().try_for_each(Staged::check)?;
    let mut done = Vec::new();
    for file in staged {
        match file.put() {
            Ok(put) => done.push(put),
            Err(error) => {
                let kept = done.into_iter().rev().filter_map(staged::Put::undo).collect();
                return Err(NotWritten { error, kept });
            }
        }
    }
    Ok(())
}

/// Where the bytes go, links followed: never out of the root.
fn target(root: &Path, change: &Change<'_>) -> Result<PathBuf, WriteError> {
    let given = root.join(change.path);
    let bounds = Bounds::Inside(root.to_owned());
    let refused = |refused: Refused| match refused {
        Refused::Outside => WriteError::Outside(change.shown.to_owned()),
        // It was there when it was read.
        Refused::Absent => WriteError::ChangedMeanwhile(change.shown.to_owned()),
        other => WriteError::System { path: change.shown.to_owned(), why: other.to_string() },
    };
    if change.old.is_some() {
        return read::place(&given, &bounds).map_err(refused);
    }
    // Its folders may have to be made: what is there of them says where they are.
    let known = given.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(root);
    let rest = given.strip_prefix(known).unwrap_or(&given);
    Ok(read::place(known, &bounds).map_err(refused)?.join(rest))
}
