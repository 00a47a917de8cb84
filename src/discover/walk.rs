//! Directories: which roots, workflows and actions are below them.

use std::path::{Path, PathBuf};

use globset::GlobSet;
use walkdir::WalkDir;

use super::place::{display_path, is_action, is_root, is_workflow, is_yaml, real, root_of};
use super::{FORGE_FOLDERS, Finder, Only, Repository, Unreadable, reason};

/// Directories that hold no repository of the user's own.
const NEVER: [&str; 5] = [".git", ".hg", ".svn", "node_modules", "__pycache__"];

/// Everything below a directory.
pub(super) fn directory(finder: &mut Finder<'_>, path: &Path, excludes: &GlobSet) {
    let start = real(path);
    let (mut roots, mut actions) = (Vec::new(), Vec::new());
    let enclosing = root_of(&start).map(Path::to_owned);
    let base = enclosing.clone().unwrap_or_else(|| start.clone());
    let walk = WalkDir::new(&start).sort_by_file_name().into_iter().filter_entry(|entry| {
        let never = entry.depth() > 0 && NEVER.iter().any(|name| entry.file_name() == *name);
        let relative = entry.path().strip_prefix(&base).unwrap_or(entry.path());
        let excluded = entry.file_type().is_dir() && excludes.is_match(relative.join("*"));
        !never && !excluded
    });
    for entry in walk {
        match entry {
            Ok(entry) if entry.file_type().is_dir() && is_root(entry.path()) => roots.push(entry.into_path()),
            Ok(entry) if !entry.file_type().is_dir() && is_action(entry.path()) => actions.push(entry.into_path()),
            Ok(_) => {}
            // What cannot be read inside a forge folder is said once, there.
            Err(error) => walk_error(&mut finder.errors, &error, finder.here),
        }
    }
    let nothing = roots.is_empty() && actions.is_empty();
    for root in &roots {
        finder.repository(root);
        finder.whole.insert(root.clone());
    }
    for action in actions {
        local_action(finder, &action);
    }
    let asked = enclosing.filter(|root| *root != start);
    let inside = asked.is_some_and(|root| below(finder, &root, &start));
    if nothing && !inside {
        finder.skip(&start, "no workflows here: no `.gitea`, `.forgejo` or `.github` folder with `workflows` in it");
    }
}

/// A directory inside a repository: what lies below it is reported. Says whether anything does.
fn below(finder: &mut Finder<'_>, root: &Path, start: &Path) -> bool {
    let repository = finder.repository(root);
    let asked: Vec<String> = repository
        .workflows
        .iter()
        .chain(&repository.actions)
        .filter(|path| root.join(path).starts_with(start))
        .map(|path| repository.display(path))
        .collect();
    let found = !asked.is_empty();
    repository.only.get_or_insert_with(Only::default).callers.extend(asked);
    found
}

/// Adds an action to the repository it is in; one outside any is a repository of its own.
pub(super) fn local_action(finder: &mut Finder<'_>, path: &Path) -> PathBuf {
    let Some(folder) = path.parent() else { return path.to_owned() };
    let root = root_of(folder)
        .or_else(|| folder.ancestors().find(|directory| directory.join(".git").exists()))
        .unwrap_or(folder)
        .to_owned();
    if let Ok(relative) = path.strip_prefix(&root) {
        finder.repository(&root).actions.push(relative.to_owned());
    }
    root
}

/// Reads the forge folders of a repository: their workflows, links that stay inside the repository
/// followed.
pub(super) fn forge_folders(repository: &mut Repository, errors: &mut Vec<Unreadable>, here: &Path) {
    for folder in FORGE_FOLDERS {
        let workflows = repository.root.join(folder).join("workflows");
        if !workflows.is_dir() || leads_out(&repository.root, &workflows) {
            continue;
        }
        let root = repository.root.clone();
        let walk = WalkDir::new(&workflows).follow_links(true).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| !entry.path_is_symlink() || !leads_out(&root, entry.path())) {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_yaml(entry.path()) => {
                    if let Ok(relative) = entry.path().strip_prefix(&repository.root) {
                        repository.workflows.push(relative.to_owned());
                    }
                }
                Ok(_) => {}
                Err(error) => walk_error(errors, &error, here),
            }
        }
    }
    debug_assert!(repository.workflows.iter().all(|path| is_workflow(path)));
}

/// Whether a link leads out of the repository, where nothing is ours to read.
fn leads_out(root: &Path, path: &Path) -> bool {
    path.canonicalize().is_ok_and(|target| !target.starts_with(root))
}

/// A link that leads back to a directory above it is no error: what is there is read once.
fn walk_error(errors: &mut Vec<Unreadable>, error: &walkdir::Error, here: &Path) {
    let (Some(path), Some(cause)) = (error.path(), error.io_error()) else { return };
    let unreadable = Unreadable { path: display_path(path, here), message: reason(cause) };
    errors.push(unreadable);
}
