//! The program as it is called, in folders made for it.

use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

/// Calls it in a folder: its exit code, and what it says on both outputs.
pub fn berthlint(here: &Path, arguments: &[&str]) -> (i32, String, String) {
    berthlint_with(here, arguments, b"")
}

/// The same, with something on standard input.
pub fn berthlint_with(here: &Path, arguments: &[&str], stdin: &[u8]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("berthlint").unwrap();
    // What the caller's own terminal is told changes nothing here.
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLUMNS"] {
        command.env_remove(name);
    }
    let output = command.current_dir(here).args(arguments).write_stdin(stdin).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder with these files.
pub fn tree(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (path, content) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    directory
}
