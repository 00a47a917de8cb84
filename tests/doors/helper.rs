//! What berth-run prints of a daemon's answers, of its variables and its arguments.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Output;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::said;

const EVIL: &str = "x\n::set-env name=PATH::/evil\r##[add-path]/evil\u{1b}[2J\u{202e} y";

/// A daemon that answers with what a stranger has called his things.
struct Daemon(TempDir);

impl Daemon {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let listener = UnixListener::bind(folder.path().join("docker.sock")).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || drop(serve(stream)));
            }
        });
        Self(folder)
    }

    fn host(&self) -> String {
        format!("unix://{}/docker.sock", self.0.path().display())
    }
}

fn serve(stream: UnixStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut request, mut length) = (String::new(), 0);
    reader.read_line(&mut request)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let (status, body) = answer(&request);
    let body = body.to_string();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn answer(request: &str) -> (u16, Value) {
    let labels = json!({
        "berth.managed": "1", "berth.token": "t", "berth.self": name(), "berth.repo": EVIL, "berth.run": EVIL,
        "berth.job": EVIL, "berth.expires": "1",
    });
    let path = request.split(' ').nth(1).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let container = |id: &str, labels: Value| json!({ "Id": id, "Names": [format!("/{}", name())], "Image": EVIL, "Labels": labels, "Created": 1, "State": "running" });
    match path.rsplit('/').next().unwrap_or_default() {
        "version" => (200, json!({ "Version": EVIL, "ApiVersion": "1.45", "MinAPIVersion": "1.24" })),
        "info" => (200, json!({})),
        "json" if path.ends_with("/containers/json") => {
            (200, json!([container("a", labels), container("b", json!({}))]))
        }
        "networks" => (200, json!([{ "Name": EVIL, "Id": "n", "Labels": labels }])),
        "volumes" => (
            200,
            json!({ "Volumes": [{ "Name": EVIL, "Driver": "local", "Mountpoint": "/", "Labels": labels, "Scope": "local", "Options": {} }] }),
        ),
        _ => (500, json!({ "message": EVIL })),
    }
}

/// A container's name has no slashes.
fn name() -> String {
    EVIL.replace('/', "-")
}

fn berth(host: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let temp = TempDir::new().unwrap();
    let mut command = Command::cargo_bin("berth-run").unwrap();
    command.env_clear().args(arguments).env("DOCKER_HOST", host).env("RUNNER_TEMP", temp.path());
    for (name, value) in [("SERVER_URL", "https://f.example"), ("REPOSITORY", "a/b"), ("RUN_ID", "1"), ("JOB", "j")] {
        command.env(format!("GITHUB_{name}"), value);
    }
    command.envs(variables.iter().copied()).timeout(std::time::Duration::from_secs(60)).output().unwrap()
}

#[track_caller]
fn harmless(output: &Output) -> String {
    let text = said(output);
    assert!(text.contains("set-env name"), "{text}");
    assert!(!text.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{text:?}");
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line:?} in\n{text}");
        let is_ours = ["berth-run: ", "  help: ", "daemon ", "mode ", "guard ", "network ", "leftover ", "reach "];
        let is_usage =
            ["error: ", "Usage: ", "For more", "  tip: ", "  [possible"].iter().any(|own| line.starts_with(own));
        assert!(line.is_empty() || is_usage || is_ours.iter().any(|own| line.starts_with(own)), "{line:?} in\n{text}");
    }
    text
}

#[test]
fn what_a_daemon_says_is_text() {
    let daemon = Daemon::start();
    let output = berth(&daemon.host(), &["doctor", "--orphans"], &[]);
    let text = harmless(&output);
    for thing in
        ["leftover container x\\n::set-env", "leftover network x\\n", "leftover volume x\\n", "run x\\n::set-env"]
    {
        assert!(text.contains(thing), "{thing} is not in\n{text}");
    }
    harmless(&berth(&daemon.host(), &["up", "web", "--image", "x", "--no-guard"], &[]));
}

#[test]
fn variables_and_arguments_are_text() {
    let daemon = Daemon::start();
    let socket = daemon.host();
    harmless(&berth(&format!("unix:///none/{EVIL}"), &["doctor"], &[]));
    harmless(&berth(&format!("ssh://{EVIL}"), &["doctor"], &[]));
    harmless(&berth(&socket, &["name", EVIL], &[]));
    harmless(&berth(&socket, &["up", "web", "--image", "x", "--env", EVIL], &[]));
    harmless(&berth(&socket, &["up", "web", "--image", "x", "--env-file", &format!("none/{EVIL}")], &[]));
    harmless(&berth(&socket, &["up", "web", &format!("--{EVIL}")], &[]));
    // No identity has control characters; JSON says the others to a program as they are.
    let job = "set-env name=PATH::/evil\u{202e}##[add-path]";
    harmless(&berth(&socket, &["labels", "--format", "args"], &[("GITHUB_JOB", job)]));
    let as_json = berth(&socket, &["labels", "--format", "json"], &[("GITHUB_JOB", job)]);
    let labels: Value = serde_json::from_slice(&as_json.stdout).unwrap();
    assert_eq!(labels["berth.job"], job);
    assert!(!said(&as_json).contains("\u{202e}") && !said(&as_json).contains("##["));
}
