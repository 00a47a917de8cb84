//! Whatever is mended: it stays YAML, loses no comment, brings no new rule's finding, and is mended once. In the
//! fixtures always, in the repositories below the folder that `BERTHLINT_CORPUS` names when it is set.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use berthlint::check::{Engine, Options, Report, check};
use berthlint::edit::Applicability;
use berthlint::facts::Confidence;
use berthlint::fix::{Outcome, fix_as_text};
use berthlint::rewrite::Rewrite;
use rayon::prelude::*;
use walkdir::WalkDir;

/// How a file might have been written otherwise.
type Way = (&'static str, fn(&str) -> String);

const WAYS: [Way; 5] = [
    ("as it is", str::to_owned),
    ("CRLF", |text| text.replace("\r\n", "\n").replace('\n', "\r\n")),
    ("byte order mark", |text| format!("\u{feff}{}", text.trim_start_matches('\u{feff}'))),
    ("four spaces", four_spaces),
    ("no final newline", |text| text.trim_end_matches(['\n', '\r']).to_owned()),
];

/// Every indentation twice as deep, behind dashes as well.
fn four_spaces(text: &str) -> String {
    let line = |line: &str| {
        let mut rest = line.trim_start_matches(' ');
        let mut new = " ".repeat(2 * (line.len() - rest.len()));
        while let Some(item) = rest.strip_prefix("- ") {
            new.push_str("-   ");
            rest = item.trim_start_matches(' ');
        }
        new + rest
    };
    text.split_inclusive('\n').map(line).collect()
}

/// Folders with a forge folder in them.
fn repositories(folder: &Path) -> Vec<PathBuf> {
    let is_root = |path: &Path| [".gitea", ".forgejo", ".github"].iter().any(|forge| path.join(forge).is_dir());
    let walk = WalkDir::new(folder).sort_by_file_name().max_depth(6).into_iter().map(Result::unwrap);
    let folders = walk.filter(|entry| entry.file_type().is_dir()).map(walkdir::DirEntry::into_path);
    folders.filter(|path| is_root(path)).collect()
}

fn fixtures() -> Vec<PathBuf> {
    repositories(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"))
}

/// The folders right below the one that `BERTHLINT_CORPUS` names.
fn corpus() -> Vec<PathBuf> {
    let Some(folder) = std::env::var_os("BERTHLINT_CORPUS") else { return Vec::new() };
    let mut all: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.is_dir());
    all.sort();
    assert!(!all.is_empty(), "no repository in {}", Path::new(&folder).display());
    all
}

/// The workflows written in another way, where that is YAML and means the same.
fn written(root: &Path, way: Way) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for forge in [".gitea", ".forgejo", ".github"] {
        let workflows = WalkDir::new(root.join(forge).join("workflows")).into_iter().filter_map(Result::ok);
        for entry in workflows.filter(|entry| entry.file_type().is_file()) {
            let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
            let new = way.1(&text);
            if new != text && serde_yaml::from_str::<serde_yaml::Value>(new.trim_start_matches('\u{feff}')).is_ok() {
                let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                files.insert(path, new.into_bytes());
            }
        }
    }
    files
}

/// What is not sure is mended, too: the more the better.
fn options(root: &Path, overlay: &BTreeMap<String, Vec<u8>>) -> Options {
    let base = Options::new(root, vec![PathBuf::from(".")]);
    Options { overlay: overlay.clone(), min_confidence: Some(Confidence::Low), ..base }
}

/// How a file is written is nothing to a job: what is rehearsed as well stands in `tests/rewrite.rs`.
fn mend(root: &Path, overlay: &BTreeMap<String, Vec<u8>>) -> Outcome {
    fix_as_text(&Engine::built_in(), &options(root, overlay), Applicability::Unsafe).unwrap()
}

