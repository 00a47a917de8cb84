//! Repositories of `fixtures/`, as they are and as `berthlint check --fix` leaves them.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;
use walkdir::WalkDir;

/// A folder below `fixtures/`.
pub fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)
}

/// A copy of a folder that a run may write to.
pub fn copy(folder: &Path) -> TempDir {
    let here = TempDir::new().unwrap();
    copy_into(folder, here.path());
    here
}

/// Copies what is in a folder, modes included.
pub fn copy_into(folder: &Path, to: &Path) {
    for entry in WalkDir::new(folder).into_iter().map(Result::unwrap) {
        let path = to.join(entry.path().strip_prefix(folder).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(path).unwrap();
        } else {
            std::fs::copy(entry.path(), path).unwrap();
        }
    }
}

/// A copy of a folder after `berthlint check --fix` with those arguments, which must have written something.
#[track_caller]
pub fn mended(folder: &Path, arguments: &[&str]) -> TempDir {
    let here = copy(folder);
    let mut command = Command::cargo_bin("berthlint").unwrap();
    let command = command.current_dir(here.path()).args(["check", "--fix", "--show-fixes", "--exit-zero"]);
    let output = command.args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Fixed "), "nothing was mended:\n{said}");
    here
}
