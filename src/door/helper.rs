//! What berth-run reads and writes for itself: files of the system, of the runner and of its own. None of it is a
//! repository's, so nothing here is looked for; each file is named by the runner, the user or the system.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read, Result, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;

/// The largest file of options that is read.
const MOST_BYTES: u64 = 1 << 20;

/// A file of the system's, whole: below /proc, this very program.
///
/// # Errors
/// It cannot be read.
pub fn system(path: &str) -> Result<Vec<u8>> {
    fs::read(path)
}

/// What a link of the system's says.
///
/// # Errors
/// It cannot be read.
pub fn link(path: &Path) -> Result<PathBuf> {
    fs::read_link(path)
}

/// Whether there is something at a path; `false` only where it is certain that there is not.
///
/// # Errors
/// It cannot be known, as below a directory that this user may not search.
pub fn is_there(path: &Path) -> Result<bool> {
    fs::exists(path)
}

/// Whether two paths lead to one file or directory; `false` where the second leads nowhere.
///
/// # Errors
/// The first leads nowhere, or this user may not look.
pub fn is_same(one: &Path, other: &Path) -> Result<bool> {
    let one = fs::metadata(one)?;
    match fs::metadata(other) {
        Ok(other) => Ok((one.dev(), one.ino()) == (other.dev(), other.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Random bytes from the kernel.
///
/// # Errors
/// /dev/urandom cannot be read.
pub fn random(buffer: &mut [u8]) -> Result<()> {
    fs::File::open("/dev/urandom")?.read_exact(buffer)
}

/// A text that the command line names; also a pipe, as a shell's `<(…)` is one.
///
/// # Errors
/// It cannot be read, is no text or larger than a megabyte.
pub fn given(path: &Path) -> Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES { Err(std::io::Error::other("larger than 1 MB")) } else { Ok(text) }
}

/// A file that only this user may read; none when there is no such file.
///
/// # Errors
/// It cannot be read; with [`ErrorKind::PermissionDenied`] when it is a link, or others may read it.
pub fn private(path: &Path) -> Result<Option<String>> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if Errno::from_io_error(&error) == Some(Errno::LOOP) => {
            return Err(ErrorKind::PermissionDenied.into());
        }
        Err(error) => return Err(error),
    };
    let known = file.metadata()?;
    if !known.is_file() || known.mode() & 0o077 != 0 || known.uid() != rustix::process::geteuid().as_raw() {
        return Err(ErrorKind::PermissionDenied.into());
    }
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(Some(text))
}

/// Makes a private file, unless there is one: `false` then. It appears whole or not at all, so of several that are made
/// at once all but one find the other's.
///
/// # Errors
/// It cannot be written.
pub fn make(path: &Path, draft: &Path, text: &str) -> Result<bool> {
    // Runners name /tmp, and an image with nothing but a shell has none.
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    write_private(draft, text)?;
    let linked = fs::hard_link(draft, path);
    let _ = fs::remove_file(draft);
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Writes a private file in place of what may be there: who reads it at this moment sees a whole one.
///
/// # Errors
/// It cannot be written.
pub fn replace(path: &Path, draft: &Path, text: &str) -> Result<()> {
    write_private(draft, text)?;
    fs::rename(draft, path)
}

/// Appends to a file of the runner's, in one write: another step's process may append at the same time.
///
/// # Errors
/// It cannot be written.
pub fn append(path: &Path, text: &str) -> Result<()> {
    OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file.write_all(text.as_bytes());
    if written.is_err() {
        // A full disk still has room for an empty file.
        let _ = fs::remove_file(path);
    }
    written
}
