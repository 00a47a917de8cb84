//! What `--fix` makes of small repositories: `fixtures/rewrite/CASE/before` becomes `after`, byte for byte, and a
//! second run changes nothing. `args` beside them holds further arguments. With `BLESS=1` each `after` is written anew:
//! read the difference before it is committed.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;
use walkdir::WalkDir;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rewrite");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

/// Every file below a folder, by its path in it.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = WalkDir::new(root).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let named = files.map(|file| {
        let path = file.path().strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        (path, std::fs::read(file.path()).unwrap())
    });
    named.collect()
}

fn put(root: &Path, files: &BTreeMap<String, Vec<u8>>) {
    for (path, bytes) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// `check --fix` with the case's arguments: what it says on both outputs.
fn mend(case: &Path, here: &Path) -> String {
    let own = std::fs::read_to_string(case.join("args")).unwrap_or_default();
    let mut command = Command::cargo_bin("berthlint").unwrap();
    let command = command.current_dir(here).args(["check", "--fix", "--show-fixes", "--exit-zero"]);
    let output = command.args(own.split_whitespace()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}: {said}", case.display());
    said
}

fn text(files: &BTreeMap<String, Vec<u8>>, path: &str) -> String {
    files.get(path).map_or_else(|| "(no such file)".to_owned(), |bytes| String::from_utf8_lossy(bytes).into_owned())
}

#[test]
fn what_fix_writes() {
    let bless = std::env::var_os("BLESS").is_some();
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap();
        let here = TempDir::new().unwrap();
        let before = files(&case.join("before"));
        put(here.path(), &before);
        let said = mend(&case, here.path());
        let found = files(here.path());
        mend(&case, here.path());
        assert_eq!(files(here.path()), found, "{name}: a second run changes something");
        if bless {
            let _ = std::fs::remove_dir_all(case.join("after"));
            put(&case.join("after"), &found);
            continue;
        }
        let after = files(&case.join("after"));
        for path in found.keys().chain(after.keys()) {
            assert_eq!(text(&found, path), text(&after, path), "{name}: {path} (found is left)\n{said}");
            assert_eq!(found.get(path), after.get(path), "{name}: {path}, in bytes");
        }
        assert_ne!(found, before, "{name}: nothing is mended\n{said}");
    }
}
