//! What a patch calls the files: git knows a file by its way from the top of the checkout, and takes a link for a link.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use super::outcome::Changed;

/// Files by the names that git has for them.
#[derive(Debug, Default)]
pub struct Named {
    /// What changes, for [`super::patch::patch`].
    pub files: BTreeMap<String, Changed>,
    /// Names of files that are here already under another name, and would become something else: one file can have only
    /// one text.
    pub left_out: Vec<String>,
}

/// Takes files by the paths that are shown in `here` to the names that git has for them. What lies outside the checkout
/// around `here` keeps its path.
pub fn named(files: &BTreeMap<String, Changed>, here: &Path) -> Named {
    let here = here.canonicalize().unwrap_or_else(|_| here.to_owned());
    let top = here.ancestors().find(|folder| folder.join(".git").exists());
    let mut named = Named::default();
    for (shown, changed) in files {
        let real = real(&here.join(shown));
        let below = top.and_then(|top| real.strip_prefix(top).ok()).map(slashes);
        match named.files.entry(below.unwrap_or_else(|| shown.clone())) {
            Entry::Vacant(free) => {
                free.insert(changed.clone());
            }
            Entry::Occupied(known) if known.get() == changed => {}
            Entry::Occupied(_) => named.left_out.push(shown.clone()),
        }
    }
    named
}

/// A path without links; of what is not there yet as far as there is something.
fn real(path: &Path) -> PathBuf {
    let there = path.ancestors().find_map(|known| Some((known, known.canonicalize().ok()?)));
    match there {
        Some((known, real)) => real.join(path.strip_prefix(known).unwrap_or(Path::new(""))).components().collect(),
        None => path.to_owned(),
    }
}

fn slashes(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/")
}
