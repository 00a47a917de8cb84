//! The four incidents: every `# expect: rule level` in the fixtures is found on its line, and nothing else.
#![allow(clippy::unwrap_used)]

mod marks;

use std::collections::BTreeSet;

use marks::{check, expected, fixtures, found};
use serde_json::Value;

#[track_caller]
fn exactly(name: &str, code: i32) -> Value {
    let root = fixtures("incidents").join(name);
    let (exit, report) = check(&root, &[]);
    let (expected, found) = (expected(&root), found(&report));
    let distinct: BTreeSet<_> = found.iter().cloned().collect();
    assert!(!expected.is_empty(), "no marks in {name}");
    assert_eq!(distinct, expected, "found (left) and expected (right) in {name}\n{report:#}");
    assert_eq!(found.len(), expected.len(), "{report:#}");
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
