//! Jobs as the runners make them, and a daemon to run them on.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub const BUSYBOX: &str = "berth-test/busybox:latest";
pub const POSTGRES: &str = "berth-test/postgres:latest";

/// Whether a daemon answers. Without one the caller returns; a test that must run fails.
pub fn daemon() -> bool {
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
    if !answers {
        let required = std::env::var("BERTH_REQUIRE_DOCKER").is_ok_and(|v| v == "1");
        assert!(!required, "BERTH_REQUIRE_DOCKER=1, and no Docker daemon answers");
        // Not print!: the test harness would hide it.
        let _ = writeln!(std::io::stderr(), "skipped: no Docker daemon");
    }
    answers
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

/// Who a job is.
#[derive(Debug, Clone)]
pub struct Who {
    pub run: String,
    pub job: String,
    pub leg: String,
}

impl Who {
    /// A run of its own.
    pub fn new() -> Self {
        Self { run: unique("run"), job: "test".into(), leg: String::new() }
    }

    fn variables(&self) -> BTreeMap<String, String> {
        [
            ("GITHUB_SERVER_URL", "https://forge.example"),
            ("GITHUB_REPOSITORY", "team/app"),
            ("GITHUB_RUN_ID", &self.run),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_JOB", &self.job),
            ("BERTH_LEG", &self.leg),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
    }

    pub fn label(&self) -> String {
        format!("berth.run={}", self.run)
    }
}

/// The variables of an environment file, the last assignment winning, as runners read it.
fn assigned(file: &str) -> BTreeMap<String, String> {
    let pairs = file.lines().filter_map(|line| line.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// A job in a container with the daemon's socket, as gitea-runner makes it.
pub struct ContainerJob {
    pub container: Container,
    pub who: Who,
}

impl ContainerJob {
    /// Its container is on `network`.
    pub fn start(who: &Who, network: &str) -> Self {
        Self::start_from(who, network, POSTGRES)
    }

    pub fn start_from(who: &Who, network: &str, image: &str) -> Self {
        Self::start_named(who, network, image, &unique("job"))
    }

    pub fn start_named(who: &Who, network: &str, image: &str, name: &str) -> Self {
        let mount = format!("{}:/berth-run:ro", program().display());
        let mut words: Vec<String> =
            ["run", "-d", "--name", name, "--network", network, "--user", "0:0", "-v"].map(str::to_owned).into();
        words.push("/var/run/docker.sock:/var/run/docker.sock".into());
        words.extend(["-v".into(), mount]);
        let mut variables = who.variables();
        variables.insert("RUNNER_TEMP".into(), "/tmp".into());
        variables.insert("GITHUB_ENV".into(), "/tmp/env".into());
        variables.insert("GITHUB_OUTPUT".into(), "/tmp/output".into());
        variables.insert("JOB_CONTAINER_NAME".into(), name.into());
        for (key, value) in variables {
            words.extend(["-e".into(), format!("{key}={value}")]);
        }
        words.extend(["--entrypoint", "/bin/sh", image, "-c", "sleep 3000"].map(str::to_owned));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        docker(&words);
        Self { container: Container(name.to_owned()), who: who.clone() }
    }

    /// `$GITHUB_ENV` as the next step would see it.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let read = Command::new("docker").args(["exec", &self.container.0, "cat", "/tmp/env"]).output();
        assigned(&text(&read.unwrap().stdout))
    }

    /// The command of a step that sees what earlier steps exported.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.arg("exec");
        for (key, value) in self.variables() {
            command.arg("-e").arg(format!("{key}={value}"));
        }
        command.arg(&self.container.0).args(words);
        command
    }

    /// A step that runs `words`.
    pub fn step(&self, words: &[&str]) -> Ended {
        Ended::of(&self.command(words).output().unwrap())
    }

    /// A step that runs berth-run.
    pub fn berth(&self, words: &[&str]) -> Ended {
        let mut all = vec!["/berth-run"];
        all.extend_from_slice(words);
        self.step(&all)
    }

    pub fn spawn_berth(&self, words: &[&str]) -> Child {
        let mut all = vec!["/berth-run"];
        all.extend_from_slice(words);
        self.command(&all).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// What SIGKILL to the container leaves, as after an out-of-memory kill.
    pub fn kill(&self) {
        docker(&["kill", "-s", "KILL", &self.container.0]);
    }
}

impl Drop for ContainerJob {
    fn drop(&mut self) {
        // The guard would do it; but a failed test must not leave it to time.
        sweep(&self.who.label());
    }
}

/// A job in host mode.
pub struct HostJob {
    pub directory: tempfile::TempDir,
    pub who: Who,
}

impl HostJob {
    pub fn start(who: &Who) -> Self {
        Self { directory: tempfile::tempdir().unwrap(), who: who.clone() }
    }

    pub fn variables(&self) -> BTreeMap<String, String> {
        let file = fs::read_to_string(self.directory.path().join("env"));
        assigned(&file.unwrap_or_default())
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.env_clear().envs(self.who.variables()).args(words);
        command.env("RUNNER_TEMP", self.directory.path());
        command.env("GITHUB_ENV", self.directory.path().join("env"));
        command.env("GITHUB_OUTPUT", self.directory.path().join("output"));
        command.env("GITHUB_STEP_SUMMARY", self.directory.path().join("summary"));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.variables());
        command
    }

    pub fn berth(&self, words: &[&str]) -> Ended {
        Ended::of(&self.command(words).output().unwrap())
    }
}

impl Drop for HostJob {
    fn drop(&mut self) {
        sweep(&self.who.label());
    }
}

/// Removes what a failed test left of one run.
fn sweep(label: &str) {
    let filter = format!("label={label}");
    let left = Command::new("docker").args(["ps", "-aq", "--filter", &filter]).output().unwrap();
    for id in text(&left.stdout).lines() {
        docker_may_fail(&["rm", "-fv", id]);
    }
}

/// A sibling that serves HTTP as soon as it runs.
pub const WEB: [&str; 9] = ["--image", BUSYBOX, "--port", "80", "--", "httpd", "-f", "-p", "80"];

/// `up NAME <options> <a web server>`
pub fn web<'a>(name: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec!["up", name];
    words.extend_from_slice(options);
    words.extend(WEB);
    words
}
