#![allow(clippy::unwrap_used)]

use std::path::Path;

use tempfile::TempDir;

use super::staged::Staged;
use super::{Change, ReportError, WriteError, all, report};

/// Paths, and the texts before and after.
type Texts<'t> = (&'t str, Option<&'t str>, &'t str);

fn change<'t>(&(path, old, new): &Texts<'t>) -> Change<'t> {
    Change { path, shown: path, old: old.map(str::as_bytes), new: new.as_bytes() }
}

fn write(root: &Path, files: &[Texts<'_>]) -> Result<(), WriteError> {
    all(root, &files.iter().map(change).collect::<Vec<_>>()).map_err(|failed| failed.error)
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
    let files = [("a.sh", Some("old"), "new"), (".gitea/workflows/deep/b.yml", None, "b")];
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
    write(root.path(), &[("a.sh", Some("old"), "new"), ("b.sh", None, "b")]).unwrap();
    assert_eq!((mode("a.sh"), mode("b.sh")), (0o751, mode("plain")));
}

#[test]
fn what_has_changed_meanwhile_stops_all() {
    let root = repository(&[("a.sh", "old"), ("b.sh", "another's")]);
    let before = names(root.path());
    let files = [("a.sh", Some("old"), "new"), ("b.sh", Some("old"), "new"), ("new/c", None, "c")];
    assert!(matches!(write(root.path(), &files), Err(WriteError::ChangedMeanwhile(path)) if path == "b.sh"));
    assert_eq!(read(root.path(), "a.sh"), "old");
    assert_eq!(names(root.path()), before);
}

#[test]
fn what_cannot_be_written_stops_all() {
    let root = repository(&[("a.sh", "old"), ("file", "")]);
    let before = names(root.path());
    // The second's folder is a file: it cannot be made, whoever asks.
    let files = [("a.sh", Some("old"), "new"), ("dir/new", None, "b"), ("file/new", None, "c")];
    assert!(matches!(write(root.path(), &files), Err(WriteError::System { .. })));
    assert_eq!(read(root.path(), "a.sh"), "old");
    assert_eq!(names(root.path()), before);
}

#[test]
fn a_new_file_takes_nobodys_place() {
    let root = repository(&[("a.sh", "old"), ("b.sh", "another's")]);
    assert!(write(root.path(), &[("a.sh", Some("old"), "new"), ("b.sh", None, "b")]).is_err());
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
    write(root.path(), &[("link.sh", Some("old"), "new")]).unwrap();
    assert_eq!(read(root.path(), "real.sh"), "new");
    assert!(root.path().join("link.sh").is_symlink());
    for (path, old) in [("out.sh", Some("old")), ("folder/x.sh", Some("old")), ("folder/new.sh", None)] {
        let refused = write(root.path(), &[(path, old, "new")]);
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
    let unlike = [("a.sh", Some("old"), "one"), ("b.sh", Some("old"), "two")];
    assert!(matches!(write(root.path(), &unlike), Err(WriteError::Twice(..))));
    assert_eq!(read(root.path(), "a.sh"), "old");
    write(root.path(), &[("a.sh", Some("old"), "one"), ("b.sh", Some("old"), "one")]).unwrap();
    assert_eq!(read(root.path(), "b.sh"), "one");
}

/// The file changes in the moment between the last look at it and its replacement.
#[test]
fn what_changes_in_the_last_moment_is_not_lost() {
    for old in [Some("old"), None] {
        let root = repository(&[]);
        if let Some(old) = old {
            put(root.path(), "a.sh", old);
        }
        let target = root.path().canonicalize().unwrap().join("a.sh");
        let staged = Staged::new(change(&("a.sh", old, "new")), target, &mut Vec::new()).unwrap();
        put(root.path(), "a.sh", "another's");
        assert!(matches!(staged.swap(), Err(WriteError::ChangedMeanwhile(path)) if path == "a.sh"));
        assert_eq!(read(root.path(), "a.sh"), "another's");
        assert_eq!(names(root.path()).len(), 3);
    }
}

/// A change that comes after ours, while another file of the fix fails, is not undone with ours.
#[test]
fn what_changes_after_us_is_not_undone() {
    let root = repository(&[("a.sh", "old"), ("b.sh", "old")]);
    let stage = |path: &'static str| {
        let target = root.path().canonicalize().unwrap().join(path);
        Staged::new(change(&(path, Some("old"), "new")), target, &mut Vec::new()).unwrap().put().unwrap()
    };
    let (one, other) = (stage("a.sh"), stage("b.sh"));
    assert_eq!(read(root.path(), "a.sh") + &read(root.path(), "b.sh"), "newnew");
    put(root.path(), "b.sh", "another's");
    assert_eq!((one.undo(), other.undo()), (None, Some("b.sh".to_owned())));
    assert_eq!(read(root.path(), "a.sh") + &read(root.path(), "b.sh"), "oldanother's");
}

#[cfg(unix)]
#[test]
fn as_root_the_owner_stays() {
    use std::os::unix::fs::{MetadataExt, chown};
    if !rustix::process::geteuid().is_root() {
        skipped("only root gives files away");
        return;
    }
    let root = repository(&[("a.sh", "old")]);
    let at = |path: &str| root.path().join(path);
    let owner = |path: &str| at(path).metadata().map(|known| (known.uid(), known.gid())).unwrap();
    chown(at("a.sh"), Some(1234), Some(2345)).unwrap();
    chown(root.path(), Some(1234), Some(2345)).unwrap();
    write(root.path(), &[("a.sh", Some("old"), "new"), ("made/b.sh", None, "b")]).unwrap();
    assert_eq!((owner("a.sh"), owner("made"), owner("made/b.sh")), ((1234, 2345), (1234, 2345), (1234, 2345)));
    report(&at("a.sh"), b"report").unwrap();
    assert_eq!(owner("a.sh"), (1234, 2345));
}

#[cfg(target_os = "linux")]
#[test]
fn access_lists_and_attributes_stay() {
    use rustix::fs::{XattrFlags, lgetxattr, lsetxattr};
    let root = repository(&[("a.sh", "old")]);
    let file = root.path().join("a.sh");
    // POSIX ACL, version 2: the owner rw, user 1234 r, the group r, the mask r, others nothing.
    let entries: [(u16, u16, u32); 5] =
        [(1, 6, u32::MAX), (2, 4, 1234), (4, 4, u32::MAX), (16, 4, u32::MAX), (32, 0, u32::MAX)];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        list.extend(tag.to_le_bytes().iter().chain(&permissions.to_le_bytes()).chain(&id.to_le_bytes()));
    }
    for (name, value) in [("user.note", &b"kept"[..]), ("system.posix_acl_access", &list)] {
        if lsetxattr(&file, name, value, XattrFlags::empty()).is_err() {
            skipped("this file system has no such attributes");
            return;
        }
    }
    write(root.path(), &[("a.sh", Some("old"), "new")]).unwrap();
    let kept = |name: &str| {
        let mut value = vec![0; 1024];
        let length = lgetxattr(&file, name, value.as_mut_slice()).unwrap();
        value.truncate(length);
        value
    };
    assert_eq!((kept("user.note").as_slice(), kept("system.posix_acl_access")), (&b"kept"[..], list));
}

#[cfg(unix)]
#[test]
fn a_report_takes_the_place_of_a_file_alone() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let root = repository(&[("old.json", "old"), ("target", "target")]);
    let at = |path: &str| root.path().join(path);
    std::fs::set_permissions(at("old.json"), PermissionsExt::from_mode(0o600)).unwrap();
    report(&at("old.json"), b"new").unwrap();
    report(&at("new.json"), b"new").unwrap();
    assert_eq!(read(root.path(), "old.json") + &read(root.path(), "new.json"), "newnew");
    assert_eq!(at("old.json").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    symlink("target", at("link")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    for (path, error) in [
        ("link", ReportError::Link),
        ("dangling", ReportError::Link),
        (".gitea", ReportError::NotAFile),
        ("none/x", ReportError::NoFolder),
    ] {
        assert_eq!(report(&at(path), b"new"), Err(error), "{path}");
    }
    assert_eq!(report(Path::new("/dev/null"), b"new"), Err(ReportError::NotAFile));
    assert_eq!(read(root.path(), "target"), "target");
}

/// Says, past the harness, that a test had nothing to test on.
fn skipped(why: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}