/// How often each line of nothing but a comment is there.
fn comments(text: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| line.starts_with('#')) {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

/// Holds one repository to all of it, and tells how many fixes were applied.
fn holds(root: &Path, way: Way) -> usize {
    let name = format!("{} ({})", root.display(), way.0);
    let mut overlay = written(root, way);
    let before = check(&Engine::built_in(), &options(root, &overlay)).unwrap();
    let once = mend(root, &overlay);
    for (path, changed) in &once.files {
        let old = String::from_utf8(changed.old.clone().unwrap_or_default()).unwrap();
        let new = String::from_utf8(changed.new.clone()).unwrap();
        if path.ends_with(".yml") || path.ends_with(".yaml") {
            let read = serde_yaml::from_str::<serde_yaml::Value>(new.trim_start_matches('\u{feff}'));
            assert!(read.is_ok(), "{name}: {path}: {read:?}\n{new}");
        }
        // A comment about what goes, goes with it, and the fix says so.
        let gone: BTreeSet<&str> = (once.applied.iter().flat_map(|applied| applied.fix.comments.get(path.as_str())))
            .flatten()
            .map(String::as_str)
            .collect();
        for (comment, count) in comments(&old).into_iter().filter(|(comment, _)| !gone.contains(comment)) {
            assert!(comments(&new).get(comment).is_some_and(|now| *now >= count), "{name}: {path}: {comment} is lost");
        }
        let marked = |text: &str| text.starts_with('\u{feff}');
        assert_eq!(marked(&new), marked(&old), "{name}: {path}: the byte order mark");
        if !old.is_empty() && old.matches('\n').count() == old.matches("\r\n").count() {
            assert_eq!(new.matches('\n').count(), new.matches("\r\n").count(), "{name}: {path}: line ends\n{new}");
        }
    }
    let rules = |report: &Report| -> BTreeSet<String> {
        report.findings.iter().chain(&report.others).map(|finding| finding.rule.clone()).collect()
    };
    let mut known = rules(&before);
    known.insert(berthlint::names::UNUSED_IGNORE.to_owned());
    known.extend(
        once.applied.iter().flat_map(|applied| Rewrite::follow_ups(&applied.fix)).map(|rule| (*rule).to_owned()),
    );
    let new: Vec<String> = rules(&once.report).difference(&known).cloned().collect();
    assert!(new.is_empty(), "{name}: new findings: {new:?}");
    assert_eq!(once.report.errors, before.errors, "{name}");

    overlay.extend(once.files.iter().map(|(path, changed)| (path.clone(), changed.new.clone())));
    let again = mend(root, &overlay);
    let titles: Vec<&str> = again.applied.iter().map(|applied| applied.fix.title.as_str()).collect();
    assert!(again.files.is_empty(), "{name}: a second run changes {:?}: {titles:?}", again.files.keys());
    once.applied.len()
}

#[test]
fn fixes_of_fixtures_hold_however_they_are_written() {
    let roots = fixtures();
    assert!(!roots.is_empty());
    for way in WAYS {
        let applied: usize = roots.par_iter().map(|root| holds(root, way)).sum();
        assert!(applied > 0, "{}: nothing is mended", way.0);
    }
}

#[test]
#[ignore = "needs BERTHLINT_CORPUS: a folder with repositories"]
fn fixes_of_real_repositories_hold_however_they_are_written_for_long() {
    let roots = corpus();
    assert!(!roots.is_empty(), "BERTHLINT_CORPUS names no folder with repositories");
    let applied: usize = roots.par_iter().map(|root| WAYS.map(|way| holds(root, way)).iter().sum::<usize>()).sum();
    assert!(applied > 0, "nothing is mended");
}

/// How many findings have a fix, are mended, and why the others are not:
/// `cargo test --test properties -- --ignored --nocapture fix_counts`.
#[test]
#[ignore = "only prints numbers"]
#[allow(clippy::print_stdout)]
fn fix_counts_for_long() {
    let mut roots = fixtures();
    roots.extend(corpus());
    let counted = roots.par_iter().map(|root| counts(root)).reduce(BTreeMap::new, |mut all, own| {
        for (what, count) in own {
            *all.entry(what).or_default() += count;
        }
        all
    });
    for (what, count) in counted {
        println!("{count:>6}  {what}");
    }
}

#[allow(clippy::print_stdout)]
fn counts(root: &Path) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let before = check(&Engine::built_in(), &options(root, &BTreeMap::new())).unwrap();
    for finding in &before.findings {
        let what = match (&finding.fix, &finding.withheld) {
            (Some(fix), _) => format!("1 findings with a {:?} fix", fix.applicability),
            (None, Some(_)) => "1 findings whose rewrite withholds".to_owned(),
            (None, None) => "1 findings without a rewrite".to_owned(),
        };
        *counts.entry(what).or_default() += 1;
    }
    let outcome = mend(root, &BTreeMap::new());
    for applied in &outcome.applied {
        *counts.entry("2 fixes applied".to_owned()).or_default() += 1;
        *counts.entry("2 findings mended".to_owned()).or_default() += applied.findings.len();
    }
    for dropped in outcome.dropped {
        let why = dropped.why.to_string();
        let why = format!("3 fixes dropped by proof {}: {}: {why}", dropped.why.proof(), dropped.fix.rewrite);
        *counts.entry(why).or_default() += 1;
        println!("{}: {}: {}", root.display(), dropped.rules.join(", "), dropped.fix.title);
    }
    for finding in outcome.report.findings.iter().filter(|finding| finding.fix.is_none()) {
        if let Some(why) = &finding.withheld {
            *counts.entry(format!("4 withheld: {why}")).or_default() += 1;
        }
    }
    counts
}
