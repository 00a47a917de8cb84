//! What runs leave on the daemon, and on the machine.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant};

use procfs::net::TcpState;
use procfs::process::{FDTarget, Process};

use crate::daemon::{docker, docker_may_fail};

/// Kind and name of a thing.
pub type Thing = (String, String);

/// A guard has removed everything by then.
const GUARDS_WORK: Duration = Duration::from_secs(30);

/// What is there.
pub struct Snapshot(BTreeSet<Thing>);

impl Snapshot {
    pub fn take() -> Self {
        let mut all = BTreeSet::new();
        let mut add = |kind: &str, words: &[&str]| {
            let names = docker(words);
            all.extend(names.lines().map(|name| (kind.to_owned(), name.to_owned())));
        };
        add("container", &["ps", "-a", "--format", "{{.Names}}"]);
        add("volume", &["volume", "ls", "-q"]);
        add("network", &["network", "ls", "--format", "{{.Name}}"]);
        add("image", &["images", "--format", "{{.Repository}}:{{.Tag}}"]);
        all.extend(servers().into_iter().map(|(port, _)| ("server".to_owned(), format!("port {port}"))));
        Self(all)
    }

    /// What has come since, but for what the runner and the guard made for themselves.
    pub fn left(&self) -> BTreeSet<Thing> {
        // A guard's image goes with the next guard that ends (docs/berth-run.md).
        let others = ["GITEA-ACTIONS-TASK-", "act-", "berth-guard:"];
        let now = Self::take().0;
        now.difference(&self.0).filter(|(_, name)| !others.iter().any(|own| name.starts_with(own))).cloned().collect()
    }

    /// The same, once berth-run's guards have done their work: they wait for the end of a job's container.
    pub fn left_by_guards(&self) -> BTreeSet<Thing> {
        let started = Instant::now();
        loop {
            let left = self.left();
            let is_guarded = left.iter().any(|(_, name)| name.starts_with("berth-guard-"));
            if !is_guarded || started.elapsed() > GUARDS_WORK {
                return left;
            }
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    /// Removes what has come since.
    pub fn restore(&self) {
        let left = self.left();
        let of = |kind: &'static str| left.iter().filter(move |(own, _)| own == kind).map(|(_, name)| name.as_str());
        for name in of("container") {
            docker_may_fail(&["rm", "-fv", name]);
        }
        for name in of("network") {
            // Docker makes several of one name when two ask at once, and then knows none by it.
            let own = format!("name=^{name}$");
            for id in docker(&["network", "ls", "-q", "--filter", &own]).lines() {
                docker_may_fail(&["network", "rm", id]);
            }
        }
        for name in of("volume") {
            docker_may_fail(&["volume", "rm", name]);
        }
        for name in of("image") {
            docker_may_fail(&["rmi", "-f", name]);
        }
        for (port, process) in servers() {
            // Only what a job has started, which names its port.
            let names_it = process.cmdline().is_ok_and(|words| words.contains(&port.to_string()));
            if names_it && of("server").any(|name| name == format!("port {port}")) {
                let _ = Command::new("kill").arg(process.pid().to_string()).status();
            }
        }
    }
}

/// Processes of this machine that listen on TCP: those of containers and Docker's own proxies left out.
fn servers() -> Vec<(u16, Process)> {
    let here = std::fs::read_link("/proc/self/ns/pid").unwrap();
    let tables = procfs::net::tcp().into_iter().chain(procfs::net::tcp6()).flatten();
    let sockets = tables.filter(|entry| entry.state == TcpState::Listen);
    let ports: BTreeMap<u64, u16> = sockets.map(|entry| (entry.inode, entry.local_address.port())).collect();
    let mut all = Vec::new();
    for process in procfs::process::all_processes().unwrap().flatten() {
        let of_a_container = std::fs::read_link(format!("/proc/{}/ns/pid", process.pid())).ok() != Some(here.clone());
        if of_a_container || process.stat().is_ok_and(|stat| stat.comm == "docker-proxy") {
            continue;
        }
        for fd in process.fd().into_iter().flatten().flatten() {
            if let FDTarget::Socket(inode) = fd.target
                && let Some(port) = ports.get(&inode)
                && let Ok(process) = Process::new(process.pid())
            {
                all.push((*port, process));
            }
        }
    }
    all
}

/// A thing by what is the same in every run: numbers of runs and names that Docker invents are told by a word.
pub fn alike((kind, name): &Thing) -> Thing {
    let is_id = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let invented = name.split_once('_').is_some_and(|(first, second)| {
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        is_word(first) && is_word(second.trim_end_matches(|last: char| last.is_ascii_digit()))
    });
    let name = match (is_id, kind == "container" && invented) {
        (true, _) => "anonymous".to_owned(),
        (_, true) => "invented".to_owned(),
        _ => ["41", "42", "43"].iter().fold(name.clone(), |name, run| name.replace(run, "RUN")),
    };
    (kind.clone(), name)
}
