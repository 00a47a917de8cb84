//! Directories: which roots, workflows and actions are below them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::GlobSet;
use walkdir::{DirEntry, WalkDir};

use super::finder::Finder;
use super::forge_folders::walk_error;
use super::place::{checkout_root, display_path, is_action, is_forge_folder, is_root, leads_out, real, root_of};
use super::repository::{Only, Unreadable};
use crate::door::list::FOREIGN;
use crate::door::read::Refused;

/// Everything below a directory.
pub(super) fn directory(finder: &mut Finder<'_>, start: &Path, excludes: &GlobSet) {
    let (mut roots, mut actions) = (Vec::new(), Vec::new());
    let enclosing = root_of(start);
    if enclosing.is_some_and(|root| root != start && leads_out(root, start)) {
        return finder.refused(start, &Refused::Outside);
    }
    let base = enclosing.unwrap_or(start);
    let walk = WalkDir::new(start).sort_by_file_name().into_iter().filter_entry(|entry| {
        let never = entry.depth() > 0 && FOREIGN.iter().any(|name| entry.file_name() == *name);
        let relative = entry.path().strip_prefix(base).unwrap_or(entry.path());
        let excluded = entry.file_type().is_dir() && excludes.is_match(relative.join("*"));
        !never && !excluded
    });
    // The start may be a link to a folder.
    let is_folder = |entry: &DirEntry| entry.depth() == 0 || entry.file_type().is_dir();
    let mut is_start = false;
    for entry in walk {
        match entry {
            // Where the walk begins it begins: what is above is not looked at.
            Ok(entry) if entry.depth() == 0 && is_folder(&entry) => is_start = is_root(entry.path()),
            Ok(entry) if is_forge_folder(entry.file_name()) => {
                let root = entry.path().parent().filter(|root| *root != start && is_root(root));
                roots.extend(root.map(Path::to_owned));
            }
            Ok(entry) if !entry.file_type().is_dir() && is_action(entry.path()) => actions.push(entry.into_path()),
            Ok(_) => {}
            // What cannot be read inside a forge folder is said once, there.
            Err(error) => finder.errors.extend(walk_error(&error, finder.here)),
        }
    }
    // A folder may have several; a root stands before those below it.
    roots.extend(is_start.then(|| start.to_owned()));
    roots.sort();
    roots.dedup();
    let (roots, copies) = apart(roots);
    for (root, copies) in &copies {
        let shown: Vec<String> = copies.iter().take(3).map(|copy| display_path(copy, finder.here)).collect();
        let more = match copies.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        finder.skip(
            root,
            format!("{}{more}: a forge reads only the workflows in the repository's root", shown.join(", ")),
        );
    }
    let nothing = roots.is_empty() && actions.is_empty();
    for root in &roots {
        finder.repository(root);
        finder.whole.insert(real(root));
    }
    if !roots.is_empty() && actions.is_empty() && roots.iter().all(|root| finder.has_nothing(root)) {
        let message = "no workflows here: the folders of its forges hold none".to_owned();
        finder.errors.push(Unreadable { path: display_path(start, finder.here), message });
    }
    let copies: BTreeMap<&Path, &Path> =
        copies.iter().flat_map(|(root, copies)| copies.iter().map(|copy| (copy.as_path(), root.as_path()))).collect();
    for action in actions {
        // A workflow of the repository around may use it.
        match action.ancestors().find(|folder| is_root(folder)).and_then(|root| copies.get(root)) {
            Some(root) => action_of(finder, root, &action),
            None => drop(local_action(finder, &action)),
        }
    }
    let asked = enclosing.filter(|root| *root != start);
    let inside = asked.is_some_and(|root| below(finder, root, start));
    if !nothing || inside {
        return;
    }
    // Nobody named another folder than the one they are in: as git does, the repository around it is meant.
    if let Some(root) = checkout_root(start).filter(|_| start == finder.here) {
        finder.repository(root);
        finder.whole.insert(real(root));
        return;
    }
    let path = display_path(start, finder.here);
    let mut message =
        "no workflows here: no `.gitea`, `.forgejo` or `.github` folder with `workflows` in it, nor in a folder below"
            .to_owned();
    if let Some(root) = checkout_root(start).filter(|root| *root != start && is_root(root)) {
        let root = display_path(root, finder.here);
        let words = if root == "." { String::new() } else { format!(" {root}") };
        message.push_str(&format!("; the repository around it is `{root}`: type `berthlint check{words}`"));
    }
    finder.errors.push(Unreadable { path, message });
}

/// Roots, and by root those that lie in its files without a checkout of their own: a copy of somebody else's
/// repository, or a template. A root stands before those below it.
fn apart(roots: Vec<PathBuf>) -> (Vec<PathBuf>, Vec<(PathBuf, Vec<PathBuf>)>) {
    let (mut kept, mut copies): (Vec<PathBuf>, Vec<(PathBuf, Vec<PathBuf>)>) = (Vec::new(), Vec::new());
    // The roots around, the nearest last.
    let mut around: Vec<PathBuf> = Vec::new();
    for root in roots {
        around.retain(|outer| root.starts_with(outer));
        let outer = around.last().filter(|outer| {
            root.ancestors().take_while(|folder| folder != outer).all(|folder| !folder.join(".git").exists())
        });
        match outer {
            None => {
                around.push(root.clone());
                kept.push(root);
            }
            Some(outer) => match copies.iter_mut().rfind(|(known, _)| known == outer) {
                Some((_, copies)) => copies.push(root),
                None => copies.push((outer.clone(), vec![root])),
            },
        }
    }
    (kept, copies)
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
    action_of(finder, &root, path);
    root
}

fn action_of(finder: &mut Finder<'_>, root: &Path, path: &Path) {
    if let Ok(relative) = path.strip_prefix(root) {
        finder.repository(root).actions.push(relative.to_owned());
    }
}

/// The root that a file belongs to: of the nearest forge folder, else of the checkout, else its own folder.
pub(super) fn root_around(path: &Path) -> &Path {
    let folder = path.parent().unwrap_or(path);
    let checkout = || folder.ancestors().find(|directory| directory.join(".git").exists());
    root_of(folder).or_else(checkout).unwrap_or(folder)
}
