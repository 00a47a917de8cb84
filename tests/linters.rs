//! What other linters say of what `--fix` writes: over `fixtures/rewrite`, `after` has no kind of finding more often
//! than `before`.
//!
//! actionlint is built by Go and zizmor comes from PyPI, both into a folder below `target`; shellcheck is the
//! machine's. `cargo test --test linters -- --include-ignored` asks them.
#![allow(clippy::unwrap_used)]

mod needs;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tempfile::TempDir;
use walkdir::WalkDir;

use needs::needed;

const ACTIONLINT: &str = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";
const ZIZMOR: &str = "zizmor==1.32.0";

/// What is found anew and stays, with the reason: a case (or all), and a kind of finding.
const KNOWN: [(&str, &str, &str); 4] = [
    ("", "self-repository", "`$/` is known to GitHub alone"),
    ("", "github-env", "an action that starts a container has to tell the job its address"),
    (
        "port-python",
        "template-injection",
        "no variable of a shell is read in Python's text: the runner puts the port in",
    ),
    ("names-conditions", "excessive-permissions", "zizmor cannot read the tag in `before`, and says nothing of it"),
];

/// What is found in a case, `before` or `after`: how often, by kind.
type Found = BTreeMap<(String, String), usize>;

/// The kinds that are found in `after` more often, as lines.
fn worse(before: &Found, after: &Found) -> Vec<String> {
    let is_known =
        |case: &str, kind: &str| KNOWN.iter().any(|(of, what, _)| (of.is_empty() || *of == case) && *what == kind);
    let grown = after.iter().filter(|(key, count)| before.get(*key).copied().unwrap_or_default() < **count);
    let grown = grown.filter(|((case, kind), _)| !is_known(case, kind));
    grown.map(|((case, kind), count)| format!("{case}: {kind} is found {count} times")).collect()
}

fn add(found: &mut Found, case: &str, kind: &str) {
    *found.entry((case.to_owned(), kind.to_owned())).or_default() += 1;
}

