//! Data never becomes shell: repositories in which any input may be hostile are mended, and every script of the result
//! is run by sh and by bash on a machine of stubs. What must not run, and did not before, does not run afterwards.
//!
//! `BERTHLINT_HOSTILE=5000 cargo test --test hostile` tries that many repositories.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod machine;
mod repositories;
mod slots;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use berthlint::check::{Engine, Options};
use berthlint::edit::Applicability;
use berthlint::facts::Confidence;
use berthlint::fix::fix;
use berthlint::rewrite::REWRITES;
use rayon::prelude::*;
use tempfile::TempDir;

use machine::{Contexts, Daemon, Machine};
use repositories::{KINDS, Repository};
use slots::Slots;

/// How many repositories are tried unless more are asked for.
const TRIED: usize = 340;
/// Rewrites that none of these repositories asks for, and why nothing of a stranger's gets into what they write.
const UNTRIED: [(&str, &str); 6] = [
    ("drop-option", "it writes nothing"),
    ("guard", "it writes a call of `berth-run` in which nothing changes"),
    ("lease-port", "it writes `berth-run port` and a variable's name that was there"),
    ("loopback", "it writes an address of digits"),
    ("pin-runner", "it writes a label of the configuration"),
    ("reap", "it writes the program's name only where a shell has nothing to expand in it"),
];
const SHELLS: [&str; 2] = ["sh", "bash"];
const DAEMONS: [Daemon; 3] = [Daemon::Works, Daemon::Fails, Daemon::LosesContainers];

/// The files after all fixes, unsafe ones included, and the rewrites that made them.
fn mended(
    files: &BTreeMap<String, String>,
    min_confidence: Confidence,
) -> (BTreeMap<String, String>, Vec<&'static str>) {
    let here = TempDir::new().unwrap();
    for (path, text) in files {
        let path = here.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let options = Options::new(here.path(), vec![PathBuf::from(".")]);
    let options = Options { min_confidence: Some(min_confidence), ..options };
    let outcome = fix(&Engine::built_in(), &options, Applicability::Unsafe).unwrap_or_else(|error| panic!("{error}"));
    let mut after = files.clone();
    for (path, changed) in outcome.files {
        after.insert(path, String::from_utf8(changed.new).unwrap());
    }
    (after, outcome.applied.iter().map(|applied| applied.fix.rewrite).collect())
}

/// What runs in any of the ways docker may behave.
fn marks(
    machine: &Machine,
    files: &BTreeMap<String, String>,
    known: &Contexts,
    shell: &'static str,
) -> BTreeSet<String> {
    DAEMONS.iter().flat_map(|daemon| machine.marks(files, known, shell, *daemon)).collect()
}

/// What runs in the mended files and did not before, by shell.
fn broken_in(
    machine: &Machine,
    known: &Contexts,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut broken = Vec::new();
    for shell in SHELLS {
        let (before, after) = (marks(machine, old, known, shell), marks(machine, new, known, shell));
        broken.extend(after.difference(&before).map(|mark| format!("{shell} runs {mark}")));
    }
    broken
}

/// One repository: which rewrites changed it, and what is wrong with the result.
fn tried(machine: &Machine, seed: usize) -> (Vec<&'static str>, bool, Option<String>) {
    let (kind, make) = KINDS[seed % KINDS.len()];
    let mut slots = Slots::new(seed as u64);
    let Repository { files, known } = make(&mut slots);
    // What is less sure is mended as well, but no fix may bring such a finding then.
    let confidence = slots.random.pick(&[Confidence::Low, Confidence::Medium]);
    let (after, applied) = mended(&files, confidence);
    let is_hostile = !slots.inputs.is_empty();
    if after == files {
        return (applied, is_hostile, None);
    }
    let broken = broken_in(machine, &known, &files, &after);
    let complaint = (!broken.is_empty()).then(|| {
        let changed: String = after
            .iter()
            .filter(|(path, text)| files.get(*path) != Some(*text))
            .map(|(path, text)| format!("--- {path}\n{}\n+++\n{text}\n", files.get(path).map_or("", String::as_str)))
            .collect();
        format!("seed {seed}, {kind}: {broken:?}; {:#?}; {applied:?}\n{changed}{known:#?}", slots.inputs)
    });
    (applied, is_hostile, complaint)
}

#[test]
fn no_payload_runs_that_did_not_run_before() {
    let machine = Machine::new();
    let count = std::env::var("BERTHLINT_HOSTILE").ok().and_then(|count| count.parse().ok()).unwrap_or(TRIED);
    let all: Vec<_> = (0..count).into_par_iter().map(|seed| tried(&machine, seed)).collect();
    let complaints: Vec<&String> = all.iter().filter_map(|(_, _, complaint)| complaint.as_ref()).collect();
    let shown: Vec<&str> = complaints.iter().take(3).map(|complaint| complaint.as_str()).collect();
    assert!(complaints.is_empty(), "{} of {count} repositories:\n{}", complaints.len(), shown.join("\n"));
    // What is not mended proves nothing.
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for rewrite in all.iter().filter(|(_, is_hostile, _)| *is_hostile).flat_map(|(applied, _, _)| applied) {
        *counts.entry(rewrite).or_default() += 1;
    }
    for (name, _) in UNTRIED {
        assert!(!counts.contains_key(name), "{name} is tried by now: take it out of `UNTRIED`");
    }
    let untried = |name: &str| UNTRIED.iter().any(|(untried, _)| *untried == name);
    for rewrite in REWRITES.iter().map(|rewrite| rewrite.name).filter(|name| !untried(name)) {
        assert!(counts.get(rewrite).is_some_and(|count| *count > 0), "{rewrite} mends nothing: {counts:?}");
    }
}

/// The machine runs what is hostile, where a workflow lets it: else the property above would hold of anything.
#[test]
fn the_machine_runs_what_a_workflow_lets_it() {
    let machine = Machine::new();
    let known = Contexts::from([("matrix.v".to_owned(), "$(mark1)".to_owned())]);
    let files = |run: &str| {
        let text = format!(
            "on: push\njobs:\n  a:\n    steps:\n      - env: {{ V: '${{{{ matrix.v }}}}' }}\n        run: |\n          {run}\n"
        );
        BTreeMap::from([
            (".gitea/workflows/a.yml".to_owned(), text),
            ("x.sh".to_owned(), "#!/bin/sh\nmark2\n".to_owned()),
        ])
    };
    let quiet = files("docker rm 'pg-${{ matrix.v }}' \"$V\"");
    assert_eq!(broken_in(&machine, &known, &quiet, &files("docker rm \"$V\"")), Vec::<String>::new());
    let broken = broken_in(&machine, &known, &quiet, &files("docker rm \"pg-${{ matrix.v }}\""));
    assert_eq!(broken, ["sh runs mark1", "bash runs mark1"]);
    assert_eq!(broken_in(&machine, &known, &quiet, &files("./x.sh")), ["sh runs mark2", "bash runs mark2"]);
}
