use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::facts::{Confidence, Link};
use crate::finding::Level;
use crate::source::Span;

fn finding(rule: &str, path: &str, at: usize, job: &str, chain: &[&str]) -> Finding {
    let location = |path: &str, at| Location { path: Arc::from(path), span: Span::new(at, at + 1) };
    let chain = chain.iter().map(|path| Link { location: location(path, 0), what: "bash x.sh".to_owned() });
    Finding {
        rule: rule.to_owned(),
        family: "test".to_owned(),
        level: Level::Error,
        confidence: Confidence::High,
        message: "words".to_owned(),
        help: None,
        location: location(path, at),
        job: Some(job.to_owned()),
        step: None,
        related: Vec::new(),
        chain: chain.collect(),
        callers: Vec::new(),
        subject: "pg".to_owned(),
        fingerprint: String::new(),
        fix: None,
        withheld: None,
        waits: None,
        label: None,
    }
}

#[test]
fn callers_of_one_place_merge_and_the_shortest_way_stays() {
    let long = finding("a", "x.sh", 5, "one", &["w1.yml", "y.sh"]);
    let short = finding("a", "x.sh", 5, "two", &["w2.yml"]);
    let other = finding("b", "x.sh", 5, "two", &["w2.yml"]);
    let merged = merge::merge(vec![long, other, short]);
    assert_eq!(merged.len(), 2);
    assert_eq!(merged[0].chain.len(), 1);
    assert_eq!(merged[0].callers, ["w1.yml#one", "w2.yml#two"]);
}

#[test]
fn of_several_callers_the_surest_is_told() {
    let unsure = Finding {
        subject: "alpha".to_owned(),
        confidence: Confidence::Low,
        ..finding("a", "x.sh", 5, "one", &["w1.yml"])
    };
    let sure = Finding { subject: "beta".to_owned(), ..finding("a", "x.sh", 5, "two", &["w2.yml", "y.sh"]) };
    let merged = merge::merge(vec![unsure, sure.clone()]);
    assert_eq!((merged[0].subject.as_str(), merged[0].confidence), ("beta", sure.confidence));
    assert_eq!(merged[0].callers, ["w1.yml#one", "w2.yml#two"]);
}

#[test]
fn one_job_keeps_its_findings_apart() {
    let one = finding("a", "w.yml", 5, "one", &[]);
    let two = Finding { subject: "redis".to_owned(), ..one.clone() };
    assert_eq!(merge::merge(vec![one, two]).len(), 2);
}

#[test]
fn what_a_workflow_that_was_asked_for_finds_is_told_as_it_finds_it() {
    let surest = finding("a", "x.sh", 5, "one", &["w1.yml"]);
    let asked = Finding {
        subject: "redis".to_owned(),
        confidence: Confidence::Low,
        ..finding("a", "x.sh", 5, "two", &["w2.yml", "y.sh"])
    };
    let of_another = finding("a", "z.sh", 1, "one", &["w1.yml"]);
    let findings = vec![surest, asked.clone(), of_another];
    let all = merge::told("", findings.clone(), None);
    let is_asked = |finding: &Finding| {
        finding.chain.iter().any(|link| &*link.location.path == "w2.yml")
            || finding.callers.iter().any(|caller| caller.starts_with("w2.yml#"))
    };
    let told = merge::told("", findings, Some(&is_asked));
    let [shared, other] = told.as_slice() else { panic!("two places: {told:?}") };
    assert_eq!((&shared.subject, shared.confidence, &shared.chain), (&asked.subject, Confidence::Low, &asked.chain));
    assert_eq!((&shared.callers, &shared.fingerprint), (&all[0].callers, &all[0].fingerprint));
    assert_eq!(other, &all[1]);
}

#[test]
fn fingerprints_survive_moved_lines_and_count_equals() {
    let fingerprints = |shift: usize| -> Vec<String> {
        let places = [1, 9].map(|at| finding("a", "w.yml", at + shift, "one", &[]));
        let mut findings = merge::merge(places.to_vec());
        merge::fingerprint("", &mut findings);
        findings.into_iter().map(|finding| finding.fingerprint).collect()
    };
    assert_eq!(fingerprints(0), fingerprints(100));
    assert_ne!(fingerprints(0)[0], fingerprints(0)[1]);
}

const WORKFLOW: &str = "on: push\njobs: {}\n";

fn repository(panics: bool) -> (tempfile::TempDir, Engine) {
    let directory = tempfile::tempdir().expect("a directory");
    let folder = directory.path().join(".gitea/workflows");
    std::fs::create_dir_all(&folder).expect("directories");
    std::fs::write(folder.join("a.yml"), WORKFLOW).expect("a file");
    let mut engine = Engine::built_in();
    if panics {
        engine.model = |_| panic!("a defect");
    } else {
        engine.judge = |_| vec![finding("a", ".gitea/workflows/a.yml", 0, "one", &[])];
    }
    (directory, engine)
}

fn options(here: &Path) -> Options {
    Options::new(here, vec![PathBuf::from(".")])
}

#[test]
fn a_defect_of_the_model_is_an_error_of_the_report() {
    let (directory, engine) = repository(true);
    let report = check(&engine, &options(directory.path())).expect("a report");
    assert!(report.is_incomplete());
    assert!(report.errors[0].message.contains("a defect"), "{:?}", report.errors);
}

#[test]
fn the_configuration_sets_levels_and_switches_off() {
    let (directory, mut engine) = repository(false);
    let level = |engine: &Engine| check(engine, &options(directory.path())).expect("a report").findings.pop();
    assert_eq!(level(&engine).expect("a finding").level, Level::Error);
    engine.settings = |_, _| {
        let levels = BTreeMap::from([("a".to_owned(), Some(Level::Info))]);
        Ok(Settings { levels, ..Settings::default() })
    };
    assert_eq!(level(&engine).expect("a finding").level, Level::Info);
    engine.settings = |_, _| Ok(Settings { levels: BTreeMap::from([("a".to_owned(), None)]), ..Settings::default() });
    assert_eq!(level(&engine), None);
}

#[test]
fn what_is_not_sure_is_hidden_and_counted() {
    let (directory, mut engine) = repository(false);
    engine.judge = |_| {
        let sure = finding("a", ".gitea/workflows/a.yml", 0, "one", &[]);
        vec![Finding { confidence: Confidence::Low, ..sure }]
    };
    let mut options = options(directory.path());
    let report = check(&engine, &options).expect("a report");
    assert_eq!((report.findings.len(), report.hidden), (0, Hidden { other: 1, ..Hidden::default() }));
    options.min_confidence = Some(Confidence::Low);
    assert_eq!(check(&engine, &options).expect("a report").findings.len(), 1);
}

#[test]
fn an_excluded_file_is_not_even_read() {
    let (directory, mut engine) = repository(false);
    engine.settings = |_, _| {
        let glob = globset::Glob::new(".gitea/**").expect("a glob");
        let exclude = globset::GlobSetBuilder::new().add(glob).build().expect("globs");
        Ok(Settings { exclude, ..Settings::default() })
    };
    engine.judge = |_| Vec::new();
    assert_eq!(check(&engine, &options(directory.path())).expect("a report").files, 0);
}
