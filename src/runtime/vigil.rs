//! The guard of host mode: a process of its own that waits for the job's end and then removes what carries its token.
//!
//! There is no job container to wait for. But the job's directories go with it, and the runner's process for it ends; a
//! session of its own keeps this process out of the signals that end a step, and it holds nothing of the step open:
//! neither its streams, nor its directory, nor its environment.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use procfs::process::Process;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::time::{Instant, sleep};

use super::engine::Engine;
use super::error::together;
use super::job::Job;
use super::remove::{self, Patience};
use super::token::{self, Token};
use super::{Error, Result, console, guard, program, units};
use crate::door::helper;
use crate::identity::{MANAGED, TOKEN};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(2);

/// Looks in a row that must find the job over: a step may clear its workspace and make it anew.
const LOOKS: u32 = 3;

/// How long it goes on trying to clean up behind a daemon that refuses.
const STUBBORN: Duration = Duration::from_secs(600);

/// Runners, by the program that a job's steps are children of.
const RUNNERS: [&str; 6] = ["Runner.Worker", "act", "act_runner", "forgejo-runner", "gitea-act-runner", "gitea-runner"];

/// What it watches.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Directories that go with the job.
    pub directories: Vec<PathBuf>,
    /// The runner's process, and when it was started, in the kernel's ticks: its number may become another's.
    pub runner: Option<(i32, u64)>,
}

impl Watch {
    /// What there is to watch in this step's environment.
    pub fn here() -> Self {
        let directory = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let directories = ["RUNNER_TEMP", "GITHUB_WORKSPACE"].into_iter().filter_map(directory);
        Self {
            directories: directories.filter(|path| matches!(helper::is_there(path), Ok(true))).collect(),
            runner: runner(),
        }
    }

    /// Why the job is over; none while nothing says so.
    fn over(&self) -> Option<String> {
        let gone = self.directories.iter().find(|path| matches!(helper::is_there(path), Ok(false)));
        if let Some(path) = gone {
            return Some(format!("{} is gone", path.display()));
        }
        let (pid, started) = self.runner?;
        (!is(pid, started)).then(|| format!("the runner's process {pid} has ended"))
    }
}

/// The nearest runner above this process.
fn runner() -> Option<(i32, u64)> {
    let mut at = std::process::id().cast_signed();
    for _ in 0..64 {
        let parent = Process::new(at).and_then(|process| process.stat()).ok()?.ppid;
        if parent <= 1 {
            return None;
        }
        let process = Process::new(parent).ok()?;
        let exe = process.exe().ok();
        let name = exe.as_deref().and_then(Path::file_name).and_then(|name| name.to_str());
        if name.is_some_and(|name| RUNNERS.contains(&name)) {
            return Some((parent, process.stat().ok()?.starttime));
        }
        at = parent;
    }
    None
}

/// Whether this process is still the one that was started then, and lives.
fn is(pid: i32, started: u64) -> bool {
    let stat = Process::new(pid).and_then(|process| process.stat());
    stat.is_ok_and(|stat| stat.starttime == started && !matches!(stat.state, 'Z' | 'X'))
}

/// Where a job's guard is noted down.
fn note(token: &Token) -> Option<PathBuf> {
    let temp = std::env::var_os("RUNNER_TEMP").filter(|temp| !temp.is_empty())?;
    Some(Path::new(&temp).join(format!("berth-vigil-{}", token.short())))
}

/// The guard that is noted down, if it lives.
fn noted(path: &Path) -> Option<(i32, u64)> {
    let text = helper::private(path).ok()??;
    let (pid, started) = text.trim().split_once(' ')?;
    let found = (pid.parse().ok()?, started.parse().ok()?);
    is(found.0, found.1).then_some(found)
}

