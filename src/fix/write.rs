//! What mending came to reaches the disk: all files of a repository or none of them, as they were proven together.

use std::collections::BTreeMap;
use std::path::Path;

use super::outcome::Outcome;
use crate::check::InputError;
use crate::door::write::{Change, NotWritten, WriteError, all};

/// Writes the files. What is left as it is comes back: the files of each repository of which one could not be written,
/// or is not what was read, and why.
pub fn write(outcome: &Outcome) -> Vec<Unwritten> {
    let mut repositories: BTreeMap<&Path, Vec<Change<'_>>> = BTreeMap::new();
    let mut unwritten = Vec::new();
    for (shown, changed) in &outcome.files {
        match outcome.report.below_root(shown) {
            Some((root, path)) => {
                let change = Change { path, shown, old: changed.old.as_deref(), new: &changed.new };
                repositories.entry(root).or_default().push(change);
            }
            None => unwritten.push(Unwritten::new(vec![shown.clone()], &WriteError::Outside(shown.clone()).into())),
        }
    }
    for (root, changes) in repositories {
        if let Err(error) = all(root, &changes) {
            unwritten.push(Unwritten::new(changes.iter().map(|change| change.shown.to_owned()).collect(), &error));
        }
    }
    unwritten
}

/// Files that were left as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritten {
    /// Their paths, as shown.
    pub paths: Vec<String>,
    /// For the report: at which of them it failed, and why.
    pub error: InputError,
}

impl Unwritten {
    fn new(paths: Vec<String>, failed: &NotWritten) -> Self {
        let NotWritten { error, kept } = failed;
        let message = match kept.as_slice() {
            [] => format!("{error}; no file of this repository was written"),
            kept => format!(
                "{error}; no file of this repository was written but {}, which somebody changed before it could be put back: \
                 look at it",
                kept.join(", ")
            ),
        };
        Self { paths, error: InputError { path: error.path().to_owned(), span: None, message } }
    }
}
