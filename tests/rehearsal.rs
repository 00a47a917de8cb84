//! The rehearsal against fixes that were wrong once: `fixtures/rehearsal/<case>/before` is a repository, `worse` the
//! files that a wrong fix changed, `after` what the right one makes of them. `worse` must be found worse, and `after`
//! not; `story.txt` says in words what goes wrong, `told.txt` what the rehearsal says (`BLESS=1` writes it),
//! `unplayed.txt` why it does not find it yet.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use berthlint::check::{Engine, Options, Stage, judge};
use berthlint::fix::Played;
use walkdir::WalkDir;

/// A case's files, by path below the folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = WalkDir::new(folder).into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    let file =
        |path: &Path| (path.strip_prefix(folder).unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap());
    entries.map(|entry| file(entry.path())).collect()
}

fn stage(before: &Path, changed: &BTreeMap<String, Vec<u8>>) -> Stage {
    let options = Options { overlay: changed.clone(), ..Options::new(before, vec![before.to_owned()]) };
    judge(&Engine::built_in(), &options, None).unwrap().stage(&options)
}

/// What is worse of `before` with these files in it: a line for each play.
fn told(before: &Path, changed: &BTreeMap<String, Vec<u8>>) -> String {
    let original = files(before);
    let text = |bytes: Option<&Vec<u8>>| String::from_utf8(bytes.cloned().unwrap_or_default()).unwrap();
    let changes = changed.iter().map(|(path, new)| (path.clone(), (text(original.get(path)), text(Some(new)))));
    let (first, then) = (stage(before, &BTreeMap::new()), stage(before, changed));
    let found = Played::default().behaviour(&first, &then, &changes.collect(), None);
    let mut lines = String::new();
    for ((path, job), verdict) in found {
        for (certain, worse) in [("", &verdict.worse), ("unsafe, perhaps: ", &verdict.doubtful)] {
            for worse in worse {
                let certain = if worse.is_bearable { "unsafe: " } else { certain };
                lines.push_str(&format!("{path}#{job}: {certain}{}\n", worse.story));
            }
        }
    }
    lines
}

#[test]
fn what_was_wrong_once_is_found_worse_and_what_is_right_is_not() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/rehearsal");
    let mut cases: Vec<PathBuf> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let mut failures = Vec::new();
    for case in &cases {
        let name = case.file_name().unwrap().to_string_lossy();
        let before = case.join("before");
        let worse = told(&before, &files(&case.join("worse")));
        let known = fs::read_to_string(case.join("told.txt")).unwrap_or_default();
        if std::env::var_os("BLESS").is_some() {
            fs::write(case.join("told.txt"), &worse).unwrap();
        } else if worse != known {
            failures.push(format!("{name}: worse tells\n{worse}and not\n{known}"));
        }
        match (worse.is_empty(), case.join("unplayed.txt").is_file()) {
            (true, false) => failures.push(format!("{name}: nothing is found worse")),
            (false, true) => failures.push(format!("{name}: it is found worse now: `unplayed.txt` can go")),
            _ => {}
        }
        let after = case.join("after");
        if after.is_dir() {
            let right = told(&before, &files(&after));
            if right.lines().any(|line| !line.contains(": unsafe")) {
                failures.push(format!("{name}: the right fix is found worse:\n{right}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
