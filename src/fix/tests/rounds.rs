//! Proofs (d) and (e), on a repository with findings of the built-in rules.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::check::{Engine, Options, Stdin, check};
use crate::edit::Applicability;
use crate::fix::candidate::Candidate;
use crate::fix::mending::Mending;
use crate::fix::outcome::Outcome;
use crate::fix::prove::Unproven;

const WORKFLOW: &str = ".gitea/workflows/w.yml";
const TEXT: &str = "on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: docker system prune -f
  b:
    runs-on: x
    steps:
      - run: docker volume prune -f
";

fn repository() -> (TempDir, Options) {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir_all(folder.path().join(".gitea/workflows")).unwrap();
    std::fs::write(folder.path().join(WORKFLOW), TEXT).unwrap();
    let options = Options::new(folder.path(), vec![".".into()]);
    (folder, options)
}

/// Fixes that give the step of the first or second job another script, each for the finding there.
fn outcome(options: &Options, fixes: &[(usize, &str)]) -> Outcome {
    let engine = Engine::built_in();
    let findings = check(&engine, options).unwrap().findings;
    let candidates = fixes.iter().map(|&(index, new)| {
        let (job, old) = [("a", "docker system prune -f"), ("b", "docker volume prune -f")][index];
        let fix = fix(
            vec![edit(WORKFLOW, TEXT, old, new)],
            Meaning::Yaml(vec![set(&format!("jobs/{job}/steps/0/run"), new)]),
        );
        let at = TEXT.find(old).unwrap();
        let own = findings.iter().filter(|finding| finding.rule == "unscoped-prune");
        let own = own.filter(|finding| finding.location.span.start == at).cloned().collect::<Vec<_>>();
        assert_eq!(own.len(), 1, "{findings:#?}");
        Candidate { fix: Arc::new(fix), findings: own }
    });
    let mut mending = Mending::new(&engine, options).unwrap();
    mending.round(candidates.collect()).unwrap();
    mending.end()
}

fn text(outcome: &Outcome) -> String {
    String::from_utf8(outcome.files[WORKFLOW].new.clone()).unwrap()
}

fn why(outcome: &Outcome) -> Vec<&Unproven> {
    outcome.dropped.iter().map(|dropped| &dropped.why).collect()
}

#[test]
fn what_holds_is_applied_together() {
    let (_folder, options) = repository();
    let outcome = outcome(&options, &[(0, "echo one"), (1, "echo two")]);
    assert_eq!((outcome.applied.len(), outcome.dropped.len()), (2, 0));
    assert!(text(&outcome).contains("echo one") && text(&outcome).contains("echo two"));
    assert!(outcome.report.findings.iter().all(|finding| finding.rule != "unscoped-prune"));
}

#[test]
fn a_finding_that_remains_drops_its_fix_alone() {
    let (_folder, options) = repository();
    let outcome = outcome(&options, &[(0, "docker system prune --force"), (1, "echo two")]);
    assert_eq!(why(&outcome), [&Unproven::Remains]);
    assert_eq!(text(&outcome), TEXT.replace("docker volume prune -f", "echo two"));
}

#[test]
fn what_a_fix_does_not_mend_leaves_the_others_it_is_for() {
    let (_folder, options) = repository();
    let engine = Engine::built_in();
    let findings = check(&engine, &options).unwrap().findings;
    let findings: Vec<_> = findings.into_iter().filter(|finding| finding.rule == "unscoped-prune").collect();
    assert_eq!(findings.len(), 2);
    let edits = vec![edit(WORKFLOW, TEXT, "docker volume prune -f", "echo two")];
    let fix = fix(edits, Meaning::Yaml(vec![set("jobs/b/steps/0/run", "echo two")]));
    let mut mending = Mending::new(&engine, &options).unwrap();
    mending.round(vec![Candidate { fix: Arc::new(fix), findings }]).unwrap();
    let outcome = mending.end();
    let mended: Vec<usize> = outcome.applied.iter().map(|applied| applied.findings.len()).collect();
    assert_eq!((mended, outcome.dropped.len()), (vec![1], 0));
    assert_eq!(text(&outcome), TEXT.replace("docker volume prune -f", "echo two"));
    assert!(outcome.report.findings.iter().any(|finding| finding.rule == "unscoped-prune"));
}

#[test]
fn a_new_finding_drops_the_fix_also_when_its_rule_is_not_asked_for() {
    let (_folder, mut options) = repository();
    options.select = vec!["unscoped-prune".to_owned()];
    let outcome = outcome(&options, &[(0, "docker run -d --name pg -p 5432:5432 postgres"), (1, "echo two")]);
    assert!(matches!(why(&outcome)[..], [Unproven::NewFinding(..)]), "{:?}", why(&outcome));
    assert_eq!(text(&outcome), TEXT.replace("docker volume prune -f", "echo two"));
}

#[test]
fn nothing_leads_back_to_where_it_began() {
    let (_folder, options) = repository();
    let outcome = outcome(&options, &[(0, "docker system prune -f")]);
    assert_eq!(why(&outcome), [&Unproven::Undone]);
    assert!(outcome.files.is_empty());
}

#[test]
fn of_two_that_overlap_one_waits() {
    let (_folder, options) = repository();
    let outcome = outcome(&options, &[(0, "echo one"), (0, "echo two")]);
    assert_eq!((outcome.applied.len(), outcome.dropped.len()), (1, 0));
}

#[test]
fn what_overlaps_takes_its_turn() {
    // Both name the same step: `--fix` itself goes on until both are mended.
    let (folder, mut options) = repository();
    let text = "on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: docker run -d --name pg postgres
      - run: docker rm -f pg
";
    std::fs::write(folder.path().join(WORKFLOW), text).unwrap();
    options.forge = Some(crate::runner::Forge::Gitea);
    options.min_confidence = Some(crate::facts::Confidence::Low);
    let once = crate::fix::fix(&Engine::built_in(), &options, Applicability::Unsafe).unwrap();
    assert!(once.applied.len() > 1, "{:#?}", once.applied);
    std::fs::write(folder.path().join(WORKFLOW), &once.files[WORKFLOW].new).unwrap();
    let again = crate::fix::fix(&Engine::built_in(), &options, Applicability::Unsafe).unwrap();
    assert!(again.files.is_empty(), "{:#?}", again.applied);
}

#[test]
fn of_standard_input_only_its_file_changes() {
    let (folder, mut options) = repository();
    std::fs::create_dir(folder.path().join("ci")).unwrap();
    std::fs::write(folder.path().join("ci/x.sh"), "docker system prune -f\n").unwrap();
    let bytes = TEXT.replace("docker system prune -f", "sh ci/x.sh").into_bytes();
    options.stdin = Some(Stdin { path: Path::new(WORKFLOW).into(), bytes: bytes.clone() });
    let engine = Engine::built_in();
    let mending = Mending::new(&engine, &options).unwrap();
    assert!(
        mending
            .candidates(Applicability::Display)
            .iter()
            .all(|candidate| { candidate.fix.edits.iter().all(|edit| &*edit.path == WORKFLOW) })
    );
    assert!(mending.end().files.is_empty());
}
