//! The doors to what is outside: what is read, printed and written, whatever a stranger's repository holds.
#![allow(clippy::unwrap_used)]
#![cfg(unix)]

mod helper;
#[path = "../needs/mod.rs"]
mod needs;
mod print;
#[allow(dead_code)]
#[path = "../program/mod.rs"]
mod program;
mod read;
mod source;
mod torn;
mod write;

use std::ffi::OsStr;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;

/// A job with fixes that are safe.
const LEAK: &str = "on: push
jobs:
  test:
    runs-on: docker-host
    steps:
      - run: docker run -d --name pg postgres:16
      - run: make test
      - run: docker rm -f pg
";

/// What makes them safe.
const RUNNER: &str =
    "runners: [{ labels: [docker-host], runner: gitea-runner 2.0.0, daemon: shared, network: host }]\n";

const WORKFLOW: &str = ".gitea/workflows/test.yml";

/// A program that reads a device without an end, or waits for a pipe, is ended after this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Calls berthlint with arguments that may be no text.
fn call(here: &Path, arguments: &[impl AsRef<OsStr>]) -> Output {
    Command::cargo_bin("berthlint").unwrap().current_dir(here).args(arguments).timeout(PATIENCE).output().unwrap()
}

/// All that it says.
fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    text(&output.stdout) + &text(&output.stderr)
}

fn put(here: &Path, path: &str, text: &str) {
    let path = here.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
