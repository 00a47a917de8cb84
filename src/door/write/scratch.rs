//! A folder of its own for files that are read by the program itself and by nobody else.

use std::path::{Component, Path};

use tempfile::TempDir;

/// A folder with some files, which is gone when this is dropped.
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// One with these files, by their paths in it.
    ///
    /// # Errors
    /// Why a file is not written: in words that follow its path.
    pub fn new<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|error| format!("a temporary folder cannot be made: {error}"))?;
        for (name, text) in files {
            let path = Path::new(name);
            let is_inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
            if !is_inside || path.file_name().is_none() {
                return Err(format!("`{name}` is no path of a file inside the repository: write one without `..`"));
            }
            let path = folder.path().join(path);
            let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
            written
                .and_then(|()| std::fs::write(&path, text))
                .map_err(|error| format!("`{name}` cannot be written: {error}"))?;
        }
        Ok(Self(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}
