//! The workflows in a repository's forge folders.

use std::path::Path;

use walkdir::WalkDir;

use super::place::{FORGE_FOLDERS, display_path, is_workflow, is_yaml, leads_out};
use super::repository::{Repository, Skipped, Unreadable};
use crate::door::read::Refused;

/// What there is to say of what was not taken.
#[derive(Default)]
pub(super) struct Remarks {
    pub(super) skipped: Vec<Skipped>,
    pub(super) errors: Vec<Unreadable>,
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
pub(super) fn walk_error(error: &walkdir::Error, here: &Path) -> Option<Unreadable> {
    let (path, cause) = (error.path()?, error.io_error()?);
    Some(Unreadable { path: display_path(path, here), message: Refused::from(cause).to_string() })
}
