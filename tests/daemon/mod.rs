//! A Docker daemon to test on, shared by the test binaries: each uses its own part of this.
#![allow(dead_code)]

#[path = "../needs/mod.rs"]
pub mod needs;
#[cfg(target_os = "linux")]
pub mod own;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Where a daemon listens unless it is told otherwise.
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

pub const BUSYBOX: &str = "berth-test/busybox:latest";
pub const POSTGRES: &str = "berth-test/postgres:latest";

/// The daemon's socket, here and on its own host: DOCKER_HOST says which daemon is tested. Jobs in containers get it
/// where they expect it.
pub fn socket() -> &'static str {
    static SOCKET: OnceLock<String> = OnceLock::new();
    SOCKET.get_or_init(|| {
        let host = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
        let host = host.unwrap_or_else(|| format!("unix://{DEFAULT_SOCKET}"));
        host.strip_prefix("unix://").expect("DOCKER_HOST=unix://…: containers get the socket").to_owned()
    })
}

/// The option of `docker run` that puts the socket where a job looks for it.
pub fn socket_mount() -> String {
    format!("{}:{DEFAULT_SOCKET}", socket())
}

/// Fails a test when no daemon answers, or the images of the tests are missing.
#[track_caller]
pub fn needs_daemon() {
    static ANSWERS: OnceLock<bool> = OnceLock::new();
    let answers = *ANSWERS.get_or_init(|| {
        let version = Command::new("docker").arg("version").output();
        let answers = version.is_ok_and(|output| output.status.success());
        if answers {
            for image in [BUSYBOX, POSTGRES] {
                let there = Command::new("docker").args(["image", "inspect", image]).output();
                assert!(
                    there.is_ok_and(|output| output.status.success()),
                    "{image} is missing: run .ci/docker-daemon.sh start"
                );
            }
        }
        answers
    });
    let answers = answers.then_some(()).ok_or("none answers; `.ci/docker-daemon.sh start` starts one");
    needs::needed("Docker daemon", answers);
}

/// The static build that goes into job containers: `BERTH_RUN_STATIC`, else built here.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(path) = std::env::var_os("BERTH_RUN_STATIC") {
            return fs::canonicalize(path).expect("BERTH_RUN_STATIC names a file");
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let built = Command::new(env!("CARGO"))
            .current_dir(root)
            .env("RUSTFLAGS", "-C target-feature=+crt-static")
            .args(["build", "--quiet", "--profile", "helper", "--no-default-features"])
            .args(["--features", "run", "--bin", "berth-run", "--target", &triple])
            .status()
            .unwrap();
        assert!(built.success(), "the static build failed");
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
        target.join(triple).join("helper/berth-run")
    })
}

/// A name no other test, and no other run of the tests, has.
pub fn unique(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("bt-{what}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// What `docker` printed, which must have worked.
pub fn docker(words: &[&str]) -> String {
    let output = Command::new("docker").args(words).output().unwrap();
    assert!(output.status.success(), "docker {}: {}", words.join(" "), text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

/// The same, where failing is fine.
pub fn docker_may_fail(words: &[&str]) -> bool {
    Command::new("docker").args(words).output().unwrap().status.success()
}

/// Whether there is such a container.
pub fn exists(container: &str) -> bool {
    docker_may_fail(&["container", "inspect", container])
}

/// Names and states of the containers with a label.
pub fn labelled(label: &str) -> Vec<String> {
    let filter = format!("label={label}");
    docker(&["ps", "-a", "--filter", &filter, "--format", "{{.Names}} {{.State}}"]).lines().map(str::to_owned).collect()
}

/// Waits until `holds`, at most so long; the time it took.
pub fn within(limit: Duration, what: &str, mut holds: impl FnMut() -> bool) -> Duration {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
    started.elapsed()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What one step ended with.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn of(output: &Output) -> Self {
        Self { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Fails the test unless it ended with 0.
    #[track_caller]
    pub fn fine(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self
    }
}

/// A container that is removed, with its volumes, when the test ends.
pub struct Container(pub String);

impl Container {
    /// `docker run -d --name <unique> …`
    pub fn run(what: &str, words: &[&str]) -> Self {
        let name = unique(what);
        let mut all = vec!["run", "-d", "--name", &name];
        all.extend_from_slice(words);
        docker(&all);
        Self(name)
    }

    pub fn running(&self) -> bool {
        docker_may_fail(&["exec", &self.0, "true"])
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        docker_may_fail(&["rm", "-fv", &self.0]);
    }
}

/// A network that is removed when the test ends.
pub struct Network(pub String);

impl Network {
    pub fn make(name: &str, words: &[&str]) -> Self {
        let mut all = vec!["network", "create"];
        all.extend_from_slice(words);
        all.push(name);
        docker(&all);
        Self(name.to_owned())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        docker_may_fail(&["network", "rm", &self.0]);
    }
}

/// Removes what a failed test left of one run.
pub fn sweep(label: &str) {
    let filter = format!("label={label}");
    let left = Command::new("docker").args(["ps", "-aq", "--filter", &filter]).output().unwrap();
    for id in text(&left.stdout).lines() {
        docker_may_fail(&["rm", "-fv", id]);
    }
}
