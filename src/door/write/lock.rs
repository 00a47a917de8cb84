//! One berthlint at a time writes in a repository.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

/// A holder needs the lock for the moment of renaming alone; one that keeps it so long has stopped.
const LONGEST: Duration = Duration::from_secs(10);

/// An advisory lock on the root folder itself, held until it is dropped: nothing is left behind.
///
/// It keeps two runs from taking turns in the files of one fix. Where there is none (Windows locks no folders, some
/// network file systems lock nothing), what is compared in the moment of writing has to do.
pub(super) fn lock(root: &Path) -> Option<File> {
    let folder = File::open(root).ok()?;
    let started = Instant::now();
    loop {
        match folder.try_lock() {
            Ok(()) => return Some(folder),
            Err(std::fs::TryLockError::WouldBlock) if started.elapsed() < LONGEST => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(_) => return None,
        }
    }
}
