//! A repository: what is linted in it, what is reported, and what was left out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use globset::GlobSet;

use super::place::{FORGE_FOLDERS, display_path, is_action, slashes};

/// A file that is not berthlint's to lint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Its path, to be shown.
    pub path: String,
    /// Why.
    pub why: String,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreadable {
    /// Its path, to be shown.
    pub path: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// One repository: what is linted in it, and what is reported.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Its root, absolute.
    pub root: PathBuf,
    /// What stands before a path of this repository when it is shown: empty, or ends in `/`.
    pub prefix: String,
    /// The forge folders that have workflows.
    pub folders: Vec<&'static str>,
    /// Its workflows, relative to the root, ordered. All of them: one may clean up for another.
    pub workflows: Vec<PathBuf>,
    /// Its local actions' files, relative to the root, ordered.
    pub actions: Vec<PathBuf>,
    /// When files were given by name, what is reported.
    pub only: Option<Only>,
}

/// What was asked for by name; paths as they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// Workflows and actions: reported with everything they call.
    pub callers: BTreeSet<String>,
    /// Scripts and compose files: reported alone.
    pub files: BTreeSet<String>,
}

impl Repository {
    /// A directory that has no workflows.
    pub fn bare(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            prefix: String::new(),
            folders: Vec::new(),
            workflows: Vec::new(),
            actions: Vec::new(),
            only: None,
        }
    }
}

impl Only {
    /// Whether a file is asked for itself.
    pub fn has(&self, path: &str) -> bool {
        self.callers.contains(path) || self.files.contains(path)
    }
}

impl Repository {
    pub(super) fn new(root: PathBuf, here: &Path) -> Self {
        let prefix = match display_path(&root, here) {
            shown if shown == "." => String::new(),
            shown if shown.ends_with('/') => shown,
            shown => shown + "/",
        };
        Self { root, prefix, folders: Vec::new(), workflows: Vec::new(), actions: Vec::new(), only: None }
    }

    /// How a path of this repository (relative to its root) is shown.
    pub fn display(&self, relative: &Path) -> String {
        format!("{}{}", self.prefix, slashes(relative))
    }

    /// A shown path of this repository, relative to its root.
    pub fn relative<'p>(&self, shown: &'p str) -> &'p str {
        shown.strip_prefix(self.prefix.as_str()).unwrap_or(shown)
    }

    /// Leaves out what the globs match, relative to the root, even when it is asked for by name.
    pub fn exclude(&mut self, globs: &GlobSet) {
        self.workflows.retain(|path| !globs.is_match(path));
        self.actions.retain(|path| !globs.is_match(path));
        if let Some(mut only) = self.only.take() {
            let is_in = |shown: &String| !globs.is_match(self.relative(shown));
            only.callers.retain(is_in);
            only.files.retain(is_in);
            self.only = Some(only);
        }
    }

    /// Leaves out workflows in folders below `.github/workflows`, where GitHub reads none; Gitea and Forgejo read
    /// those of their own folders. A local action may stand there: it is one.
    pub fn leave_out_nested(&mut self) -> Vec<Skipped> {
        let nested =
            |path: &PathBuf| path.strip_prefix(".github/workflows").is_ok_and(|below| below.components().count() > 1);
        let (out, kept): (Vec<PathBuf>, Vec<PathBuf>) =
            std::mem::take(&mut self.workflows).into_iter().partition(nested);
        self.workflows = kept;
        let (actions, out): (Vec<PathBuf>, Vec<PathBuf>) = out.into_iter().partition(|path| is_action(path));
        self.actions.extend(actions);
        self.actions.sort();
        self.actions.dedup();
        let shown: Vec<String> = out.iter().map(|path| self.display(path)).collect();
        if let Some(only) = &mut self.only {
            only.callers.retain(|path| !shown.contains(path));
        }
        let why = "GitHub reads no workflow in a folder below `.github/workflows`";
        shown.into_iter().map(|path| Skipped { path, why: why.to_owned() }).collect()
    }

    /// Sorts, and forgets what is there twice.
    pub(super) fn settle(&mut self) {
        for files in [&mut self.workflows, &mut self.actions] {
            files.sort();
            files.dedup();
        }
        self.folders = FORGE_FOLDERS
            .into_iter()
            .filter(|folder| self.workflows.iter().any(|path| path.starts_with(folder)))
            .collect();
    }
}
