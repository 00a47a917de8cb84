//! Proof (f): which fixes are left out where jobs behave worse, and how those are graded that stay.

use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::check::{Engine, Options};
use crate::edit::Applicability;
use crate::fix::mending::Mending;
use crate::fix::outcome::Outcome;
use crate::fix::prove::Unproven;

const WORKFLOW: &str = ".gitea/workflows/w.yml";
const PRUNES: [&str; 3] = ["docker system prune -f", "docker volume prune -f", "docker network prune -f"];
const TEXT: &str = "on: push
jobs:
  a:
    runs-on: x
    steps:
      - run: docker system prune -f
      - run: docker volume prune -f
      - run: docker network prune -f
";

/// Mends the job with fixes that give its steps other scripts.
fn mended(scripts: &[(usize, &str, Applicability)], least: Applicability) -> Outcome {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir_all(folder.path().join(".gitea/workflows")).unwrap();
    std::fs::write(folder.path().join(WORKFLOW), TEXT).unwrap();
    let options = Options::new(folder.path(), vec![".".into()]);
    let engine = Engine::built_in();
    let mut mending = Mending::new(&engine, &options).unwrap();
    for finding in &mut mending.first.report.findings {
        finding.fix = None;
    }
    for &(step, script, applicability) in scripts {
        let at = TEXT.find(PRUNES[step]).unwrap();
        let findings = &mut mending.first.report.findings;
        let own = findings.iter_mut().find(|one| one.rule == "unscoped-prune" && one.location.span.start == at);
        let meaning = Meaning::Yaml(vec![set(&format!("jobs/a/steps/{step}/run"), script)]);
        let made = fix(vec![edit(WORKFLOW, TEXT, PRUNES[step], script)], meaning);
        // Fixes of this rewrite may be made at once in one job.
        own.unwrap().fix = Some(Arc::new(Fix { rewrite: "unique-name", applicability, ..made }));
    }
    mending.state = mending.first.clone();
    mending.mend(least).unwrap();
    mending.rehearse(least).unwrap();
    mending.end()
}

fn text(outcome: &Outcome) -> &str {
    std::str::from_utf8(&outcome.files[WORKFLOW].new).unwrap()
}

#[test]
fn of_fixes_that_make_a_job_worse_all_that_can_be_kept_are() {
    use Applicability::Safe;
    let fixes = [(0, "echo one", Safe), (1, "curl -f http://nowhere:1/", Safe), (2, "curl -f http://nowhere:2/", Safe)];
    let outcome = mended(&fixes, Safe);
    assert_eq!(text(&outcome), TEXT.replace(PRUNES[0], "echo one"));
    let whys: Vec<&Unproven> = outcome.dropped.iter().map(|dropped| &dropped.why).collect();
    assert!(matches!(whys[..], [Unproven::Behaviour(_), Unproven::Behaviour(_)]), "{whys:?}");
}

#[test]
fn a_fix_that_holds_only_with_an_unsafe_one_is_unsafe() {
    let (tells, asks) = ("echo \"WHERE=www.example.com\" >> \"$GITHUB_ENV\"", "curl -f \"http://$WHERE:1/\"");
    let fixes =
        [(0, tells, Applicability::Unsafe), (1, asks, Applicability::Safe), (2, "echo two", Applicability::Safe)];
    let outcome = mended(&fixes, Applicability::Unsafe);
    let graded = |script: &str| {
        let made = outcome.applied.iter().find(|applied| applied.fix.edits[0].new == script).unwrap();
        (made.fix.applicability, made.fix.why.as_deref().unwrap_or_default().to_owned())
    };
    let (grade, why) = graded(asks);
    assert_eq!(grade, Applicability::Unsafe);
    assert!(why.starts_with("it is right only together with other fixes of the job"), "{why}");
    assert_eq!(graded("echo two").0, Applicability::Safe);
}
