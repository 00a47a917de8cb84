//! A process of this machine: what program it is, and whether its job is over.
//!
//! `comm` shows 15 bytes of a name, so `platform-server` and `platform-server2` are one to it. What counts here is the
//! program itself: the file that runs, or the script that an interpreter was started with, or the name in its first
//! argument.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use procfs::net::TcpState;
use procfs::process::{FDTarget, Process, Stat, all_processes};

use super::{Error, Result};
use crate::door::helper;
use crate::steering::{Script, script};

/// What a process is called, in every form that names a program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// The file that runs; none for a process that this user may not look at.
    pub file: Option<PathBuf>,
    /// Its arguments, the first is what it was called as.
    pub arguments: Vec<String>,
}

impl Program {
    fn of(process: &Process) -> Self {
        let file =
            process.exe().ok().map(|path| match path.to_str().and_then(|text| text.strip_suffix(" (deleted)")) {
                Some(text) => PathBuf::from(text),
                None => path,
            });
        Self { file, arguments: process.cmdline().unwrap_or_default() }
    }

    /// Whether this is the program `name`: the whole last part of a path, or the whole path where `name` is one.
    pub fn is(&self, name: &str) -> bool {
        let named = |path: &Path| match name.contains('/') {
            true => path == Path::new(name),
            false => path.file_name().is_some_and(|last| last == name),
        };
        self.file.as_deref().is_some_and(named)
            || self.arguments.first().is_some_and(|called| named(Path::new(called)))
            || self.script().is_some_and(|script| named(Path::new(script)))
    }

    /// The script that an interpreter was started with. What follows `-c` and its like is a text and no file.
    fn script(&self) -> Option<&str> {
        let mut file = self.file.as_deref()?.file_name()?.to_str()?;
        // One file with many programs in it.
        if file == "busybox" {
            file = Path::new(self.arguments.first()?).file_name()?.to_str()?;
        }
        match script(file, self.arguments.iter().skip(1).map(String::as_str))? {
            Script::File(path) => Some(path),
            Script::Unnamed | Script::Untold => None,
        }
    }

    /// For people.
    pub fn shown(&self) -> String {
        let file = self.file.as_ref().map(|file| file.display().to_string());
        let file = file.map(|file| match self.script() {
            Some(script) => format!("{file} {script}"),
            None => file,
        });
        file.or_else(|| self.arguments.first().cloned()).unwrap_or_else(|| "(no name)".to_owned())
    }
}

/// What shows that a process belongs to a job that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stale {
    /// Its working directory has been deleted.
    Directory,
    /// The RUNNER_TEMP that it was started with is gone.
    Temp(String),
    /// Nobody waits for it, and it is as old as this.
    Orphan(Duration),
}

/// A process that may be killed.
#[derive(Debug)]
pub struct Candidate {
    /// Its number, which is another's once it is gone.
    pub pid: i32,
    /// What it is.
    pub program: Program,
    process: Process,
}

impl Candidate {
    /// Whether it runs still; a zombie does not.
    pub fn lives(&self) -> bool {
        self.process.is_alive()
    }

    /// Why its job is over; none where it may be alive, or where nothing can be known.
    pub fn stale(&self, older_than: Option<Duration>) -> Option<Stale> {
        if is_deleted(self.pid, &self.process) {
            return Some(Stale::Directory);
        }
        let environment = self.process.environ().unwrap_or_default();
        let of = |name: &str| environment.get(std::ffi::OsStr::new(name)).and_then(|value| value.to_str());
        if let Some(temp) = of("RUNNER_TEMP").filter(|temp| temp.starts_with('/')) {
            // As the process itself sees it: it may have a root of its own.
            let seen = PathBuf::from(format!("/proc/{}/root{temp}", self.pid));
            if matches!(helper::is_there(&seen), Ok(false)) && self.lives() {
                return Some(Stale::Temp(temp.to_owned()));
            }
        }
        // A server of this very job is nobody's leftover.
        let mut identity = ["GITHUB_REPOSITORY", "GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_JOB"].iter();
        let mine = of("GITHUB_RUN_ID").is_some()
            && identity.all(|name| of(name).map(str::to_owned) == std::env::var(name).ok());
        let age = age(&self.process.stat().ok()?)?;
        match older_than {
            Some(limit) if age >= limit && !mine && is_orphan(&self.process) => Some(Stale::Orphan(age)),
            _ => None,
        }
    }

    /// The process itself, to be killed through.
    pub fn process(&self) -> &Process {
        &self.process
    }
}

/// A process that listens on this TCP port, as far as this user may look.
pub fn listener(port: u16) -> Option<Candidate> {
    let tables = procfs::net::tcp().unwrap_or_default().into_iter().chain(procfs::net::tcp6().unwrap_or_default());
    let listens = |row: &procfs::net::TcpNetEntry| row.state == TcpState::Listen && row.local_address.port() == port;
    let sockets: HashSet<u64> = tables.filter(listens).map(|row| row.inode).collect();
    let holds = |process: &Process| {
        let open = process.fd().ok()?;
        open.flatten().find(|file| matches!(file.target, FDTarget::Socket(inode) if sockets.contains(&inode)))
    };
    let process = all_processes().ok()?.flatten().find(|process| holds(process).is_some())?;
    Some(Candidate { pid: process.pid, program: Program::of(&process), process })
}

