//! What is found on the way through paths and folders.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::forge_folders::{Remarks, forge_folders};
use super::place::{display_path, real};
use super::repository::{Repository, Skipped, Unreadable};
use crate::door::read::{Reader, Refused};

/// What is found on the way, by root.
pub(super) struct Finder<'a> {
    /// The working directory, absolute.
    pub(super) here: &'a Path,
    pub(super) reader: &'a Reader,
    pub(super) repositories: BTreeMap<PathBuf, Repository>,
    /// Roots that a directory on the command line covers as a whole.
    pub(super) whole: BTreeSet<PathBuf>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) errors: Vec<Unreadable>,
    /// What was left out or could not be read in the forge folders of each root.
    pub(super) remarks: BTreeMap<PathBuf, Remarks>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(here: &'a Path, reader: &'a Reader) -> Self {
        Self {
            here,
            reader,
            repositories: BTreeMap::new(),
            whole: BTreeSet::new(),
            skipped: Vec::new(),
            errors: Vec::new(),
            remarks: BTreeMap::new(),
        }
    }

    /// The repository with this root, as it was named; made and searched for workflows when it is new.
    pub(super) fn repository(&mut self, root: &Path) -> &mut Repository {
        let root = real(root);
        if !self.repositories.contains_key(&root) {
            let mut repository = Repository::new(root.clone(), self.here);
            self.remarks.insert(root.clone(), forge_folders(&mut repository, self.here));
            self.repositories.insert(root.clone(), repository);
        }
        self.repositories.entry(root.clone()).or_insert_with(|| Repository::new(root, self.here))
    }

    /// Whether a root has neither workflows nor actions, and nothing was left out there.
    pub(super) fn has_nothing(&self, root: &Path) -> bool {
        let root = real(root);
        let is_empty = |one: &Repository| one.workflows.is_empty() && one.actions.is_empty();
        let is_silent = |remarks: &Remarks| remarks.skipped.is_empty() && remarks.errors.is_empty();
        self.repositories.get(&root).is_none_or(is_empty) && self.remarks.get(&root).is_none_or(is_silent)
    }

    pub(super) fn skip(&mut self, path: &Path, why: impl Into<String>) {
        let path = display_path(path, self.here);
        self.skipped.push(Skipped { path, why: why.into() });
    }

    /// Says why a file is not taken: what is not a file, or not of the repository, is none of ours.
    pub(super) fn refused(&mut self, path: &Path, refused: &Refused) {
        match refused.foreign() {
            Some(why) => self.skip(path, why),
            None => {
                self.errors.push(Unreadable { path: display_path(path, self.here), message: refused.to_string() });
            }
        }
    }
}
