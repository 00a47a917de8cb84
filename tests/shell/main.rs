//! The walker against bash: scripts that are made up run under bash with programs that write down how they are
//! called, and are walked in a world that does the same. Both must give the same commands with the same words in
//! the same order.
//!
//! Commands in different stages of a pipe run at the same time: of them no order is asked. Two logs are the same
//! when of every two commands that do not, and of every command alone, both tell the same.
//!
//! What is not made up here, because the walker does it otherwise, and why:
//! - globs (`*.log`): which files there are, only the machine knows; the word stays as it is.
//! - `( ! { a; b; } )`: bash heeds `set -e` in it, other than POSIX and itself elsewhere.
//! - `! { set -e; a; b; }`: bash heeds a `set -e` in it, other than POSIX, unless one was in force before.
//! - what a command in the background reads where a pipe or a redirection stands around it: in some places bash does
//!   not give it `/dev/null`.
//! - the locals of a function that is a stage of a pipe: a trap that runs when the stage ends still sees them in bash.
//! - `IFS` in field splitting: read by `read` alone; no script has been met that sets it for a command's words.
//! - `;&` and `;;&` in `case`: the parser reads them as `;;`.
//! - `set -e` in a substitution of `sh`: bash lets `$( … )` go on, dash does not; the walker does as bash.
//! - `read` without `-r` of a line with a backslash: what it quotes or joins is not read.
//! - `${x-d}` of a variable that was unset: unset and empty are one.
//! - a file that is read while the same command writes it: it is written when the command ends.
//! - descriptors above 2: what is printed there is not followed.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod generate;
mod recorder;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use berthlint::follow::Files;
use berthlint::source::Source;
use berthlint::trace::{Setting, walk_job};
use berthlint::workflow::Workflow;
use generate::{Place, Script};
use recorder::{Call, Recorder};

/// What bash runs.
fn under_bash(script: &Script, folder: &Path) -> Vec<Call> {
    let (programs, work) = (folder.join("programs"), tempfile::tempdir_in(folder).unwrap());
    let (path, log) = (work.path().join("script"), folder.join("log"));
    fs::write(&path, &script.text).unwrap();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.file_name().to_string_lossy().starts_with("log") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    let mut bash = Command::new("timeout");
    bash.args(["20", "bash"]).args(script.errexit.then_some("-e")).arg(&path).current_dir(work.path());
    bash.env_clear().env("PATH", format!("{}:/usr/bin:/bin", programs.display())).env("ORACLE_LOG", &log);
    let output = bash.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
    assert_ne!(output.status.code(), Some(124), "goes on for ever:\n{}", script.text);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("syntax error"), "{said}\n{}", script.text);
    recorder::calls(&fs::read_to_string(&log).unwrap_or_default())
}

/// What the walker runs, and what of it the world could not answer.
fn walked(script: &Script) -> (Vec<Call>, Vec<String>) {
    let body: String = script.text.lines().map(|line| format!("          {line}\n")).collect();
    let shell = if script.errexit { "bash -e {0}" } else { "bash {0}" };
    let workflow =
        format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - shell: {shell}\n        run: |\n{body}");
    let source = Source::new(".gitea/workflows/ci.yml", workflow.into_bytes()).unwrap();
    let tree = berthlint::yaml::parse(&source).unwrap();
    let workflow = Workflow::read(&tree).unwrap();
    let setting = Setting {
        files: &Files::in_memory([]),
        follow: true,
        source: &source,
        workflow: &workflow,
        job: &workflow.jobs[0],
        has_job_index: false,
        is_self_hosted: false,
        container_env_wins: true,
        inputs: BTreeMap::new(),
        flags: BTreeSet::new(),
        needs: Default::default(),
    };
    let mut world = Recorder::default();
    walk_job(&setting, &mut world);
    (world.calls, world.unknown)
}

fn number(call: &Call) -> usize {
    call.get(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}

/// Whether two commands may run at the same time.
fn beside(script: &Script, one: usize, other: usize) -> bool {
    let none = Vec::new();
    let places = |number: usize| script.places.get(&number).unwrap_or(&none);
    let apart = |one: &Place, other: &Place| {
        one.iter()
            .zip(other)
            .any(|((node, stage), (other_node, other_stage))| node == other_node && stage != other_stage)
    };
    places(one).iter().any(|one| places(other).iter().any(|other| apart(one, other)))
}

/// Where two logs differ; nothing when they are the same.
fn difference(script: &Script, bash: &[Call], walk: &[Call]) -> Option<String> {
    let all: BTreeSet<usize> = bash.iter().chain(walk).map(number).collect();
    for &one in &all {
        for &other in all.range(one..) {
            let of = |calls: &[Call]| -> Vec<Call> {
                calls.iter().filter(|call| [one, other].contains(&number(call))).cloned().collect()
            };
            let (mut ours, mut theirs) = (of(walk), of(bash));
            // A function that is called in two stages of a pipe runs beside itself.
            if [(one, one), (one, other), (other, other)].iter().any(|(one, other)| beside(script, *one, *other)) {
                if one != other {
                    continue;
                }
                ours.sort();
                theirs.sort();
            }
            if ours != theirs {
                return Some(format!("commands {one} and {other}\nbash: {theirs:?}\nwalk: {ours:?}"));
            }
        }
    }
    None
}

fn check(seeds: std::ops::Range<u64>) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("programs")).unwrap();
    recorder::install(&folder.path().join("programs"));
    let mut wrong = Vec::new();
    let mut commands = 0;
    for seed in seeds.clone() {
        let script = generate::script(seed);
        let bash = under_bash(&script, folder.path());
        let (walk, unknown) = walked(&script);
        commands += bash.len();
        if let Some(difference) = difference(&script, &bash, &walk) {
            wrong.push(format!(
                "--- seed {seed}{}\n{}\n{difference}\nnot known: {unknown:?}",
                if script.errexit { " -e" } else { "" },
                script.text
            ));
        }
    }
    let count = wrong.len();
    wrong.sort_by_key(String::len);
    wrong.truncate(5);
    assert!(wrong.is_empty(), "{count} of {seeds:?} differ; the shortest:\n{}", wrong.join("\n"));
    assert!(commands as u64 > seeds.end - seeds.start, "the scripts run nothing");
}

#[test]
fn bash_runs_what_the_walker_runs() {
    check(0..120);
}

#[test]
#[ignore = "minutes: SEEDS=from..to"]
fn bash_runs_what_the_walker_runs_for_long() {
    let seeds = std::env::var("SEEDS").unwrap_or_else(|_| "1000..6000".to_owned());
    let (from, to) = seeds.split_once("..").unwrap();
    check(from.parse().unwrap()..to.parse().unwrap());
}
