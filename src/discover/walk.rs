//! Directories: which roots, workflows and actions are below them.

use std::path::{Path, PathBuf};

use globset::GlobSet;
use walkdir::{DirEntry, WalkDir};

use super::place::{display_path, is_action, is_root, is_workflow, is_yaml, leads_out, real, root_of};
use super::{FORGE_FOLDERS, Finder, Only, Remarks, Repository, Skipped, Unreadable};
use crate::door::read::Refused;

/// Directories that hold no repository of the user's own.
const NEVER: [&str; 5] = [".git", ".hg", ".svn", "node_modules", "__pycache__"];

/// Everything below a directory.
pub(super) fn directory(finder: &mut Finder<'_>, start: &Path, excludes: &GlobSet) {
    let (mut roots, mut actions) = (Vec::new(), Vec::new());
    let enclosing = root_of(start);
    if enclosing.is_some_and(|root| root != start && leads_out(root, start)) {
        return finder.refused(start, &Refused::Outside);
    }
    let base = enclosing.unwrap_or(start);
    let walk = WalkDir::new(start).sort_by_file_name().into_iter().filter_entry(|entry| {
        let never = entry.depth() > 0 && NEVER.iter().any(|name| entry.file_name() == *name);
        let relative = entry.path().strip_prefix(base).unwrap_or(entry.path());
        let excluded = entry.file_type().is_dir() && excludes.is_match(relative.join("*"));
        !never && !excluded
    });
    // The start may be a link to a folder.
    let is_folder = |entry: &DirEntry| entry.depth() == 0 || entry.file_type().is_dir();
    for entry in walk {
        match entry {
            Ok(entry) if is_folder(&entry) && is_root(entry.path()) => roots.push(entry.into_path()),
            Ok(entry) if !entry.file_type().is_dir() && is_action(entry.path()) => actions.push(entry.into_path()),
            Ok(_) => {}
            // What cannot be read inside a forge folder is said once, there.
            Err(error) => finder.errors.extend(walk_error(&error, finder.here)),
        }
    }
    let nothing = roots.is_empty() && actions.is_empty();
    for root in &roots {
        finder.repository(root);
        finder.whole.insert(real(root));
    }
    for action in actions {
        local_action(finder, &action);
    }
    let asked = enclosing.filter(|root| *root != start);
    let inside = asked.is_some_and(|root| below(finder, root, start));
    if nothing && !inside {
        finder.skip(start, "no workflows here: no `.gitea`, `.forgejo` or `.github` folder with `workflows` in it");
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
    let root = root_around(path).to_owned();
    if let Ok(relative) = path.strip_prefix(&root) {
        finder.repository(&root).actions.push(relative.to_owned());
    }
    root
}

/// The root that a file belongs to: of the nearest forge folder, else of the checkout, else its own folder.
pub(super) fn root_around(path: &Path) -> &Path {
    let folder = path.parent().unwrap_or(path);
    let checkout = || folder.ancestors().find(|directory| directory.join(".git").exists());
    root_of(folder).or_else(checkout).unwrap_or(folder)
}

/// Reads the forge folders of a repository: their workflows, links that stay inside the repository
/// followed. What is not taken is told.
pub(super) fn forge_folders(repository: &mut Repository, here: &Path) -> Remarks {
    let mut remarks = Remarks::default();
    let root = repository.root.clone();
    let skipped = |path: &Path, why: Refused| {
        why.foreign().map(|why| Skipped { path: display_path(path, here), why: why.to_owned() })
    };
    for folder in FORGE_FOLDERS {
        let workflows = root.join(folder).join("workflows");
        if !workflows.is_dir() {
            continue;
        }
        if leads_out(&root, &workflows) {
            remarks.skipped.extend(skipped(&workflows, Refused::Outside));
            continue;
        }
        let mut walk = WalkDir::new(&workflows).follow_links(true).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    remarks.errors.extend(walk_error(&error, here));
                    continue;
                }
            };
            let (path, is_folder) = (entry.path(), entry.file_type().is_dir());
            if entry.path_is_symlink() && leads_out(&root, path) {
                if is_folder || is_yaml(path) {
                    remarks.skipped.extend(skipped(path, Refused::Outside));
                }
                if is_folder {
                    walk.skip_current_dir();
                }
            } else if !is_folder && is_yaml(path) {
                match path.strip_prefix(&root) {
                    Ok(relative) if entry.file_type().is_file() => repository.workflows.push(relative.to_owned()),
                    _ => remarks.skipped.extend(skipped(path, Refused::NotAFile)),
                }
            }
        }
    }
    debug_assert!(repository.workflows.iter().all(|path| is_workflow(path)));
    remarks
}

/// A link that leads back to a directory above it is no error: what is there is read once.
fn walk_error(error: &walkdir::Error, here: &Path) -> Option<Unreadable> {
    let (path, cause) = (error.path()?, error.io_error()?);
    Some(Unreadable { path: display_path(path, here), message: Refused::from(cause).to_string() })
}
