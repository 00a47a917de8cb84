//! Runs of one job by Gitea's own engine, which is built here from Go's modules.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::daemon::needs::needed;
use crate::daemon::{BUSYBOX, docker, docker_may_fail, program, text};

/// The engine. Without Go, or its modules, the caller returns; a test that must run fails.
#[track_caller]
pub fn engine() -> &'static Path {
    static ENGINE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = ENGINE.get_or_init(build).as_deref().map_err(String::as_str);
    needed("Gitea engine", built)
}

fn build() -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let program = target.join("engine/engine");
    let mut go = Command::new("go");
    go.current_dir(root.join("tests/engine")).args(["build", "-mod=readonly", "-buildvcs=false", "-o"]).arg(&program);
    let output = go.arg(".").output().map_err(|error| format!("go: {error}"))?;
    if output.status.success() { Ok(program) } else { Err(text(&output.stderr)) }
}

/// Where the runner puts a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// `container.network: host`
    HostNetwork,
    /// An empty `container.network`: each job has a network of its own.
    Automatic,
    /// `container.network: NAME`, which is there.
    Custom(String),
    /// A label `…:host`: steps run on the machine itself.
    HostMode,
}

impl Ground {
    /// What a runner in `.berthlint.yaml` says of it.
    pub fn declared(&self) -> String {
        match self {
            Self::HostNetwork => "network: host\n    mode: container".to_owned(),
            Self::Automatic => "network: auto\n    mode: container".to_owned(),
            Self::Custom(name) => format!("network: {name}\n    mode: container"),
            Self::HostMode => "mode: host".to_owned(),
        }
    }

    fn network(&self) -> &str {
        match self {
            Self::HostNetwork => "host",
            Self::Automatic | Self::HostMode => "",
            Self::Custom(name) => name,
        }
    }
}

/// When a run is struck: as soon as its log holds a text.
#[derive(Clone, Copy, Debug)]
pub enum Strike<'r> {
    /// The forge cancels the job.
    Cancel(&'r str),
    /// The runner dies.
    Kill(&'r str),
}

/// A run of one job, before it is started.
#[derive(Clone, Debug)]
pub struct Run<'r> {
    /// What a checkout gives.
    pub repository: &'r Path,
    /// The workflow's path in it.
    pub workflow: &'r str,
    pub job: &'r str,
    /// `github.run_id`. No two runs at once may have the same.
    pub id: u32,
    pub ground: &'r Ground,
    pub strike: Option<Strike<'r>>,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    pub success: bool,
    /// What the runner and the steps said.
    pub log: String,
}

impl Run<'_> {
    /// Runs the job to its end, or until it is struck.
    pub fn go(&self) -> Ended {
        let home = TempDir::new().unwrap();
        let output = self.command(home.path()).output().unwrap();
        let ended = Ended { success: output.status.success(), log: said(&output) };
        match self.strike {
            Some(Strike::Cancel(at) | Strike::Kill(at)) => {
                assert!(ended.log.contains(at), "the run was never struck at `{at}`:\n{}", ended.log);
            }
            None => {}
        }
        ended
    }

    fn command(&self, home: &Path) -> Command {
        let mut command = Command::new(engine());
        let mut set = |name: &str, value: &str| {
            command.arg(format!("-{name}={value}"));
        };
        set("repository", self.repository.to_str().unwrap());
        set("workflow", self.workflow);
        set("job", self.job);
        set("run", &self.id.to_string());
        // gitea-runner counts attempts from 0.3.1 on.
        set("attempt", "1");
        set("task", &self.task().to_string());
        set("network", self.ground.network());
        set("image", if *self.ground == Ground::HostMode { "-self-hosted" } else { BUSYBOX });
        set("options", &options());
        set("home", home.to_str().unwrap());
        match self.strike {
            Some(Strike::Cancel(at)) => set("cancel-at", at),
            Some(Strike::Kill(at)) => set("kill-at", at),
            None => {}
        }
        command.env("PATH", path()).env("TMPDIR", home).stdin(Stdio::null());
        command
    }

    /// No two processes may have the same: the second start removes the first one's job by its name.
    fn task(&self) -> u32 {
        std::process::id() * 100 + self.id
    }
}

/// Removes what the runner itself made for jobs of these tests, where it was killed.
pub fn sweep_tasks() {
    let task = format!("GITEA-ACTIONS-TASK-{}", std::process::id());
    for id in docker(&["ps", "-aq", "--filter", &format!("name={task}")]).lines() {
        docker_may_fail(&["rm", "-fv", id]);
    }
    for kind in ["network", "volume"] {
        for name in docker(&[kind, "ls", "-q", "--filter", &format!("name={task}")]).lines() {
            docker_may_fail(&[kind, "rm", name]);
        }
    }
}

/// The job's container has this machine's programs, so that a job finds docker and psql.
fn options() -> String {
    let mut options = format!("-e PATH={} -v {}:/opt/berth/berth-run:ro", path(), program().display());
    for folder in ["/usr", "/bin", "/lib", "/lib64"].iter().filter(|folder| Path::new(folder).exists()) {
        options += &format!(" -v {folder}:{folder}:ro");
    }
    options
}

/// Where a job finds berth-run, and Postgres' own programs.
fn path() -> String {
    let mut path = format!("/opt/berth:{}", program().parent().unwrap().display());
    for version in std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().map(Result::unwrap) {
        path += &format!(":{}/bin", version.path().display());
    }
    path + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

fn said(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}
