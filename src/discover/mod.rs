//! From paths on the command line to repositories and the files of each.
//!
//! A repository's root is the parent of a forge folder (`.gitea`, `.forgejo`, `.github`). `walk` searches
//! directories, `named` takes files given by name, `place` finds roots and the paths to show.

mod named;
mod place;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use globset::GlobSet;

pub use place::{display_named, display_path};

use crate::door::read::{Reader, Refused};

/// The folders whose `workflows` forges read, in the order in which Gitea and Forgejo look.
pub const FORGE_FOLDERS: [&str; 3] = [".gitea", ".forgejo", ".github"];

/// A path on the command line that cannot be linted at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no `{0}`: check the spelling, and the directory you are in")]
pub struct NoSuchPath(pub String);

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

/// What there is to lint.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    /// The repositories, ordered by the paths shown.
    pub repositories: Vec<Repository>,
    /// What was left out, ordered.
    pub skipped: Vec<Skipped>,
    /// What could not be read, ordered.
    pub errors: Vec<Unreadable>,
}

impl Discovery {
    /// Takes in files that are not on the disk yet, by their shown paths: workflows and actions that a fix makes.
    pub fn add<'p>(&mut self, shown: impl Iterator<Item = &'p String>) {
        for shown in shown {
            let holds = |repository: &&mut Repository| shown.starts_with(&repository.prefix);
            let own = self.repositories.iter_mut().filter(holds).max_by_key(|repository| repository.prefix.len());
            let Some(repository) = own else { continue };
            let relative = Path::new(&shown[repository.prefix.len()..]);
            if place::is_workflow(relative) {
                repository.workflows.push(relative.to_owned());
            } else if place::is_action(relative) {
                repository.actions.push(relative.to_owned());
            }
            repository.settle();
        }
    }
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
    fn new(root: PathBuf, here: &Path) -> Self {
        let prefix = match display_path(&root, here) {
            shown if shown == "." => String::new(),
            shown if shown.ends_with('/') => shown,
            shown => shown + "/",
        };
        Self { root, prefix, folders: Vec::new(), workflows: Vec::new(), actions: Vec::new(), only: None }
    }

    /// How a path of this repository (relative to its root) is shown.
    pub fn display(&self, relative: &Path) -> String {
        format!("{}{}", self.prefix, place::slashes(relative))
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
    /// those of their own folders.
    pub fn leave_out_nested(&mut self) -> Vec<Skipped> {
        let nested =
            |path: &PathBuf| path.strip_prefix(".github/workflows").is_ok_and(|below| below.components().count() > 1);
        let (out, kept): (Vec<PathBuf>, Vec<PathBuf>) =
            std::mem::take(&mut self.workflows).into_iter().partition(nested);
        self.workflows = kept;
        let shown: Vec<String> = out.iter().map(|path| self.display(path)).collect();
        if let Some(only) = &mut self.only {
            only.callers.retain(|path| !shown.contains(path));
        }
        let why = "GitHub reads no workflow in a folder below `.github/workflows`";
        shown.into_iter().map(|path| Skipped { path, why: why.to_owned() }).collect()
    }

    /// Sorts, and forgets what is there twice.
    fn settle(&mut self) {
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

/// What is found on the way, by root.
struct Finder<'a> {
    /// The working directory, absolute.
    here: &'a Path,
    reader: &'a Reader,
    repositories: BTreeMap<PathBuf, Repository>,
    /// Roots that a directory on the command line covers as a whole.
    whole: BTreeSet<PathBuf>,
    skipped: Vec<Skipped>,
    errors: Vec<Unreadable>,
    /// What was left out or could not be read in the forge folders of each root.
    remarks: BTreeMap<PathBuf, Remarks>,
}

/// What there is to say of what was not taken.
#[derive(Default)]
struct Remarks {
    skipped: Vec<Skipped>,
    errors: Vec<Unreadable>,
}

impl<'a> Finder<'a> {
    fn new(here: &'a Path, reader: &'a Reader) -> Self {
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
    fn repository(&mut self, root: &Path) -> &mut Repository {
        let root = place::real(root);
        if !self.repositories.contains_key(&root) {
            let mut repository = Repository::new(root.clone(), self.here);
            self.remarks.insert(root.clone(), walk::forge_folders(&mut repository, self.here));
            self.repositories.insert(root.clone(), repository);
        }
        self.repositories.entry(root.clone()).or_insert_with(|| Repository::new(root, self.here))
    }

    fn skip(&mut self, path: &Path, why: impl Into<String>) {
        let path = display_path(path, self.here);
        self.skipped.push(Skipped { path, why: why.into() });
    }

    /// Says why a file is not taken: what is not a file, or not of the repository, is none of ours.
    fn refused(&mut self, path: &Path, refused: &Refused) {
        match refused.foreign() {
            Some(why) => self.skip(path, why),
            None => {
                self.errors.push(Unreadable { path: display_path(path, self.here), message: refused.to_string() });
            }
        }
    }
}

/// Finds what `paths` (relative to `here`, the working directory) mean. Globs of `excludes` are relative
/// to each repository's root.
///
/// # Errors
/// [`NoSuchPath`] for the first path that does not exist.
pub fn discover(paths: &[PathBuf], here: &Path, excludes: &GlobSet, reader: &Reader) -> Result<Discovery, NoSuchPath> {
    let here = &std::path::absolute(here).and_then(|here| here.canonicalize()).unwrap_or_else(|_| here.to_owned());
    let mut finder = Finder::new(here, reader);
    for given in paths {
        let path = place::absolute(given, here);
        // A link to nothing is there, and cannot be read.
        if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Err(NoSuchPath(given.display().to_string()));
        }
        if path.is_dir() {
            walk::directory(&mut finder, &path, excludes);
        } else {
            named::file(&mut finder, &path);
        }
    }
    Ok(settle(finder, excludes))
}

fn settle(mut finder: Finder<'_>, excludes: &GlobSet) -> Discovery {
    for root in &finder.whole {
        if let Some(repository) = finder.repositories.get_mut(root) {
            repository.only = None;
        }
    }
    // In a repository of which only some files are asked for, the others' troubles are not.
    for (root, mut remarks) in std::mem::take(&mut finder.remarks) {
        if let Some(only) = finder.repositories.get(&root).and_then(|repository| repository.only.as_ref()) {
            remarks.errors.retain(|error| only.has(&error.path));
            remarks.skipped.retain(|skipped| only.has(&skipped.path));
        }
        finder.errors.append(&mut remarks.errors);
        finder.skipped.append(&mut remarks.skipped);
    }
    let mut repositories: Vec<Repository> = finder.repositories.into_values().collect();
    for repository in &mut repositories {
        repository.settle();
        repository.exclude(excludes);
    }
    repositories.retain(|repository| !repository.workflows.is_empty() || !repository.actions.is_empty());
    repositories.sort_by(|one, other| one.prefix.cmp(&other.prefix));
    finder.skipped.sort();
    finder.skipped.dedup();
    finder.errors.sort();
    finder.errors.dedup();
    Discovery { repositories, skipped: finder.skipped, errors: finder.errors }
}

/// Finds what a text from standard input means that is to be `path` (relative to `here`). The file need
/// not exist.
pub fn discover_text(path: &Path, here: &Path, text: &str, reader: &Reader) -> Discovery {
    let here = &here.canonicalize().unwrap_or_else(|_| here.to_owned());
    let mut finder = Finder::new(here, reader);
    named::known(&mut finder, &place::absolute(path, here), text);
    settle(finder, &GlobSet::empty())
}
