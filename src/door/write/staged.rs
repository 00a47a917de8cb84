//! A file's new bytes beside the file, and the moment in which they take its place.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};

use super::change::{Change, WriteError};
use super::keep;
use crate::door::read;

/// A file, staged beside its target.
#[derive(Debug)]
pub(super) struct Staged<'c> {
    pub(super) change: Change<'c>,
    pub(super) target: PathBuf,
    file: NamedTempFile,
}

/// A file that is in its place, and how to take it back.
#[derive(Debug)]
pub(super) struct Put<'c> {
    change: Change<'c>,
    target: PathBuf,
    before: Before,
}

/// What stood there before.
#[derive(Debug)]
enum Before {
    /// This file, which goes when it is dropped.
    File(NamedTempFile),
    /// Bytes of which there is no file any more.
    Bytes,
    Nothing,
}

impl<'c> Staged<'c> {
    /// Writes the new bytes beside the target. Folders that are missing are made, and added to `made`.
    pub(super) fn new(change: Change<'c>, target: PathBuf, made: &mut Vec<PathBuf>) -> Result<Self, WriteError> {
        let system =
            |error: std::io::Error| WriteError::System { path: change.shown.to_owned(), why: unwritable(&error) };
        let folder = target.parent().unwrap_or(&target);
        make_folders(folder, made).map_err(system)?;
        let file = beside(&target, change.new).map_err(system)?;
        Ok(Self { change, target, file })
    }

    /// Whether the target is what was read, and still where it was: a folder may have become a link since.
    pub(super) fn check(&self) -> Result<(), WriteError> {
        let moved = |folder: &Path| folder.canonicalize().is_ok_and(|real| real != folder);
        if self.target.parent().is_some_and(moved) {
            return Err(WriteError::Outside(self.change.shown.to_owned()));
        }
        match self.change.old {
            Some(old) if !holds(&self.target, old) => Err(WriteError::ChangedMeanwhile(self.change.shown.to_owned())),
            None if self.target.symlink_metadata().is_ok() => {
                Err(WriteError::ChangedMeanwhile(self.change.shown.to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// Takes the target's place, if the target is what was read.
    pub(super) fn put(self) -> Result<Put<'c>, WriteError> {
        self.check()?;
        self.swap()
    }

    /// The same without another look before.
    pub(super) fn swap(self) -> Result<Put<'c>, WriteError> {
        let Self { change, target, file } = self;
        let changed = || WriteError::ChangedMeanwhile(change.shown.to_owned());
        let system =
            |error: &std::io::Error| WriteError::System { path: change.shown.to_owned(), why: unwritable(error) };
        let Some(old) = change.old else {
            return match file.persist_noclobber(&target) {
                Ok(_) => Ok(Put { change, target, before: Before::Nothing }),
                Err(PersistError { error, .. }) if error.kind() == ErrorKind::AlreadyExists => Err(changed()),
                Err(PersistError { error, .. }) => Err(system(&error)),
            };
        };
        match exchange(file.path(), &target) {
            // What stood there is in our hands now, and can be looked at in peace.
            Ok(()) if holds(file.path(), old) => Ok(Put { change, target, before: Before::File(file) }),
            Ok(()) => {
                give_back(file, &target);
                Err(changed())
            }
            // Looked at once more: time has passed, and nothing is handed back here.
            Err(error) if is_unknown(&error) && !holds(&target, old) => Err(changed()),
            Err(error) if is_unknown(&error) => match file.persist(&target) {
                Ok(_) => Ok(Put { change, target, before: Before::Bytes }),
                Err(PersistError { error, .. }) => Err(system(&error)),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Err(changed()),
            Err(error) => Err(system(&error)),
        }
    }
}

impl Put<'_> {
    /// Puts back what stood there, unless somebody has changed ours already. Gives the path, as shown, of a file that
    /// keeps the new bytes.
    pub(super) fn undo(self) -> Option<String> {
        let Self { change, target, before } = self;
        if holds(&target, change.new) {
            take_back(&target, before, change.old);
        }
        let is_back = match change.old {
            Some(old) => holds(&target, old),
            None => target.symlink_metadata().is_err(),
        };
        (!is_back).then(|| change.shown.to_owned())
    }
}

/// Nothing more can be done about what fails here.
fn take_back(target: &Path, before: Before, old: Option<&[u8]>) {
    match (before, old) {
        (Before::File(file), _) => give_back(file, target),
        (Before::Bytes, Some(old)) => {
            let _ = beside(target, old).and_then(|file| Ok(file.persist(target).map(drop)?));
        }
        (Before::Nothing, _) | (Before::Bytes, None) => {
            let _ = std::fs::remove_file(target);
        }
    }
}

/// A file that was exchanged for the target returns to its place. Should that fail it stays beside it: it is somebody's
/// only copy.
fn give_back(file: NamedTempFile, target: &Path) {
    if exchange(file.path(), target).is_err() && std::fs::rename(file.path(), target).is_err() {
        let _ = file.keep();
    }
}

/// A temporary file in the target's folder, with the target's owner and mode or, for a new one, those of any other.
pub(super) fn beside(target: &Path, bytes: &[u8]) -> std::io::Result<NamedTempFile> {
    let folder = target.parent().unwrap_or(target);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".berthlint-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    match std::fs::symlink_metadata(target) {
        Ok(known) => keep::like(file.as_file(), target, &known)?,
        Err(_) => keep::owner_of_folder(file.path(), folder),
    }
    file.as_file().sync_all()?;
    Ok(file)
}

fn make_folders(folder: &Path, made: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut missing: Vec<&Path> = folder.ancestors().take_while(|part| !part.exists()).collect();
    while let Some(next) = missing.pop() {
        match std::fs::create_dir(next) {
            Ok(()) => {
                made.push(next.to_owned());
                keep::owner_of_folder(next, next.parent().unwrap_or(next));
            }
            // Somebody else was quicker.
            Err(error) if error.kind() == ErrorKind::AlreadyExists && next.is_dir() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Whether a file has these bytes, now.
fn holds(file: &Path, bytes: &[u8]) -> bool {
    read::now(file, bytes.len()).is_ok_and(|now| now == bytes)
}

/// Swaps two files in one step, so that nothing that was written meanwhile is lost.
fn exchange(one: &Path, other: &Path) -> std::io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
    }
    #[cfg(not(any(target_os = "linux", target_os = "macos")))]
    {
        let _ = (one, other);
        Err(ErrorKind::Unsupported.into())
    }
}

/// Whether the system or this file system knows no such thing: NFS, some FUSE.
fn is_unknown(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput | ErrorKind::CrossesDevices)
}

/// Why something cannot be written.
pub(super) fn unwritable(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied => "cannot be written: permission denied".to_owned(),
        _ => format!("cannot be written: {error}"),
    }
}
