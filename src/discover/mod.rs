//! From paths on the command line to repositories and the files of each.
//!
//! A repository's root is the parent of a forge folder (`.gitea`, `.forgejo`, `.github`). `walk` searches directories,
//! `named` takes files given by name, `forge_folders` has the workflows of a root, `place` finds roots and the paths to
//! show; `finder` holds what all of them find, by `repository`.

mod finder;
mod forge_folders;
mod named;
mod place;
mod repository;
#[cfg(test)]
mod tests;
mod walk;

use std::path::{Path, PathBuf};

use globset::GlobSet;

pub use place::{display_named, display_path};
pub use repository::{Repository, Skipped, Unreadable};

use crate::door::read::Reader;
use finder::Finder;

/// A path on the command line that cannot be linted at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no `{0}`: check the spelling, and the directory you are in")]
pub struct NoSuchPath(pub String);

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
