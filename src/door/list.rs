//! Which files there are below a folder. Nothing is opened.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// Folders that hold no repository of the user's own.
pub const FOREIGN: [&str; 5] = [".git", ".hg", ".svn", "node_modules", "__pycache__"];

/// How deep folders are looked into.
const DEPTH: usize = 8;

/// Files with one of these names, below a folder that holds no repository but its own, sorted; links are not followed.
pub fn named(root: &Path, names: &[&str]) -> Vec<PathBuf> {
    let walk = WalkDir::new(root).max_depth(DEPTH).sort_by_file_name().into_iter();
    let foreign = FOREIGN.iter().chain(&["vendor"]);
    let walk = walk.filter_entry(move |entry| !foreign.clone().any(|name| entry.file_name() == *name));
    let found = walk.flatten().filter(|entry| names.iter().any(|name| entry.file_name() == *name));
    found.filter(|entry| !entry.file_type().is_dir()).map(walkdir::DirEntry::into_path).collect()
}
