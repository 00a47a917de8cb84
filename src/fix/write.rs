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
    #[error("{0}: a symlink leads out of the repository; nothing was written")]
    Outside(String),
    /// One file has two names, and would be changed in two ways.
    #[error("{0} and {1} are one file and would not be changed alike; nothing was written, name one of them")]
    Twice(String, String),
}

/// A file, staged beside its target.
struct Staged<'c> {
    path: &'c str,
    target: PathBuf,
    file: NamedTempFile,
    changed: &'c Changed,
}

/// Writes the files, whose paths are relative to `here`. Each is staged beside its target with the target's mode;
/// when all are, and none has changed since it was read, they are renamed into place; an error undoes what was done.
///
/// # Errors
/// [`WriteError`]; nothing is changed then.
pub fn write(here: &Path, files: &BTreeMap<String, Changed>) -> Result<(), WriteError> {
    let mut made = Vec::new();
    let written = stage_all(here, files, &mut made).and_then(rename_all);
    if written.is_err() {
        // By now the staged files are gone, and a folder made for one of them is empty.
        remove_folders(&made);
    }
    written
}

fn stage_all<'c>(
    here: &Path,
    files: &'c BTreeMap<String, Changed>,
    made: &mut Vec<PathBuf>,
) -> Result<Vec<Staged<'c>>, WriteError> {
    let mut staged: Vec<Staged<'_>> = Vec::new();
    for (path, changed) in files {
        let target = target(here, path, changed)?;
        // One file under two names: a link beside it.
        match staged.iter().find(|known| known.target == target) {
            Some(known) if known.changed == changed => {}
            Some(known) => return Err(WriteError::Twice(known.path.to_owned(), path.clone())),
            None => staged.push(stage(path, target, changed, made)?),
        }
    }
    Ok(staged)
}

fn rename_all(staged: Vec<Staged<'_>>) -> Result<(), WriteError> {
    staged.iter().try_for_each(unchanged)?;
    let mut done: Vec<(PathBuf, &Changed)> = Vec::new();
    for Staged { path, target, file, changed } in staged {
        let renamed = match &changed.old {
            Some(_) => file.persist(&target),
            None => file.persist_noclobber(&target),
        };
        if let Err(error) = renamed {
            roll_back(&done);
            return Err(WriteError::System { path: path.to_owned(), why: unwritable(&error.error) });
        }
        done.push((target, changed));
    }
    Ok(())
}

/// Why something cannot be written.
fn unwritable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "cannot be written: permission denied".to_owned(),
        _ => format!("cannot be written: {error}"),
    }
}

fn stage<'c>(
    path: &'c str,
    target: PathBuf,
    changed: &'c Changed,
    made: &mut Vec<PathBuf>,
) -> Result<Staged<'c>, WriteError> {
    let system = |error: std::io::Error| WriteError::System { path: path.to_owned(), why: unwritable(&error) };
    let folder = target.parent().unwrap_or(&target);
    made.extend(missing_folders(folder));
    std::fs::create_dir_all(folder).map_err(system)?;
    let file = beside(&target, &changed.new).map_err(system)?;
    Ok(Staged { path, target, file, changed })
}

/// A temporary file in the target's folder, with the target's mode or, for a new one, that of any other.
fn beside(target: &Path, bytes: &[u8]) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".berthlint-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(target.parent().unwrap_or(target))?;
    file.write_all(bytes)?;
    if let Ok(known) = std::fs::metadata(target) {
        file.as_file().set_permissions(known.permissions())?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

/// Where the bytes go, links resolved: never out of the repository.
fn target(here: &Path, path: &str, changed: &Changed) -> Result<PathBuf, WriteError> {
    let given = here.join(path);
    let system = |error: std::io::Error| WriteError::System { path: path.to_owned(), why: reason(&error) };
    let root = root_of(&given).canonicalize().map_err(system)?;
    let real = match &changed.old {
        Some(_) => given.canonicalize().map_err(system)?,
        None => {
            // Its folders may have to be made: what is there of them says where they are.
            let known = given.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(here);
            let rest = given.strip_prefix(known).unwrap_or(&given);
            known.canonicalize().map_err(system)?.join(rest)
        }
    };
    if real.starts_with(&root) { Ok(real) } else { Err(WriteError::Outside(path.to_owned())) }
}

/// The repository a file is in: the parent of its forge folder, or the nearest folder above that has one.
fn root_of(path: &Path) -> PathBuf {
    let forge = |name: &std::ffi::OsStr| crate::discover::FORGE_FOLDERS.iter().any(|folder| name == *folder);
    let has_forge = |folder: &&Path| crate::discover::FORGE_FOLDERS.iter().any(|name| folder.join(name).is_dir());
    let inside = path.ancestors().find(|part| part.file_name().is_some_and(forge)).and_then(Path::parent);
    let found = inside.or_else(|| path.ancestors().skip(1).find(has_forge)).or_else(|| path.parent());
    found.unwrap_or(path).to_owned()
}

fn unchanged(staged: &Staged<'_>) -> Result<(), WriteError> {
    let now = std::fs::read(&staged.target).ok();
    let hash = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(Sha256::digest);
    if hash(&now) == hash(&staged.changed.old) {
        return Ok(());
    }
    Err(WriteError::ChangedMeanwhile(staged.path.to_owned()))
}

/// Puts back what was renamed, the mode included. Nothing more can be done about what fails here.
fn roll_back(done: &[(PathBuf, &Changed)]) {
    for (target, changed) in done {
        let _ = match &changed.old {
            Some(bytes) => beside(target, bytes).and_then(|file| Ok(file.persist(target).map(drop)?)),
            None => std::fs::remove_file(target),
        };
    }
}

fn missing_folders(folder: &Path) -> Vec<PathBuf> {
    let mut missing: Vec<PathBuf> = folder.ancestors().take_while(|part| !part.exists()).map(Path::to_owned).collect();
    missing.reverse();
    missing
}

/// Only empty ones go.
fn remove_folders(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        let _ = std::fs::remove_dir(folder);
    }
}