/// The processes of this user that are the program `name`, without this one and its ancestors. Processes of containers,
/// in a process namespace of their own, are not this job's to judge.
///
/// # Errors
/// /proc cannot be read.
pub fn named(name: &str) -> Result<Vec<Candidate>> {
    let unreadable = |error: procfs::ProcError| {
        Error::failed(format!("/proc cannot be read: {error}"), "run the step where a usual /proc is mounted")
    };
    let user = rustix::process::geteuid().as_raw();
    let own = std::process::id().cast_signed();
    let space = helper::link(Path::new("/proc/self/ns/pid")).ok();
    let mut found = Vec::new();
    let mut above: Option<Vec<i32>> = None;
    for process in all_processes().map_err(unreadable)?.flatten() {
        if process.pid() == own || process.uid().ok() != Some(user) {
            continue;
        }
        let program = Program::of(&process);
        if !program.is(name) {
            continue;
        }
        let its_space = helper::link(&PathBuf::from(format!("/proc/{}/ns/pid", process.pid()))).ok();
        let above = above.get_or_insert_with(|| ancestors(own));
        if its_space == space && space.is_some() && !above.contains(&process.pid()) && process.is_alive() {
            found.push(Candidate { pid: process.pid(), program, process });
        }
    }
    Ok(found)
}

/// Whether this process sees only those of its own container.
pub fn is_enclosed() -> bool {
    // The first process namespace has this number on every machine (PROC_PID_INIT_INO of the kernel).
    helper::link(Path::new("/proc/self/ns/pid")).is_ok_and(|link| link != Path::new("pid:[4026531836]"))
}

fn ancestors(of: i32) -> Vec<i32> {
    let mut all = Vec::new();
    let mut at = of;
    while let Some(parent) = Process::new(at).and_then(|process| process.stat()).ok().map(|stat| stat.ppid) {
        if parent <= 0 || all.contains(&parent) {
            break;
        }
        all.push(parent);
        at = parent;
    }
    all
}

/// Whether its working directory is no longer anywhere. The kernel says so by a word behind the path, which a directory
/// might be called by itself.
fn is_deleted(pid: i32, process: &Process) -> bool {
    let Ok(path) = process.cwd() else { return false };
    let says_so = path.to_str().is_some_and(|text| text.ends_with(" (deleted)"));
    says_so && matches!(helper::is_same(&PathBuf::from(format!("/proc/{pid}/cwd")), &path), Ok(false))
}

/// Whether whoever started it is gone: it was handed to the first process or to another that takes in what is left. A
/// child stays in its parent's session until it starts one itself, so a parent of another session is no parent by
/// birth. That the session's leader has ended tells nothing: a runner that was started from a shell outlives that
/// shell, and so do its jobs.
fn is_orphan(process: &Process) -> bool {
    let Ok(stat) = process.stat() else { return false };
    let is_adopted = || {
        stat.session != stat.pid
            && Process::new(stat.ppid)
                .and_then(|parent| parent.stat())
                .is_ok_and(|parent| parent.session != stat.session)
    };
    stat.ppid == 1 || is_adopted()
}

/// How long it has run, by the clock that starts with the machine.
fn age(stat: &Stat) -> Option<Duration> {
    let uptime = String::from_utf8(helper::system("/proc/uptime").ok()?).ok()?;
    let uptime: f64 = uptime.split_whitespace().next()?.parse().ok()?;
    #[allow(clippy::cast_precision_loss)]
    let started = stat.starttime as f64 / procfs::ticks_per_second() as f64;
    Duration::try_from_secs_f64(uptime - started).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(file: &str, arguments: &[&str]) -> Program {
        Program { file: Some(file.into()), arguments: arguments.iter().map(|word| (*word).to_owned()).collect() }
    }

    #[test]
    fn a_program_is_known_by_its_whole_name() {
        let fifteen = program("/w/platform-server", &["./platform-server", "--port", "8080"]);
        let sixteen = program("/w/platform-server2", &["./platform-server2"]);
        assert!(fifteen.is("platform-server") && !fifteen.is("platform-server2"));
        assert!(sixteen.is("platform-server2") && !sixteen.is("platform-server"));
        assert!(fifteen.is("/w/platform-server") && !fifteen.is("/v/platform-server"));
        assert!(program("/w/we ird) S 1", &["./we ird) S 1"]).is("we ird) S 1"));
        assert!(program("/bin/sleep", &["platform-server", "9"]).is("platform-server"), "exec -a");
    }

    #[test]
    fn a_script_is_the_program_its_interpreter_runs() {
        assert!(program("/usr/bin/bash", &["/bin/bash", "./run.sh"]).is("run.sh"));
        assert!(program("/usr/bin/dash", &["/bin/sh", "-eu", "./run.sh", "x"]).is("run.sh"));
        assert!(program("/bin/busybox", &["sh", "./run.sh"]).is("run.sh"));
        assert!(program("/usr/bin/python3.12", &["python3", "-u", "/w/serve"]).is("serve"));
        for other in [
            program("/usr/bin/bash", &["bash", "-ec", "run.sh"]),
            program("/usr/bin/bash", &["bash", "other.sh", "run.sh"]),
            program("/usr/bin/python3.12", &["python3", "-m", "run.sh"]),
            program("/usr/bin/vim", &["vim", "run.sh"]),
            program("/usr/bin/grep", &["grep", "run.sh"]),
            program("/bin/busybox", &["cat", "run.sh"]),
            program("/usr/bin/bash", &["bash", "-eo", "run.sh", "other.sh"]),
            program("/usr/bin/node", &["node", "--env-file", "run.sh", "other.js"]),
        ] {
            assert!(!other.is("run.sh"), "{other:?}");
        }
    }

    #[test]
    fn neither_this_process_nor_those_above_it_are_candidates() {
        let own = Program::of(&Process::myself().expect("there"));
        let name = own.file.expect("readable").file_name().expect("a name").to_string_lossy().into_owned();
        let found = named(&name).expect("readable");
        let own = std::process::id().cast_signed();
        assert!(found.iter().all(|candidate| candidate.pid != own));
        assert!(ancestors(own).contains(&std::os::unix::process::parent_id().cast_signed()));
    }
}
