//! A daemon of the test's own, which it may stop, kill and start again: nobody else uses it.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{BUSYBOX, needs, text};

/// How long it may take to come up or to go.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a daemon ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As `systemctl stop` does it: SIGTERM, and its containers go with it.
    Stopped,
    /// SIGKILL.
    Killed,
}

/// It has a network namespace of its own: its bridge and its firewall rules meet nobody else's. Its containers are
/// reached through it alone.
pub struct OwnDaemon {
    folder: TempDir,
    process: Option<Child>,
    options: &'static [&'static str],
}

impl OwnDaemon {
    /// Started, with the image of the tests in it. It needs dockerd, and root.
    #[track_caller]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same, with more options.
    #[track_caller]
    pub fn start_with(options: &'static [&'static str]) -> Self {
        let folder = tempfile::Builder::new().prefix("berth-own").tempdir().unwrap();
        let mut own = Self { folder, process: None, options };
        let up = if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
            own.up()
        } else {
            Err("only root may start one".to_owned())
        };
        needs::needed("daemon of the test's own", up.as_ref().map_err(String::as_str));
        let image = own.folder.path().join("image.tar");
        let path = image.to_str().unwrap();
        super::docker(&["save", "-o", path, BUSYBOX]);
        own.docker(&["load", "-q", "-i", path]);
        own
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What DOCKER_HOST says of it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.path("docker.sock").display())
    }

    /// Starts it, and waits until it answers.
    fn up(&mut self) -> Result<(), String> {
        let log = File::options().create(true).append(true).open(self.path("log")).unwrap();
        let mut command = Command::new("unshare");
        command.args(["--net", "dockerd", "-H", &self.host()]).args(self.options);
        for (option, name) in [("--data-root", "data"), ("--exec-root", "exec"), ("--pidfile", "pid")] {
            command.arg(option).arg(self.path(name));
        }
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        // A Ctrl-C at the tests must not end it before its containers.
        command.process_group(0);
        let mut process = command.spawn().map_err(|error| format!("unshare: {error}"))?;
        let started = Instant::now();
        loop {
            if self.answers() {
                self.process = Some(process);
                return Ok(());
            }
            if process.try_wait().unwrap().is_some() || started.elapsed() > PATIENCE {
                let _ = process.kill();
                let _ = process.wait();
                let log = fs::read_to_string(self.path("log")).unwrap_or_default();
                return Err(log.lines().rev().take(5).collect::<Vec<_>>().join("\n"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Starts it again.
    #[track_caller]
    pub fn again(&mut self) {
        // The containerd that it had started dies with it, a moment later: the next one would take it for its own.
        let containerd = fs::read_to_string(self.path("exec/containerd/containerd.pid")).unwrap_or_default();
        let started = Instant::now();
        while !containerd.is_empty() && PathBuf::from(format!("/proc/{}", containerd.trim())).exists() {
            assert!(started.elapsed() < PATIENCE, "containerd {containerd} lives on");
            std::thread::sleep(Duration::from_millis(50));
        }
        // A killed one leaves its number behind.
        let _ = fs::remove_file(self.path("pid"));
        self.up().unwrap();
    }

    fn answers(&self) -> bool {
        self.try_docker(&["version"]).is_ok()
    }

    /// Ends it; returns when its process has ended.
    pub fn end(&mut self, how: End) {
        let Some(mut process) = self.process.take() else { return };
        let signal = if how == End::Killed { "-KILL" } else { "-TERM" };
        // `unshare` has become dockerd.
        Command::new("kill").args([signal, &process.id().to_string()]).status().unwrap();
        process.wait().unwrap();
    }

    /// Makes a container as old as that, as the daemon tells it: made and, if it ever was, started then. Only while the
    /// daemon is not there.
    pub fn backdate(&self, id: &str, seconds_ago: u64) {
        assert!(self.process.is_none(), "the daemon would write it anew");
        let file = self.path("data/containers").join(id).join("config.v2.json");
        let mut config: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let ago = format!("{seconds_ago} seconds ago");
        let date = Command::new("date").args(["-u", "-d", &ago, "+%Y-%m-%dT%H:%M:%S.123456789Z"]).output().unwrap();
        let then = text(&date.stdout).trim().to_owned();
        config["Created"] = then.as_str().into();
        let started = &mut config["State"]["StartedAt"];
        if !started.as_str().unwrap().starts_with("0001-") {
            *started = then.into();
        }
        fs::write(&file, config.to_string()).unwrap();
    }

    /// What `docker` printed, or said to be wrong.
    pub fn try_docker(&self, words: &[&str]) -> Result<String, String> {
        let output = Command::new("docker").args(["-H", &self.host()]).args(words).output().unwrap();
        match output.status.success() {
            true => Ok(text(&output.stdout).trim().to_owned()),
            false => Err(text(&output.stderr)),
        }
    }

    /// What `docker` printed, which must have worked.
    #[track_caller]
    pub fn docker(&self, words: &[&str]) -> String {
        self.try_docker(words).unwrap_or_else(|error| panic!("docker {}: {error}", words.join(" ")))
    }

    /// The processes that containerd has put above this daemon's containers.
    fn shims(&self) -> Vec<String> {
        let folder = self.folder.path().display().to_string();
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = processes.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let is_shim = |pid: &String| {
            let words = text(&fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default());
            words.split('\0').next().is_some_and(|program| program.contains("containerd-shim"))
                && words.contains(&folder)
        };
        pids.filter(|pid| pid.bytes().all(|byte| byte.is_ascii_digit())).filter(is_shim).collect()
    }

    /// The names of all its containers.
    pub fn containers(&self) -> Vec<String> {
        self.docker(&["ps", "-a", "--format", "{{.Names}}"]).lines().map(str::to_owned).collect()
    }
}

impl Drop for OwnDaemon {
    fn drop(&mut self) {
        if self.process.is_some() || self.up().is_ok() {
            let all = self.try_docker(&["ps", "-aq"]).unwrap_or_default();
            for id in all.lines() {
                let _ = self.try_docker(&["rm", "-fv", id]);
            }
            self.end(End::Stopped);
        }
        // One that was killed while it started containers has forgotten them: they run on.
        for shim in self.shims() {
            let children = fs::read_to_string(format!("/proc/{shim}/task/{shim}/children")).unwrap_or_default();
            for pid in children.split_whitespace().chain([shim.as_str()]) {
                let _ = Command::new("kill").args(["-KILL", pid]).stderr(Stdio::null()).status();
            }
        }
        // It has left its mounts, too.
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let ours = mounts.lines().filter_map(|line| line.split(' ').nth(4));
        for point in ours.filter(|point| PathBuf::from(point).starts_with(self.folder.path())) {
            let _ = Command::new("umount").args(["-l", point]).stderr(Stdio::null()).status();
        }
    }
}
