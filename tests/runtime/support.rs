//! Jobs as the runners make them.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::daemon::own::OwnDaemon;
pub use crate::daemon::*;

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
        words.push(socket_mount());
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
        command.env("DOCKER_HOST", format!("unix://{}", socket()));
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

/// A job in a container of a daemon of the test's own.
pub struct OwnJob<'o> {
    own: &'o OwnDaemon,
    pub name: String,
}

impl<'o> OwnJob<'o> {
    pub fn start(own: &'o OwnDaemon) -> Self {
        let name = unique("job");
        let socket = format!("{}:/var/run/docker.sock", own.host().trim_start_matches("unix://"));
        let program = format!("{}:/berth-run:ro", program().display());
        let run = format!("GITHUB_RUN_ID={name}");
        let mut words = vec!["run", "-d", "--name", &name, "--network", "host", "-v", &socket, "-v", &program];
        let job = format!("JOB_CONTAINER_NAME={name}");
        for variable in [
            "GITHUB_SERVER_URL=https://forge.example",
            "GITHUB_REPOSITORY=team/app",
            "GITHUB_JOB=test",
            "RUNNER_TEMP=/tmp",
            "GITHUB_ENV=/tmp/env",
            &run,
            &job,
        ] {
            words.extend(["-e", variable]);
        }
        own.docker(&[&words[..], &[BUSYBOX, "sleep", "3000"]].concat());
        Self { own, name }
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(["-H", &self.own.host(), "exec", &self.name, "sh", "-c"]);
        command.args(["set -a; [ ! -f /tmp/env ] || . /tmp/env; exec /berth-run \"$@\"", "sh"]).args(words);
        command
    }

    pub fn berth(&self, words: &[&str]) -> Ended {
        Ended::of(&self.command(words).output().unwrap())
    }
}

/// An image of the guard that was imported years ago, as an archive for `docker load`.
pub struct OldGuardImage(TempDir);

impl OldGuardImage {
    pub const NAME: &str = "berth-guard:of-years-ago";

    pub fn archive() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = r#"{"architecture":"amd64","os":"linux","created":"2020-01-01T00:00:00Z",
            "config":{"Labels":{"berth.guard-image":"1"}},"rootfs":{"type":"layers","diff_ids":[]}}"#;
        let manifest = format!(r#"[{{"Config":"config.json","RepoTags":["{}"],"Layers":[]}}]"#, Self::NAME);
        fs::write(folder.path().join("config.json"), config).unwrap();
        fs::write(folder.path().join("manifest.json"), manifest).unwrap();
        let mut tar = Command::new("tar");
        tar.arg("-cf").arg(folder.path().join("old.tar")).arg("-C").arg(folder.path());
        assert!(tar.args(["manifest.json", "config.json"]).status().unwrap().success());
        Self(folder)
    }

    pub fn path(&self) -> String {
        self.0.path().join("old.tar").display().to_string()
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
