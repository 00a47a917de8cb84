//! Each rule's own repository, `fixtures/rules/<rule>`: with only that rule selected the program finds what the
//! `# expect: rule level` marks say, and is silent where a comment names the silence.
#![allow(clippy::unwrap_used)]

mod marks;

use std::collections::BTreeSet;
use std::fmt::Write;

use berthlint::rules;
use marks::{Mark, check, expected, fixtures, found};

/// What one rule finds in its repository that is not marked, and what it misses.
fn differences(rule: &str) -> String {
    let root = fixtures("rules").join(rule);
    let (_, report) = check(&root, &["--select", rule]);
    let (expected, found) = (expected(&root), found(&report));
    let mut out = String::new();
    if expected.is_empty() {
        writeln!(out, "{rule}: no line is marked").unwrap();
    }
    for error in report["errors"].as_array().unwrap() {
        writeln!(out, "{rule}: {error}").unwrap();
    }
    let mut seen: BTreeSet<&Mark> = BTreeSet::new();
    for mark in &found {
        if !seen.insert(mark) {
            writeln!(out, "found twice: {}", line(mark)).unwrap();
        } else if !expected.contains(mark) {
            writeln!(out, "not marked: {}", line(mark)).unwrap();
        }
    }
    for mark in expected.iter().filter(|mark| !seen.contains(mark)) {
        writeln!(out, "not found: {}", line(mark)).unwrap();
    }
    out
}

fn line((path, line, rule, level): &Mark) -> String {
    format!("{path}:{line}: {rule} {level}")
}

#[test]
fn each_rule_finds_its_marks_and_is_silent_elsewhere() {
    let all: String = rules::built_in().iter().map(|rule| differences(&rule.id)).collect();
    assert!(all.is_empty(), "\n{all}");
}

#[test]
fn every_repository_is_a_rules_own() {
    let folders = std::fs::read_dir(fixtures("rules")).unwrap();
    let folders: BTreeSet<String> = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let rules: BTreeSet<String> = rules::built_in().iter().map(|rule| rule.id.clone()).collect();
    assert_eq!(folders, rules);
}