/// Makes sure that this job's guard runs.
///
/// # Errors
/// It cannot be started, or there is nothing that it could watch.
pub async fn ensure(engine: &Engine, job: &Job, ttl: Duration) -> Result<()> {
    let watch = Watch::here();
    let Some(path) =
        note(&job.token).filter(|path| path.parent().is_some_and(|temp| matches!(helper::is_there(temp), Ok(true))))
    else {
        console::note("there is no RUNNER_TEMP: no guard is started, and what a killed job leaves stays until a sweep");
        return Ok(());
    };
    if noted(&path).is_some() {
        return Ok(());
    }
    let failed = |what: String| Error::failed(what, "with --no-guard only `berth-run down` and a sweep clean up");
    let program = std::env::current_exe().map_err(|error| failed(format!("the guard cannot start: {error}")))?;
    let until = units::now().saturating_add(ttl.as_secs());
    let mut command = Command::new(program);
    command.args(["vigil", "--token", job.token.as_str(), "--until", &until.to_string()]);
    for directory in &watch.directories {
        command.arg("--directory").arg(directory);
    }
    if let Some((pid, started)) = watch.runner {
        command.arg("--runner").arg(format!("{pid}:{started}"));
    }
    command.env_clear().env("DOCKER_HOST", &engine.address).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().map_err(|error| failed(format!("the guard cannot start: {error}")))?;
    let pid = child.id().cast_signed();
    // Until it has a session of its own, what ends this step would end it too.
    let started = Instant::now();
    loop {
        let stat = Process::new(pid).and_then(|process| process.stat());
        match stat {
            Ok(stat) if stat.session == pid => {
                let line = format!("{pid} {}\n", stat.starttime);
                let draft = path.with_extension(token::random_hex(4)?);
                return helper::replace(&path, &draft, &line)
                    .map_err(|error| failed(format!("cannot write {}: {error}", path.display())));
            }
            Ok(stat) if stat.state != 'Z' && started.elapsed() < Duration::from_secs(5) => {
                sleep(Duration::from_millis(2)).await;
            }
            _ => return Err(failed("the guard ended at once".to_owned())),
        }
    }
}

/// Ends this job's guard, if it has one.
pub fn dismiss(token: &Token) {
    let Some((pid, started)) = note(token).and_then(|path| noted(&path)) else { return };
    let Some(pid) = Pid::from_raw(pid) else { return };
    // Held first, then looked at once more: from there on the number cannot be another's.
    if let Ok(held) = pidfd_open(pid, PidfdFlags::empty())
        && is(pid.as_raw_nonzero().get(), started)
    {
        let _ = pidfd_send_signal(&held, Signal::TERM);
    }
}

/// The tokens of all jobs whose guard is a process that this one can see.
pub fn tokens() -> HashSet<String> {
    let token = |process: Process| {
        let words = process.cmdline().ok()?;
        let at = words.iter().position(|word| word == "--token")?;
        (words.get(1).is_some_and(|verb| verb == "vigil")).then(|| words.get(at + 1).cloned())?
    };
    // A process that ends meanwhile is no guard any more.
    procfs::process::all_processes().map(|all| all.flatten().filter_map(token).collect()).unwrap_or_default()
}

/// The guard's own life.
///
/// # Errors
/// The daemon was gone for ten minutes.
pub async fn run(token: &Token, watch: &Watch, until: u64) -> Result<()> {
    // A session's leader stays in it: then it has what it needs.
    let _ = rustix::process::setsid();
    let labels = [(MANAGED, "1"), (TOKEN, token.as_str())];
    let mut next = None;
    let mut over = 0;
    while over < LOOKS {
        over = if watch.over().is_some() { over + 1 } else { 0 };
        sleep(LOOK).await;
        if over > 0 {
            continue;
        }
        let now = units::now();
        if next.is_some_and(|at| now < at) && now < until {
            continue;
        }
        // A connection is opened for the look and given back: the daemon may restart meanwhile.
        let Ok(engine) = Engine::connect().await else { continue };
        let Ok(left) = remove::expired(&engine, &labels).await else { continue };
        if left == 0 && now >= until {
            return Ok(());
        }
        next = Some(now.saturating_add(15));
    }
    let started = Instant::now();
    loop {
        let outcome = match Engine::connect().await {
            Ok(engine) => clean(&engine, &labels).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(()) => return Ok(()),
            Err(error) if started.elapsed() > STUBBORN => return Err(error),
            Err(_) => sleep(LOOK).await,
        }
    }
}

async fn clean(engine: &Engine, labels: &[(&str, &str)]) -> Result<()> {
    let own = remove::all(engine, labels, Patience::AFTER_DEATH).await.map(drop);
    // What stays of its own job keeps it from nothing else.
    together([own, guard::take_over(engine).await, program::tidy_images_beside(engine).await])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_over_when_a_directory_or_the_runner_is_gone() {
        let directory = tempfile::tempdir().expect("a directory");
        let own = Process::myself().and_then(|process| process.stat()).expect("there");
        let mut watch =
            Watch { directories: vec![directory.path().to_owned()], runner: Some((own.pid, own.starttime)) };
        assert_eq!(watch.over(), None);
        watch.runner = Some((own.pid, own.starttime + 1));
        assert!(watch.over().is_some_and(|why| why.contains("has ended")), "the number is another's");
        watch.runner = None;
        directory.close().expect("removed");
        assert!(watch.over().is_some_and(|why| why.contains("is gone")));
        assert_eq!(Watch::default().over(), None, "nothing is known");
    }
}
