//! `action.yml`: what its steps run, under bash, with programs that note how they are called.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_yaml::Value;
use tempfile::TempDir;

fn action() -> Value {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

/// A machine with these programs: each notes its arguments, one a line.
fn machine(programs: &[&str]) -> TempDir {
    let machine = TempDir::new().unwrap();
    fs::create_dir(machine.path().join("bin")).unwrap();
    for name in programs {
        let program = machine.path().join("bin").join(name);
        fs::write(&program, format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}/{name}'\n", machine.path().display()))
            .unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    machine
}

/// Runs a step as runners do; gives back what a program noted.
fn run(machine: &TempDir, step: usize, env: &[(&str, &str)], program: &str) -> Option<Vec<String>> {
    let action = action();
    let step = &action["runs"]["steps"][step];
    assert_eq!(step["shell"], "bash");
    let path = machine.path().join("bin");
    let done = Command::new("/bin/bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()])
        .current_dir(machine.path())
        .env_clear()
        .env("PATH", &path)
        .env("RUNNER_TEMP", machine.path())
        .env("GITHUB_PATH", machine.path().join("path"))
        .envs(env.iter().copied())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let noted = fs::read_to_string(machine.path().join(program)).ok()?;
    Some(noted.lines().map(str::to_owned).collect())
}

#[test]
fn arguments_are_words_and_nothing_in_them_is_expanded() {
    let machine = machine(&["berthlint", "touch"]);
    let noted = run(&machine, 1, &[("ARGS", "--fail-on warning * $(touch x) `touch x`; $HOME")], "berthlint").unwrap();
    assert_eq!(noted, ["check", "--fail-on", "warning", "*", "$(touch", "x)", "`touch", "x`;", "$HOME"]);
    assert!(!machine.path().join("touch").exists());
    assert_eq!(run(&machine, 1, &[("ARGS", "")], "berthlint").unwrap(), ["check"]);
}

#[test]
fn it_builds_itself_where_it_is_not_there() {
    let there = machine(&["berthlint", "cargo"]);
    assert_eq!(run(&there, 0, &[("ACTION", "/a b")], "cargo"), None);
    let missing = machine(&["cargo"]);
    let noted = run(&missing, 0, &[("ACTION", "/a b")], "cargo").unwrap();
    let root = missing.path().join("berthlint");
    assert_eq!(noted[..4], ["install", "--locked", "--path", "/a b"]);
    assert_eq!(noted.last().unwrap(), root.to_str().unwrap());
    let path = fs::read_to_string(missing.path().join("path")).unwrap();
    assert_eq!(path, format!("{}/bin\n", root.display()));
}

/// No expression stands where a shell would read it, and inputs arrive in variables.
#[test]
fn no_input_is_read_by_the_shell() {
    for step in action()["runs"]["steps"].as_sequence().unwrap() {
        assert!(!step["run"].as_str().unwrap().contains("${{"), "{step:?}");
    }
}
