//! Changed files reach the disk all together or not at all.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::outcome::Changed;
use crate::discover::reason;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The system said no.
    #[error("{path}: {why}; nothing was written")]
    System {
        /// The file, as shown.
        path: String,
        /// What it said.
        why: String,
    },
    /// Somebody else changed it.
    #[error("{0}: it has changed since it was read; nothing was written, run berthlint again")]
    ChangedMeanwhile(String),
    /// A symlink leads out of the repository.
    #[error("{0}: it is a symlink to a file outside of the directory; nothing was written")]
    Outside(String),
}

/// A file, staged beside its target.
struct Staged<'c> {
    path: &'c str,
    target: PathBuf,
    file: NamedTempFile,
    changed: &'c Changed,
    /// Folders made for it, the outermost first.
    made: Vec<PathBuf>,
}

/// Writes the files, whose paths are relative to `here`. Each is staged beside its target with the target's mode;
/// when all are, and none has changed since it was read, they are renamed into place; an error undoes what was done.
///
/// # Errors
/// [`WriteError`]; nothing is changed then.
pub fn write(here: &Path, files: &BTreeMap<String, Changed>) -> Result<(), WriteError> {
    let mut staged: Vec<Staged<'_>> = Vec::new();
    for (path, changed) in files {
        match stage(here, path, changed) {
            Ok(file) => staged.push(file),
            Err(error) => {
                undo_folders(&staged);
                return Err(error);
            }
        }
    }
    if let Some(error) = staged.iter().find_map(|file| unchanged(file).err()) {
        undo_folders(&staged);
        return Err(error);
    }
    let mut done: Vec<(PathBuf, Option<Vec<u8>>)> = Vec::new();
    let mut made = Vec::new();
    for Staged { path, target, file, changed, made: folders } in staged {
        made.extend(folders);
        let renamed = match &changed.old {
            Some(_) => file.persist(&target),
            None => file.persist_noclobber(&target),
        };
        if let Err(error) = renamed {
            let why = reason(&error.error);
            drop(error);
            roll_back(&done);
            remove_folders(&made);
            return Err(WriteError::System { path: path.to_owned(), why });
        }
        done.push((target, changed.old.clone()));
    }
    Ok(())
}

fn stage<'c>(here: &Path, path: &'c str, changed: &'c Changed) -> Result<Staged<'c>, WriteError> {
    let system = |error: std::io::Error| WriteError::System { path: path.to_owned(), why: reason(&error) };
    let target = target(here, path, changed)?;
    let folder = target.parent().unwrap_or(here).to_owned();
    let made = missing_folders(&folder);
    std::fs::create_dir_all(&folder).map_err(system)?;
    let stage = || -> std::io::Result<NamedTempFile> {
        let mut file = tempfile::Builder::new().prefix(".berthlint-").tempfile_in(&folder)?;
        file.write_all(&changed.new)?;
        file.as_file().sync_all()?;
        match std::fs::metadata(&target) {
            Ok(known) => file.as_file().set_permissions(known.permissions())?,
            Err(_) => readable(file.as_file())?,
        }
        Ok(file)
    };
    match stage() {
        Ok(file) => Ok(Staged { path, target, file, changed, made }),
        Err(error) => {
            remove_folders(&made);
            Err(system(error))
        }
    }
}

/// A new file is as readable as any other: temporary ones are their owner's alone.
#[cfg(unix)]
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

/// Where the bytes go: through a symlink only to what lies below `here`, or below the repository it leads from.
fn target(here: &Path, path: &str, changed: &Changed) -> Result<PathBuf, WriteError> {
    let given = here.join(path);
    if changed.old.is_none() {
        return Ok(given);
    }
    let system = |error: std::io::Error| WriteError::System { path: path.to_owned(), why: reason(&error) };
    let real = given.canonicalize().map_err(system)?;
    let is_link = std::fs::symlink_metadata(&given).map_err(system)?.is_symlink();
    let root = root_of(&given).canonicalize().map_err(system)?;
    if is_link && !real.starts_with(&root) {
        return Err(WriteError::Outside(path.to_owned()));
    }
    Ok(real)
}

/// The repository a file is in: the parent of its forge folder, or its own folder.
fn root_of(path: &Path) -> PathBuf {
    let forge = |name: &std::ffi::OsStr| crate::discover::FORGE_FOLDERS.iter().any(|folder| name == *folder);
    let has_forge = |folder: &&Path| crate::discover::FORGE_FOLDERS.iter().any(|name| folder.join(name).is_dir());
    let inside = path.ancestors().find(|part| part.file_name().is_some_and(forge)).and_then(Path::parent);
    let found = inside.or_else(|| path.ancestors().skip(1).find(has_forge)).or_else(|| path.parent());
    found.unwrap_or(path).to_owned()
}

fn unchanged(staged: &Staged<'_>) -> Result<(), WriteError> {
    let now = std::fs::read(&staged.target).ok();
    let hash = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| Sha256::digest(bytes));
    if hash(&now) == hash(&staged.changed.old) {
        return Ok(());
    }
    Err(WriteError::ChangedMeanwhile(staged.path.to_owned()))
}

/// Puts back what was renamed. Nothing more can be done about what fails here.
fn roll_back(done: &[(PathBuf, Option<Vec<u8>>)]) {
    for (target, old) in done {
        let _ = match old {
            Some(bytes) => std::fs::write(target, bytes),
            None => std::fs::remove_file(target),
        };
    }
}

fn missing_folders(folder: &Path) -> Vec<PathBuf> {
    let mut missing: Vec<PathBuf> = folder.ancestors().take_while(|part| !part.exists()).map(Path::to_owned).collect();
    missing.reverse();
    missing
}

fn undo_folders(staged: &[Staged<'_>]) {
    staged.iter().for_each(|staged| remove_folders(&staged.made));
}

/// Only empty ones go.
fn remove_folders(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        let _ = std::fs::remove_dir(folder);
    }
}
