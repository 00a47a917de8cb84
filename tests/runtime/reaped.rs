//! `reap`: stale processes of earlier jobs, and nobody else's.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::*;

/// A program name of fifteen letters, as long as `comm` is, that no other run of these tests has.
fn fifteen(letter: char) -> String {
    format!("bt{letter}{:08}serv", std::process::id())
}

/// A process that is ended with the test.
struct Process(Child);

impl Process {
    fn lives(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A job's folder: its program lies beside its working directory.
struct Job {
    root: tempfile::TempDir,
}

impl Job {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("work")).unwrap();
        fs::create_dir(root.path().join("temp")).unwrap();
        Self { root }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// `sleep` under another name.
    fn program(&self, name: &str) -> PathBuf {
        fs::copy("/bin/sleep", self.path(name)).unwrap();
        self.path(name)
    }

    fn script(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
        self.path(name)
    }

    fn command(&self, program: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(words).current_dir(self.path("work")).env("RUNNER_TEMP", self.path("temp"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    fn start(&self, program: &Path, words: &[&str]) -> Process {
        loop {
            match self.command(program, words).spawn() {
                Ok(child) => return Process(child),
                // Another test's fork has the file open that was just written.
                Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// The runner has removed its workspace.
    fn over(&self) {
        fs::remove_dir_all(self.path("work")).unwrap();
    }
}

/// Waits for the first line that a process prints.
fn line(process: &mut Process) -> String {
    let mut line = String::new();
    BufReader::new(process.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

fn reap(words: &[&str]) -> Ended {
    let mut all = vec!["reap"];
    all.extend_from_slice(words);
    HostJob::start(&Who::new()).berth(&all)
}

/// Whether a process that is no child of the test runs still; a zombie does not.
fn lives(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// A stale process of this name is ended.
#[track_caller]
fn ends(name: &str, stale: &mut Process) {
    let said = reap(&["--exe", name]).fine();
    assert!(!stale.lives(), "{}", said.err);
}

#[test]
fn names_of_fifteen_and_sixteen_letters_are_two() {
    let (old, live) = (Job::new(), Job::new());
    let name = fifteen('a');
    let longer = format!("{name}2");
    assert_eq!((name.len(), longer.len()), (15, 16));
    let mut stale = old.start(&old.program(&name), &["600"]);
    let mut other = old.start(&old.program(&longer), &["600"]);
    let mut neighbour = live.start(&live.program(&name), &["600"]);
    old.over();
    ends(&name, &mut stale);
    assert!(other.lives(), "its name only begins like the other's");
    assert!(neighbour.lives(), "its job is not over");
    ends(&longer, &mut other);
    assert!(neighbour.lives());
}

#[test]
fn a_shebang_script_is_known_by_its_own_name() {
    let job = Job::new();
    let name = fifteen('b');
    let mut direct = job.start(&job.script(&name, "#!/bin/sh\necho up\nread line\n"), &[]);
    let path = job.path(&name).display().to_string();
    let mut called = job.start(Path::new("/bin/sh"), &["-e", &path]);
    line(&mut direct);
    line(&mut called);
    job.over();
    ends(&name, &mut direct);
    assert!(!called.lives());
}

#[test]
fn a_name_given_by_exec_counts() {
    let job = Job::new();
    let name = fifteen('c');
    let mut stale = job.start(Path::new("/bin/bash"), &["-c", &format!("echo up; exec -a {name} sleep 600")]);
    line(&mut stale);
    std::thread::sleep(Duration::from_millis(200));
    job.over();
    ends(&name, &mut stale);
}

#[test]
fn names_may_have_spaces_and_parentheses() {
    let job = Job::new();
    let name = format!("we ird) S 1 {}", std::process::id());
    let mut stale = job.start(&job.program(&name), &["600"]);
    job.over();
    ends(&name, &mut stale);
}

#[test]
fn a_thread_of_that_name_is_no_process() {
    let name = fifteen('d');
    let (end, wait) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::Builder::new().name(name.clone()).spawn(move || wait.recv()).unwrap();
    let said = reap(&["--exe", &name]).fine();
    assert!(said.err.contains("no stale") && !said.err.contains("left "), "{}", said.err);
    drop(end);
    assert!(thread.join().is_ok());
}

#[test]
fn a_zombie_is_gone_already() {
    let job = Job::new();
    let name = fifteen('e');
    let zombie = job.start(&job.program(&name), &["0"]);
    std::thread::sleep(Duration::from_millis(300));
    job.over();
    let stat = fs::read_to_string(format!("/proc/{}/stat", zombie.0.id())).unwrap();
    assert!(stat.contains(") Z "), "{stat}");
    let said = reap(&["--exe", &name]).fine();
    assert!(said.err.contains("no stale"), "{}", said.err);
}

#[test]
fn what_ignores_sigterm_is_killed_after_the_grace() {
    let job = Job::new();
    let name = fifteen('f');
    let script = job.script(&name, "#!/bin/sh\ntrap '' TERM\necho up\nread line\nread line\n");
    let mut stale = job.start(&script, &[]);
    line(&mut stale);
    job.over();
    let started = Instant::now();
    let said = reap(&["--exe", &name, "--grace", "300ms"]).fine();
    assert!(said.err.contains("killing it"), "{}", said.err);
    assert!(!stale.lives() && started.elapsed() >= Duration::from_millis(300));
}

const SERVER: &str = "#!/usr/bin/env python3
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', 0)); s.listen()
print(s.getsockname()[1], flush=True)
sys.stdin.read()
";

fn python() -> bool {
    let there = Command::new("python3").arg("--version").output().is_ok();
    if !there {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "skipped: no python3");
    }
    there
}

#[test]
fn a_stale_servers_port_is_free_afterwards_and_a_live_ones_is_not() {
    if !python() {
        return;
    }
    let (old, live) = (Job::new(), Job::new());
    let name = fifteen('g');
    let mut stale = old.start(&old.script(&name, SERVER), &[]);
    let mut neighbour = live.start(&live.script(&name, SERVER), &[]);
    let (port, taken) = (line(&mut stale), line(&mut neighbour));
    old.over();
    let said = reap(&["--exe", &name, "--port", &port]).fine();
    assert!(said.err.contains(&format!("port {port} is free")), "{}", said.err);
    assert!(!stale.lives());
    TcpListener::bind(("127.0.0.1", port.parse().unwrap())).unwrap();

    let refused = reap(&["--exe", &name, "--port", &taken]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    for word in ["a live process", &name, &neighbour.0.id().to_string(), "berth-run port"] {
        assert!(refused.err.contains(word), "`{word}` is missing: {}", refused.err);
    }
    assert!(neighbour.lives());
}

/// The side that closes first keeps the port for a minute; a server that asks with SO_REUSEADDR gets it all the same.
#[test]
fn connections_that_linger_do_not_hold_it_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let client = TcpStream::connect(address).unwrap();
    drop(listener.accept().unwrap());
    drop(listener);
    drop(client);
    let rows = fs::read_to_string("/proc/net/tcp").unwrap();
    let lingers = format!(":{:04X} ", address.port());
    assert!(rows.lines().any(|row| row.contains(&lingers) && row.contains(" 06 ")), "no TIME_WAIT: {rows}");
    let started = Instant::now();
    reap(&["--exe", "bt-nobody", "--port", &address.port().to_string()]).fine();
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_runner_temp_that_is_gone_tells_that_the_job_is_over() {
    let job = Job::new();
    let name = fifteen('h');
    let mut stale = job.start(&job.program(&name), &["600"]);
    let said = reap(&["--exe", &name]).fine();
    assert!(stale.lives() && said.err.contains("left "), "{}", said.err);
    fs::remove_dir(job.path("temp")).unwrap();
    ends(&name, &mut stale);
}

#[test]
fn orphans_go_from_the_age_that_was_given() {
    let job = Job::new();
    let name = fifteen('i');
    let program = job.program(&name);
    let script = format!("{} 600 >/dev/null 2>&1 </dev/null & echo $!", program.display());
    let mut shell = Process(job.command(Path::new("setsid"), &["sh", "-c", &script]).spawn().unwrap());
    let pid = line(&mut shell);
    shell.0.wait().unwrap();
    let lives = || lives(&pid);
    let mut attended = job.start(&program, &["600"]);
    for words in [&["--exe", &name][..], &["--exe", &name, "--older-than", "1h"]] {
        reap(words).fine();
        assert!(lives(), "{words:?}");
    }
    std::thread::sleep(Duration::from_millis(1100));
    let said = reap(&["--exe", &name, "--older-than", "1s"]).fine();
    assert!(!lives(), "{}", said.err);
    assert!(attended.lives(), "somebody waits for it");
}

/// A runner that was started from a shell lives on when that shell is closed, and so do the jobs of its session.
#[test]
fn a_process_that_is_waited_for_is_no_orphan_when_its_session_has_lost_its_leader() {
    let job = Job::new();
    let name = fifteen('m');
    let program = job.program(&name);
    let waits = format!("({} 600 & echo $!; wait) 2>/dev/null </dev/null &", program.display());
    let mut leader = Process(job.command(Path::new("setsid"), &["sh", "-c", &waits]).spawn().unwrap());
    let pid = line(&mut leader);
    leader.0.wait().unwrap();
    std::thread::sleep(Duration::from_millis(1100));
    let said = reap(&["--exe", &name, "--older-than", "1s"]).fine();
    assert!(lives(&pid) && said.err.contains("left "), "{}", said.err);
    job.over();
    reap(&["--exe", &name]).fine();
    assert!(!lives(&pid), "its job is over");
}

#[test]
fn neither_itself_nor_its_ancestors_are_ended() {
    let job = Job::new();
    let name = fifteen('j');
    let inner = format!("rm -rf ../work; {} reap --exe {name}; echo survived $?", program().display());
    let outer = format!("exec -a {name} bash -c '{inner}'");
    let output = job.command(Path::new("/bin/bash"), &["-c", &outer]).output().unwrap();
    assert_eq!(text(&output.stdout).trim(), "survived 0");
}

#[test]
fn another_users_processes_stay() {
    if fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) != 0) {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "skipped: only root can start a process of another user");
        return;
    }
    let job = Job::new();
    let name = fifteen('k');
    let program = job.program(&name);
    fs::set_permissions(job.root.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut foreign = Process(job.command(&program, &["600"]).uid(65534).spawn().unwrap());
    job.over();
    reap(&["--exe", &name]).fine();
    assert!(foreign.lives());
}

#[test]
#[ignore = "needs a Docker daemon"]
fn from_a_container_it_says_what_it_cannot_see() {
    needs_daemon();
    let job = ContainerJob::start_from(&Who::new(), "host", BUSYBOX);
    let said = job.berth(&["reap", "--exe", "platform-server"]).fine();
    assert!(said.err.contains("sees only the processes in it"), "{}", said.err);
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port().to_string();
    let said = job.berth(&["reap", "--exe", "platform-server", "--port", &port]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("cannot be seen from this container"), "{}", said.err);
}
