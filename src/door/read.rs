//! The door through which every file is read: inside a repository or named by the user, a regular file, opened without
//! waiting for anybody, at most a megabyte; and once. What was read first is the original to the end.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The largest file that is read.
pub const MOST_BYTES: usize = 1 << 20;

/// Where a file may lie.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Bounds {
    /// In this folder, wherever links lead.
    Inside(PathBuf),
    /// Anywhere: the user has named it.
    Named,
}

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is none.
    #[error("cannot be read: there is no such file, or it is a link to nothing; mend or remove it")]
    Absent,
    /// It is a directory, a pipe, a device or a socket.
    #[error("cannot be read: it is not a regular file")]
    NotAFile,
    /// A link leads out of where it may lie.
    #[error("not read: it leads out of the repository")]
    Outside,
    /// It is larger than a megabyte.
    #[error("cannot be read: it is larger than 1 MB; split it, or exclude it")]
    TooLarge,
    /// It is not for this user.
    #[error("cannot be read: permission denied; allow this user to read it, or exclude it")]
    Denied,
    /// The system said no.
    #[error("cannot be read: {0}")]
    System(String),
}

impl Refused {
    /// Why it is passed over with a note, when that is all there is to do: it is none of ours.
    pub fn foreign(&self) -> Option<&'static str> {
        match self {
            Self::NotAFile => Some("not a regular file"),
            Self::Outside => Some("a link leads out of the repository"),
            _ => None,
        }
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&std::io::Error> for Refused {
    fn from(error: &std::io::Error) -> Self {
        match error.kind() {
            // A word of a command that is no path at all may be too long for one.
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename => Self::Absent,
            ErrorKind::PermissionDenied => Self::Denied,
            _ => Self::System(error.to_string()),
        }
    }
}

/// Where a path leads, links followed, when that is where it may lie.
///
/// # Errors
/// [`Refused`].
pub(super) fn place(path: &Path, bounds: &Bounds) -> Result<PathBuf, Refused> {
    Reader::default().place(path, bounds)
}

/// The file at a path that [`place`] gave, as it is now, if it has at most so many bytes.
///
/// # Errors
/// [`Refused`].
pub(super) fn now(real: &Path, most: usize) -> Result<Vec<u8>, Refused> {
    let file = open(real)?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    // With room for all of it, and one byte more, one call reads it.
    bounded(file, most, usize::try_from(size).unwrap_or(most).min(most) + 1)
}

/// What standard input holds.
///
/// # Errors
/// [`Refused`].
pub fn standard_input() -> Result<Vec<u8>, Refused> {
    bounded(std::io::stdin().lock(), MOST_BYTES, 0)
}

/// What is read of a line of a log; what follows is passed over.
const MOST_OF_A_LINE: usize = 1 << 16;

/// The lines of a file that the user has named, one by one, however many there are.
///
/// # Errors
/// [`Refused`].
pub fn lines(path: &Path, each: &mut dyn FnMut(&[u8])) -> Result<(), Refused> {
    let mut file = BufReader::new(open(&place(path, &Bounds::Named)?)?);
    let mut line = Vec::new();
    loop {
        let part = file.fill_buf()?;
        let (end, ends) = match part.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at, true),
            None => (part.len(), false),
        };
        let is_over = part.is_empty();
        let room = MOST_OF_A_LINE.saturating_sub(line.len());
        line.extend_from_slice(&part[..end.min(room)]);
        file.consume(end + usize::from(ends));
        if ends || is_over && !line.is_empty() {
            each(&line);
            line.clear();
        }
        if is_over {
            return Ok(());
        }
    }
}

/// The files of one run: each is read when it is first asked for, and is the same from then on, whatever becomes of it.
/// Shared by all threads.
#[derive(Debug, Default)]
pub struct Reader(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Where paths lead.
    places: HashMap<PathBuf, Result<PathBuf, Refused>>,
    /// What stands there.
    files: HashMap<PathBuf, Result<Arc<[u8]>, Refused>>,
}

