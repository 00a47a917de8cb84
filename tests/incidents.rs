//! The four incidents: every `# expect: rule level` in the fixtures is found on its line, and nothing else.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use walkdir::WalkDir;

/// Path, line, rule, level.
type Mark = (String, u64, String, String);

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents").join(name)
}

/// What the files say is to be found.
fn expected(root: &Path) -> BTreeSet<Mark> {
    let files = WalkDir::new(root).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    files.flat_map(|entry| marks(root, entry.path())).collect()
}

fn marks(root: &Path, file: &Path) -> Vec<Mark> {
    let text = std::fs::read_to_string(file).unwrap();
    let path = file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
    let mut marks = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let Some((_, list)) = text.split_once("# expect: ") else { continue };
        for mark in list.split(',') {
            let (rule, level) = mark.trim().split_once(' ').unwrap_or_else(|| panic!("{path}:{line}: {mark}"));
            marks.push((path.clone(), line, rule.to_owned(), level.to_owned()));
        }
    }
    marks
}

fn check(root: &Path) -> (i32, Value) {
    let mut command = Command::cargo_bin("berthlint").unwrap();
    let output = command.current_dir(root).args(["check", "--format", "json"]).output().unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

fn found(report: &Value) -> BTreeSet<Mark> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mark = |finding: &Value| {
        let line = finding["span"]["start"]["line"].as_u64().unwrap();
        (text(&finding["path"]), line, text(&finding["rule"]), text(&finding["level"]))
    };
    report["findings"].as_array().unwrap().iter().map(mark).collect()
}

#[track_caller]
fn exactly(name: &str, code: i32) -> Value {
    let root = fixture(name);
    let (exit, report) = check(&root);
    let (expected, found) = (expected(&root), found(&report));
    assert!(!expected.is_empty(), "no marks in {name}");
    assert_eq!(found, expected, "found (left) and expected (right) in {name}\n{report:#}");
    assert_eq!(report["findings"].as_array().unwrap().len(), expected.len(), "{report:#}");
    assert_eq!(exit, code);
    report
}

/// The one finding of a rule.
fn the<'r>(report: &'r Value, rule: &str) -> &'r Value {
    let mut of_rule = report["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == rule);
    let first = of_rule.next().unwrap();
    assert!(of_rule.next().is_none(), "{report:#}");
    first
}

#[test]
fn the_postgres_that_was_already_gone() {
    exactly("port-collision", 1);
}

#[test]
fn the_server_nobody_stopped() {
    exactly("stale-server", 1);
}

#[test]
fn the_containers_that_ran_for_days() {
    let report = exactly("leaked-containers", 0);
    assert_eq!(the(&report, "trap-only-teardown")["chain"][0]["what"], "bash scripts/provision-e2e.sh");
}

#[test]
fn the_sandbox_that_died_after_every_merge() {
    let report = exactly("unscoped-label", 1);
    let finding = the(&report, "unscoped-label-filter");
    let chain = finding["chain"].as_array().unwrap();
    assert_eq!(chain.len(), 1);
    assert_eq!(chain[0]["path"], ".gitea/workflows/integration.yaml");
    assert_eq!(chain[0]["what"], "bash integration/scripts/preclean.sh");
    assert_eq!(chain[0]["span"]["start"]["line"], 18);
    assert_eq!(finding["callers"], serde_json::json!([".gitea/workflows/integration.yaml#integration"]));
}

#[test]
fn what_programs_make_and_the_configuration_declares() {
    exactly("declared-workspaces", 1);
}
