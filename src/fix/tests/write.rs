use std::collections::BTreeMap;
use std::path::Path;

use tempfile::TempDir;

use crate::fix::{Changed, WriteError, write};

fn changes(files: &[(&str, Option<&str>, &str)]) -> BTreeMap<String, Changed> {
    let bytes = |text: &str| text.as_bytes().to_vec();
    let changed = |&(path, old, new): &(&str, Option<&str>, &str)| {
        (path.to_owned(), Changed { old: old.map(bytes), new: bytes(new) })
    };
    files.iter().map(changed).collect()
}

fn repository(files: &[(&str, &str)]) -> TempDir {
    let root = TempDir::new().unwrap();
    std::fs::create_dir_all(root.path().join(".gitea/workflows")).unwrap();
    for (path, text) in files {
        put(root.path(), path, text);
    }
    root
}

fn put(root: &Path, path: &str, text: &str) {
    std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
    std::fs::write(root.join(path), text).unwrap();
}

fn read(root: &Path, path: &str) -> String {
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// Everything below the root, by name: nothing temporary may stay.
fn names(root: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(root).min_depth(1).sort_by_file_name().into_iter().map(Result::unwrap);
    entries.map(|entry| entry.path().strip_prefix(root).unwrap().display().to_string()).collect()
}

#[test]
fn all_files_are_written_and_new_ones_made() {
    let root = repository(&[("a.sh", "old")]);
    let files = changes(&[("a.sh", Some("old"), "new"), (".gitea/workflows/deep/b.yml", None, "b")]);
    write(root.path(), &files).unwrap();
    assert_eq!(read(root.path(), "a.sh") + &read(root.path(), ".gitea/workflows/deep/b.yml"), "newb");
}

#[cfg(unix)]
#[test]
fn the_mode_stays() {
    use std::os::unix::fs::PermissionsExt;
    let root = repository(&[("a.sh", "old")]);
    let mode = |path: &str| root.path().join(path).metadata().unwrap().permissions().mode() & 0o777;
    std::fs::set_permissions(root.path().join("a.sh"), PermissionsExt::from_mode(0o751)).unwrap();
    put(root.path(), "plain", "");
    write(root.path(), &changes(&[("a.sh", Some("old"), "new"), ("b.sh", None, "b")])).unwrap();
    assert_eq!((mode("a.sh"), mode("b.sh")), (0o751, mode("plain")));
}

#[test]
fn what_has_changed_meanwhile_stops_all() {
    let root = repository(&[("a.sh", "old"), ("b.sh", "another's")]);
    let before = names(root.path());
    let files = changes(&[("a.sh", Some("old"), "new"), ("b.sh", Some("old"), "new"), ("new/c", None, "c")]);
    assert!(matches!(write(root.path(), &files), Err(WriteError::ChangedMeanwhile(path)) if path == "b.sh"));
    assert_eq!(read(root.path(), "a.sh"), "old");
    assert_eq!(names(root.path()), before);
}

#[test]
fn what_cannot_be_written_stops_all() {
    let root = repository(&[("a.sh", "old"), ("file", "")]);
    let before = names(root.path());
    // The second's folder is a file: it cannot be made, whoever asks.
    let files = changes(&[("a.sh", Some("old"), "new"), ("dir/new", None, "b"), ("file/new", None, "c")]);
    assert!(matches!(write(root.path(), &files), Err(WriteError::System { .. })));
    assert_eq!(read(root.path(), "a.sh"), "old");
    assert_eq!(names(root.path()), before);
}

#[test]
fn a_new_file_takes_nobodys_place() {
    let root = repository(&[("a.sh", "old"), ("b.sh", "another's")]);
    assert!(write(root.path(), &changes(&[("a.sh", Some("old"), "new"), ("b.sh", None, "b")])).is_err());
    assert_eq!(read(root.path(), "a.sh") + &read(root.path(), "b.sh"), "oldanother's");
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_repository_alone() {
    use std::os::unix::fs::symlink;
    let root = repository(&[("real.sh", "old")]);
    let outside = TempDir::new().unwrap();
    put(outside.path(), "x.sh", "old");
    symlink("real.sh", root.path().join("link.sh")).unwrap();
    symlink(outside.path().join("x.sh"), root.path().join("out.sh")).unwrap();
    symlink(outside.path(), root.path().join("folder")).unwrap();
    write(root.path(), &changes(&[("link.sh", Some("old"), "new")])).unwrap();
    assert_eq!(read(root.path(), "real.sh"), "new");
    assert!(root.path().join("link.sh").is_symlink());
    for (path, old) in [("out.sh", Some("old")), ("folder/x.sh", Some("old")), ("folder/new.sh", None)] {
        let refused = write(root.path(), &changes(&[(path, old, "new")]));
        assert!(matches!(refused, Err(WriteError::Outside(_))), "{path}: {refused:?}");
    }
    assert_eq!(read(outside.path(), "x.sh"), "old");
    assert!(!outside.path().join("new.sh").exists());
}

#[cfg(unix)]
#[test]
fn one_file_under_two_names_is_written_once_or_not() {
    let root = repository(&[("a.sh", "old")]);
    std::os::unix::fs::symlink("a.sh", root.path().join("b.sh")).unwrap();
    let unlike = changes(&[("a.sh", Some("old"), "one"), ("b.sh", Some("old"), "two")]);
    assert!(matches!(write(root.path(), &unlike), Err(WriteError::Twice(..))));
    assert_eq!(read(root.path(), "a.sh"), "old");
    write(root.path(), &changes(&[("a.sh", Some("old"), "one"), ("b.sh", Some("old"), "one")])).unwrap();
    assert_eq!(read(root.path(), "b.sh"), "one");
}