impl Reader {
    /// The file's bytes.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn read(&self, path: &Path, bounds: &Bounds) -> Result<Arc<[u8]>, Refused> {
        let real = self.place(path, bounds)?;
        if let Some(file) = self.known().files.get(&real) {
            return file.clone();
        }
        // Not under the lock: two threads may read one file, and the first one's bytes stay.
        let file = now(&real, MOST_BYTES).map(Arc::from);
        self.known().files.entry(real).or_insert(file).clone()
    }

    /// The file's bytes, for one who looks into many files once: they are not kept.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn glance(&self, path: &Path, bounds: &Bounds) -> Result<Arc<[u8]>, Refused> {
        let real = self.place(path, bounds)?;
        match self.known().files.get(&real) {
            Some(file) => file.clone(),
            None => now(&real, MOST_BYTES).map(Arc::from),
        }
    }

    /// The file's first bytes, however many follow.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn head(&self, path: &Path, bounds: &Bounds, most: usize) -> Result<Vec<u8>, Refused> {
        match self.read(path, bounds) {
            Ok(bytes) => Ok(bytes[..bytes.len().min(most)].to_vec()),
            Err(Refused::TooLarge) => {
                let mut bytes = Vec::new();
                open(&self.place(path, bounds)?)?.take(most as u64).read_to_end(&mut bytes)?;
                Ok(bytes)
            }
            Err(refused) => Err(refused),
        }
    }

    /// Where a path leads, links followed, when that is where it may lie.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn place(&self, path: &Path, bounds: &Bounds) -> Result<PathBuf, Refused> {
        let real = self.real(path)?;
        match bounds {
            Bounds::Inside(folder) if !real.starts_with(self.real(folder)?) => Err(Refused::Outside),
            _ => Ok(real),
        }
    }

    fn real(&self, path: &Path) -> Result<PathBuf, Refused> {
        if let Some(place) = self.known().places.get(path) {
            return place.clone();
        }
        let place = self.resolved(path);
        self.known().places.entry(path.to_owned()).or_insert(place).clone()
    }

    /// Where a path leads. Of the files of one folder the way to the folder is followed once.
    fn resolved(&self, path: &Path) -> Result<PathBuf, Refused> {
        // Elsewhere a file may be found under a name that is not spelled as its own.
        let parts = path.parent().zip(path.file_name()).filter(|_| cfg!(target_os = "linux"));
        if let Some((folder, name)) = parts.filter(|(folder, name)| folder.join(name).as_os_str() == path.as_os_str())
            && !folder.as_os_str().is_empty()
        {
            let place = self.real(folder)?.join(name);
            if !place.symlink_metadata()?.is_symlink() {
                return Ok(place);
            }
        }
        Ok(path.canonicalize()?)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A regular file, opened. `real` leads through no link.
fn open(real: &Path) -> Result<File, Refused> {
    // Asked first: a device may act on being opened.
    if !real.symlink_metadata()?.is_file() {
        return Err(Refused::NotAFile);
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY;
        options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    let file = options.open(real)?;
    // And again: something else may have come into its place.
    if file.metadata()?.is_file() { Ok(file) } else { Err(Refused::NotAFile) }
}

fn bounded(source: impl Read, most: usize, room: usize) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::with_capacity(room);
    source.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most { Err(Refused::TooLarge) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Bounds) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("root")).expect("made");
        let bounds = Bounds::Inside(folder.path().join("root"));
        (folder, bounds)
    }

    #[test]
    fn what_was_read_first_stays() {
        let (folder, bounds) = folder();
        let (file, other) = (folder.path().join("root/a"), folder.path().join("root/b"));
        std::fs::write(&file, "old").expect("written");
        let reader = Reader::default();
        assert_eq!(reader.read(&file, &bounds).as_deref(), Ok(&b"old"[..]));
        assert_eq!(reader.read(&other, &bounds), Err(Refused::Absent));
        std::fs::write(&file, "new").expect("written");
        std::fs::write(&other, "new").expect("written");
        assert_eq!(reader.read(&file, &bounds).as_deref(), Ok(&b"old"[..]));
        assert_eq!(reader.read(&other, &bounds), Err(Refused::Absent));
        assert_eq!(reader.head(&file, &bounds, 2).as_deref(), Ok(&b"ol"[..]));
    }

    #[test]
    fn a_large_file_has_a_head_alone() {
        let (folder, bounds) = folder();
        let file = folder.path().join("root/large");
        File::create(&file).and_then(|made| made.set_len(3 << 30)).expect("sparse");
        let reader = Reader::default();
        assert_eq!(reader.read(&file, &bounds), Err(Refused::TooLarge));
        assert_eq!(reader.head(&file, &bounds, 3).as_deref(), Ok(&[0; 3][..]));
        File::options().write(true).open(&file).and_then(|made| made.set_len(MOST_BYTES as u64)).expect("shorter");
        assert_eq!(Reader::default().read(&file, &bounds).map(|bytes| bytes.len()), Ok(MOST_BYTES));
    }

    #[test]
    fn lines_come_one_by_one_and_a_long_one_is_cut() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("log");
        let long = "x".repeat(MOST_OF_A_LINE + 9);
        std::fs::write(&file, format!("a\n\n{long}\nend")).expect("written");
        let mut found = Vec::new();
        lines(&file, &mut |line| found.push(line.len())).expect("read");
        assert_eq!(found, [1, 0, MOST_OF_A_LINE, 3]);
        assert_eq!(lines(folder.path(), &mut |_| ()), Err(Refused::NotAFile));
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere_else_and_nothing_is_waited_for() {
        use std::os::unix::fs::symlink;
        let (folder, bounds) = folder();
        let at = |path: &str| folder.path().join(path);
        std::fs::write(at("secret"), "no").expect("written");
        std::fs::create_dir(at("root/in")).expect("made");
        std::fs::write(at("root/in/x"), "yes").expect("written");
        symlink("../secret", at("root/out")).expect("linked");
        symlink("in/x", at("root/x")).expect("linked");
        symlink("/dev/zero", at("root/zero")).expect("linked");
        symlink("loop", at("root/loop")).expect("linked");
        assert!(std::process::Command::new("mkfifo").arg(at("root/pipe")).status().expect("mkfifo").success());
        let read = |path: &str| Reader::default().read(&at(path), &bounds);
        assert_eq!(read("root/x").as_deref(), Ok(&b"yes"[..]));
        assert_eq!(read("root/out"), Err(Refused::Outside));
        assert_eq!(read("root/zero"), Err(Refused::Outside));
        assert_eq!(read("root/pipe"), Err(Refused::NotAFile));
        assert_eq!(read("root/in"), Err(Refused::NotAFile));
        assert!(matches!(read("root/loop"), Err(Refused::System(_))));
        // What the user names may lie anywhere, and is a regular file all the same.
        assert_eq!(Reader::default().read(&at("root/out"), &Bounds::Named).as_deref(), Ok(&b"no"[..]));
        assert_eq!(Reader::default().read(&at("root/zero"), &Bounds::Named), Err(Refused::NotAFile));
    }
}
