//! Files and folders that a configuration is or names, and where they may lie.

use std::path::{Path, PathBuf};

use crate::door::read::{Bounds, Reader};

/// How configurations are called.
pub(super) const NAMES: [&str; 2] = [".berthlint.yaml", ".berthlint.yml"];

/// A file or folder that a configuration is or names, and where it may lie. What a repository's own configuration names
/// lies in the repository: whoever proposes a change may have written it. What the user names on the command line
/// may name anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundedPath {
    /// Its path.
    pub path: PathBuf,
    /// Where it may lie.
    pub bounds: Bounds,
}

impl BoundedPath {
    /// What a file names, seen from its folder.
    pub(super) fn named(&self, name: &str) -> Self {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        Self { path: folder.join(name), bounds: self.bounds.clone() }
    }

    /// The base that a file names. A policy that many repositories share lies in none of them: it may be read where it
    /// is called `berthlint.yaml`, as nothing else is, and what it names in its turn lies in its folder.
    pub(super) fn base(&self, name: &str, door: &Reader) -> Self {
        let base = self.named(name);
        let is_outside = door.place(&base.path, &base.bounds).is_err();
        match door.place(&base.path, &Bounds::Named) {
            Ok(real) if is_outside && is_configuration(&real) => {
                let folder = real.parent().unwrap_or(&real).to_owned();
                Self { path: base.path, bounds: Bounds::Inside(folder) }
            }
            _ => base,
        }
    }
}

/// Whether a file is called as configurations are.
fn is_configuration(file: &Path) -> bool {
    let name = file.file_name().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    NAMES.iter().any(|own| *own == name || own.strip_prefix('.') == Some(name))
}