/// The files of the cases below `before` or `after`, with their case and their path in it.
fn files(side: &str) -> Vec<(String, String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rewrite");
    let all = WalkDir::new(&folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let all = all.filter(|entry| entry.file_type().is_file()).filter_map(|entry| {
        let within = entry.path().strip_prefix(&folder).unwrap().to_str().unwrap().replace('\\', "/");
        let (case, rest) = within.split_once('/')?;
        let path = rest.strip_prefix(side)?.strip_prefix('/')?;
        Some((case.to_owned(), path.to_owned(), entry.path().to_owned()))
    });
    all.collect()
}

fn is_workflow(path: &str) -> bool {
    path.contains("/workflows/") || path.starts_with("workflows/")
}

fn is_action(path: &str) -> bool {
    path.ends_with("action.yml") || path.ends_with("action.yaml")
}

/// What a program prints on its output, which is JSON.
fn json(command: &mut Command) -> Value {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{command:?}: {error}\n{said}"))
}

#[track_caller]
fn had(name: &str, program: Result<PathBuf, String>) -> PathBuf {
    needed(name, program.as_deref().map_err(String::as_str)).to_owned()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("linters")
}

fn works(program: &Path) -> Result<PathBuf, String> {
    match Command::new(program).arg("--version").output() {
        Ok(output) if output.status.success() => Ok(program.to_owned()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Err(format!("{}: {error}", program.display())),
    }
}

fn must(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Err(format!("{}: {error}", command.get_program().to_string_lossy())),
    }
}

fn shellcheck() -> PathBuf {
    had("shellcheck", works(Path::new("shellcheck")))
}

/// Tests run beside each other: one installs, the others wait and find it.
static INSTALLING: Mutex<()> = Mutex::new(());

fn actionlint() -> PathBuf {
    let _one = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = folder().join("go");
    let program = folder.join("actionlint");
    let install = || must(Command::new("go").args(["install", ACTIONLINT]).env("GOBIN", &folder).env("GOFLAGS", ""));
    had("actionlint", works(&program).or_else(|_| install().and_then(|()| works(&program))))
}

fn zizmor() -> PathBuf {
    let _one = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = folder().join("zizmor");
    let bin = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let program = bin.join("zizmor");
    let install = || {
        must(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        must(Command::new(bin.join("pip")).args(["install", "--quiet", "--disable-pip-version-check", ZIZMOR]))
    };
    had("zizmor", works(&program).or_else(|_| install().and_then(|()| works(&program))))
}

/// actionlint asks shellcheck of every `run:`, where there is one.
#[test]
#[ignore = "needs Go: builds actionlint"]
fn actionlint_finds_nothing_new() {
    let program = actionlint();
    let found = ["before", "after"].map(|side| {
        let workflows: Vec<_> = files(side).into_iter().filter(|(_, path, _)| is_workflow(path)).collect();
        let mut command = Command::new(&program);
        let all = json(command.args(["-format", "{{json .}}"]).args(workflows.iter().map(|(.., path)| path)));
        let mut found = Found::new();
        for one in all.as_array().unwrap() {
            let path = fs::canonicalize(one["filepath"].as_str().unwrap()).unwrap();
            let (case, ..) = workflows.iter().find(|(.., known)| fs::canonicalize(known).unwrap() == path).unwrap();
            // `shellcheck reported issue in this script: SC2086:info:…`
            let code = one["message"].as_str().unwrap().split(':').nth(1).unwrap_or_default().trim();
            let kind = one["kind"].as_str().unwrap();
            add(&mut found, case, if kind == "shellcheck" { code } else { kind });
        }
        found
    });
    let [before, after] = found;
    assert!(!before.is_empty(), "actionlint has read nothing");
    assert_eq!(worse(&before, &after), Vec::<String>::new());
}

/// It reads what stands in `.github` alone: each forge's folder is laid out as one.
#[test]
#[ignore = "needs PyPI: installs zizmor"]
fn zizmor_finds_nothing_new() {
    let program = zizmor();
    let found = ["before", "after"].map(|side| {
        let here = TempDir::new().unwrap();
        for (case, path, file) in files(side).into_iter().filter(|(_, path, _)| is_workflow(path) || is_action(path)) {
            let path = [".github", ".gitea", ".forgejo"].into_iter().fold(path, |path, forge| {
                path.replace(&format!("{forge}/"), &format!("{}/.github/", forge.trim_start_matches('.')))
            });
            let path = here.path().join(case).join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::copy(file, path).unwrap();
        }
        let mut command = Command::new(&program);
        let command = command.current_dir(here.path()).args(["--offline", "--no-progress", "--collect=all"]);
        let all = json(command.args(["--format", "json", "."]));
        let mut found = Found::new();
        for one in all.as_array().unwrap() {
            let key = &one["locations"][0]["symbolic"]["key"];
            let path = key["Local"]["verbatim_path"].as_str().unwrap_or_else(|| panic!("{one}"));
            let case = path.trim_start_matches("./").split('/').next().unwrap();
            add(&mut found, case, one["ident"].as_str().unwrap());
        }
        found
    });
    let [before, after] = found;
    assert!(!before.is_empty(), "zizmor has read nothing");
    assert_eq!(worse(&before, &after), Vec::<String>::new());
}

/// Scripts of their own, and those in actions, which actionlint does not read.
#[test]
#[ignore = "needs shellcheck"]
fn shellcheck_finds_nothing_new() {
    let program = shellcheck();
    let found = ["before", "after"].map(|side| {
        let here = TempDir::new().unwrap();
        let mut cases = BTreeMap::new();
        for (case, path, file) in files(side) {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let scripts = if is_action(&path) {
                scripts(&text)
            } else if path.ends_with(".sh") || text.starts_with("#!/") {
                vec![text]
            } else {
                Vec::new()
            };
            for script in scripts {
                let name = here.path().join(format!("{}.sh", cases.len()));
                fs::write(&name, script).unwrap();
                cases.insert(name.to_str().unwrap().to_owned(), case.clone());
            }
        }
        let mut command = Command::new(&program);
        // As actionlint asks it: variables come from the environment, and files from elsewhere.
        let all = json(command.args(["-f", "json", "-e", "SC1091,SC2153,SC2154"]).args(cases.keys()));
        let mut found = Found::new();
        for one in all.as_array().unwrap() {
            add(&mut found, &cases[one["file"].as_str().unwrap()], &format!("SC{}", one["code"]));
        }
        assert!(!cases.is_empty(), "shellcheck has read nothing");
        found
    });
    let [before, after] = found;
    assert_eq!(worse(&before, &after), Vec::<String>::new());
}

/// The `run:` of a composite action's steps, as files.
fn scripts(action: &str) -> Vec<String> {
    let action: serde_yaml::Value = serde_yaml::from_str(action).unwrap();
    let steps = action["runs"]["steps"].as_sequence().cloned().unwrap_or_default();
    let runs = steps.iter().filter_map(|step| Some((step["run"].as_str()?, step["shell"].as_str().unwrap_or("bash"))));
    // What the runner puts in is a word, as actionlint has it.
    let expression = regex::Regex::new(r"\$\{\{.*?\}\}").unwrap();
    runs.map(|(run, shell)| format!("#!/usr/bin/env {shell}\n{}\n", expression.replace_all(run, "x"))).collect()
}

/// Of what this project runs itself nothing is found at all.
#[test]
#[ignore = "needs Go and PyPI: builds actionlint, installs zizmor"]
fn our_own_workflows_are_clean() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workflows = [".github", ".gitea", ".forgejo"].map(|forge| root.join(forge).join("workflows/release.yml"));
    let output = Command::new(actionlint()).args(&workflows).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let output = Command::new(zizmor()).args(["--offline", "--no-progress"]).arg(&workflows[0]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// A reason that no case needs is none.
#[test]
fn what_is_known_is_of_a_case() {
    let cases: BTreeSet<String> = files("after").into_iter().map(|(case, ..)| case).collect();
    for (case, kind, why) in KNOWN {
        assert!(case.is_empty() || cases.contains(case), "{case}");
        assert!(!kind.is_empty() && !why.is_empty());
    }
}

#[test]
#[ignore = "needs Go: builds actionlint"]
fn actionlint_and_shellcheck_find_nothing_in_a_sweeper() {
    let program = actionlint();
    let here = TempDir::new().unwrap();
    let folder = here.path().join(".gitea/workflows");
    fs::create_dir_all(&folder).unwrap();
    let run = "docker network create \"net-$GITHUB_RUN_ID\" && docker run -d --name \"pg-$GITHUB_RUN_ID\" postgres:16";
    let job = |id: &str| format!("  {id}:\n    runs-on: {id}-host\n    steps:\n      - run: {run}\n");
    fs::write(folder.join("ci.yml"), format!("on: push\njobs:\n{}{}", job("docker"), job("big"))).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_berthlint"));
    must(command.args(["sweeper", "--write"]).current_dir(here.path())).unwrap();
    let written = folder.join("berthlint-sweep.yml");
    assert!(written.is_file());
    // Which labels a forge's runners have, actionlint cannot know.
    must(Command::new(program).args(["-ignore", "label .+ is unknown"]).arg(written)).unwrap();
}
