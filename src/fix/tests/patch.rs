//! What is printed is what `git apply` makes.

use std::collections::BTreeMap;
use std::process::Command;

use tempfile::TempDir;

use crate::fix::Changed;
use crate::fix::patch::patch;

/// Applies the patch to the old files with git, and compares.
#[track_caller]
fn applies(files: &[(&str, Option<&str>, &str)]) {
    let folder = TempDir::new().unwrap();
    let mut changed = BTreeMap::new();
    for (path, old, new) in files {
        let target = folder.path().join(path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        if let Some(old) = old {
            std::fs::write(&target, old).unwrap();
        }
        let bytes = |text: &str| text.as_bytes().to_vec();
        changed.insert((*path).to_owned(), Changed { old: old.map(bytes), new: bytes(new) });
    }
    let patch = patch(&changed);
    std::fs::write(folder.path().join("it.patch"), &patch).unwrap();
    let mut git = Command::new("git");
    git.current_dir(folder.path()).env("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap());
    let output = git.args(["apply", "--whitespace=nowarn", "it.patch"]).output().unwrap();
    assert!(output.status.success(), "{}\n{patch}", String::from_utf8_lossy(&output.stderr));
    for (path, _, new) in files {
        assert_eq!(std::fs::read_to_string(folder.path().join(path)).unwrap(), *new, "{path}\n{patch}");
    }
}

#[test]
fn git_takes_them() {
    applies(&[("a/w.yml", Some("a\nb\nc\nd\ne\nf\n"), "a\nb\nx\nd\ne\nf\n")]);
    applies(&[("crlf.yml", Some("a\r\nb\r\n"), "a\r\nx\r\nb\r\n")]);
    applies(&[("end.yml", Some("a\nb"), "a\nc"), ("begin.yml", Some("a\n"), "a\nb"), ("both.yml", Some("a"), "a\n")]);
    applies(&[("return.sh", Some("a\rb\nc\n"), "a\rb\nd\n")]);
    applies(&[("no-end.yml", Some("a\r\nb\r"), "a\r\nB\r"), ("returns.sh", Some("a\rb\r"), "a\rB\r")]);
    applies(&[("filled.yml", Some(""), "a\n"), ("emptied.yml", Some("a\n"), "")]);
    applies(&[("deep/new.yml", None, "a\nb\n"), ("open.yml", None, "a")]);
}

#[test]
fn names_may_be_odd() {
    for name in ["a b.yml", "ü/ä ö.yml", "tab\t.yml", "quote\".yml", "back\\slash.yml", "b/a/b.yml", "end .yml"] {
        applies(&[(name, Some("a\nb\n"), "a\nc\n")]);
        applies(&[(name, None, "a\n")]);
    }
}

#[test]
fn what_stays_is_not_there() {
    let same = Changed { old: Some(b"a\n".to_vec()), new: b"a\n".to_vec() };
    assert_eq!(patch(&BTreeMap::from([("a.yml".to_owned(), same)])), "");
}
