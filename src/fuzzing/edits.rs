//! A small repository, checked and mended: every place is there, and what is written is what is proven.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::files::{files, on_disk};
use super::place::is_in;
use crate::check::{Engine, Options, Report, check};
use crate::edit::Applicability;
use crate::facts::Confidence;
use crate::fix::{Outcome, fix};
use crate::names::UNUSED_IGNORE;
use crate::rewrite::Rewrite;

/// What makes most fixes safe.
const RUNNER: &str = "runners: [{ labels: ['*'], runner: gitea-runner 0.2.11, daemon: shared, network: host }]\n";

/// Any bytes as a repository's files, the first of them a workflow.
pub fn edits(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut files = files(text, ".gitea/workflows/test.yml");
    if !files.iter().any(|(path, _)| path.ends_with(".berthlint.yaml")) {
        files.push((".berthlint.yaml", RUNNER));
    }
    let folder = on_disk(&files);
    let (engine, options) = (Engine::built_in(), options(folder.path(), BTreeMap::new()));
    let Ok(before) = check(&engine, &options) else { return };
    report_holds(text, &before);
    let once = fix(&engine, &options, Applicability::Unsafe).expect("it was judged before");
    report_holds(text, &once.report);
    for (path, changed) in &once.files {
        let old = changed.old.as_deref().map(|old| std::str::from_utf8(old).expect("it was read"));
        let new = std::str::from_utf8(&changed.new).expect("text");
        let gone = once.applied.iter().filter_map(|applied| applied.fix.comments.get(path.as_str())).flatten();
        let gone: BTreeSet<&str> = gone.map(String::as_str).collect();
        file_holds(path, old.unwrap_or_default(), new, &gone);
    }
    let overlay = once.files.iter().map(|(path, changed)| (path.clone(), changed.new.clone())).collect();
    let options = Options { overlay, ..options };
    let again = fix(&engine, &options, Applicability::Unsafe).expect("it was judged before");
    let titles: Vec<&str> = again.applied.iter().map(|applied| applied.fix.title.as_str()).collect();
    assert!(again.files.is_empty(), "a second run changes {:?} by {titles:?} in {text:?}", again.files.keys());
    nothing_new(text, &before, &once);
}

/// What is not sure is mended, too: the more the better.
fn options(root: &Path, overlay: BTreeMap<String, Vec<u8>>) -> Options {
    let options = Options::new(root, vec![".".into()]);
    Options { overlay, min_confidence: Some(Confidence::Low), ..options }
}

fn report_holds(text: &str, report: &Report) {
    for error in &report.errors {
        assert!(!error.message.contains("internal error"), "{} in {text:?}", error.message);
    }
    for finding in report.findings.iter().chain(&report.others) {
        let related = finding.related.iter().map(|related| &related.location);
        let chain = finding.chain.iter().map(|link| &link.location);
        for at in related.chain(chain).chain([&finding.location]) {
            if let Some(source) = report.sources.get(&at.path) {
                is_in(source.text(), &at.span.range());
            }
        }
    }
}

/// What a proof promises of a file, held by other means than the proof. The comments in `gone` are about what goes, as
/// the fixes say.
fn file_holds(path: &str, old: &str, new: &str, gone: &BTreeSet<&str>) {
    if path.ends_with(".yml") || path.ends_with(".yaml") {
        let read =
            |text: &str| serde_yaml::from_str::<serde_yaml::Value>(text.trim_start_matches('\u{feff}')).map(drop);
        assert!(read(new).is_ok() || read(old).is_err(), "{path}: {:?}\n{new}", read(new));
    }
    let has = comments(new);
    for (comment, count) in comments(old).into_iter().filter(|(comment, _)| !gone.contains(comment)) {
        assert!(has.get(comment).is_some_and(|now| *now >= count), "{path}: {comment} is lost from {old:?} in {new:?}");
    }
    assert_eq!(new.starts_with('\u{feff}'), old.starts_with('\u{feff}'), "{path}: the byte order mark");
    if !old.is_empty() && old.matches('\n').count() == old.matches("\r\n").count() {
        assert_eq!(new.matches('\n').count(), new.matches("\r\n").count(), "{path}: line ends in {new:?}");
    }
}

/// How often each line of nothing but a comment is there.
fn comments(text: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| line.starts_with('#')) {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

/// Nothing is found afterwards that was not found before, but for what a fix announces.
fn nothing_new(text: &str, before: &Report, once: &Outcome) {
    let rules = |report: &Report| -> BTreeSet<String> {
        report.findings.iter().chain(&report.others).map(|finding| finding.rule.clone()).collect()
    };
    let mut known = rules(before);
    known.insert(UNUSED_IGNORE.to_owned());
    let announced = once.applied.iter().flat_map(|applied| Rewrite::follow_ups(&applied.fix));
    known.extend(announced.map(|rule| (*rule).to_owned()));
    let new: Vec<String> = rules(&once.report).difference(&known).cloned().collect();
    assert!(new.is_empty(), "new findings of {new:?} in {text:?}");
    assert_eq!(once.report.errors, before.errors, "in {text:?}");
}
