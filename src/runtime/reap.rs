//! `berth-run reap`: ends what an earlier job on this machine has left running, and waits for its port.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;

use procfs::net::TcpState;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::time::{Instant, sleep};

use super::process::{self, Candidate, Stale};
use super::{Error, Result, console, units};

/// How long a socket that a dead process has left can keep a port: twice the kernel's TIME_WAIT is never needed.
const LINGER: Duration = Duration::from_secs(90);

/// How long a port may still be listened on by what is just ending.
const LISTENING: Duration = Duration::from_secs(2);

/// How long the kernel may take over a process that was killed.
const KILLED: Duration = Duration::from_secs(10);

/// What `reap` is asked to do.
#[derive(Debug, Clone)]
pub struct Request {
    /// The program's name, or its path.
    pub exe: String,
    /// The port that must be free in the end.
    pub port: Option<u16>,
    /// How long a process may take to end by itself.
    pub grace: Duration,
    /// From which age on an orphan is stale.
    pub older_than: Option<Duration>,
}

/// Ends the stale ones, then waits for the port. To find none is success.
///
/// # Errors
/// A stale process cannot be ended, or somebody else holds the port.
pub async fn reap(request: &Request) -> Result<()> {
    if process::is_enclosed() {
        console::note(
            "this process is in a container and sees only the processes in it: what other jobs have left running \
             elsewhere cannot be reaped from here",
        );
    }
    let found = process::named(&request.exe)?;
    let (mut stale, mut left) = (Vec::new(), 0_usize);
    for candidate in found {
        match candidate.stale(request.older_than) {
            Some(why) => stale.push((candidate, why)),
            None => {
                left += 1;
                let shown = candidate.program.shown();
                console::note(&format!("left {shown} ({}): nothing says that its job is over", candidate.pid));
            }
        }
    }
    if stale.is_empty() {
        console::note(&format!("no stale {} is running", request.exe));
    }
    let (mut ending, mut outcome) = (Vec::new(), Ok(()));
    for (candidate, why) in stale {
        let shown = candidate.program.shown();
        console::note(&format!("ending {shown} ({}): {}", candidate.pid, words(&why)));
        match Handle::open(candidate) {
            Ok(handle) => ending.extend(handle),
            Err(error) => outcome = outcome.and(Err(error)),
        }
    }
    // One that cannot be ended is no reason to leave the others.
    outcome.and(end(ending, request.grace).await)?;
    match request.port {
        Some(port) => free(port, left).await,
        None => Ok(()),
    }
}

fn words(why: &Stale) -> String {
    match why {
        Stale::Directory => "its working directory is deleted".to_owned(),
        Stale::Temp(temp) => format!("its RUNNER_TEMP {temp} is gone"),
        Stale::Orphan(age) => format!("nobody waits for it, and it has run for {}", units::spoken(*age)),
    }
}

/// A process held so that its number cannot become another's.
struct Handle {
    candidate: Candidate,
    descriptor: std::os::fd::OwnedFd,
}

impl Handle {
    /// None when it has ended meanwhile.
    fn open(candidate: Candidate) -> Result<Option<Self>> {
        let Some(pid) = Pid::from_raw(candidate.pid) else { return Ok(None) };
        match pidfd_open(pid, PidfdFlags::empty()) {
            // The process was looked at through its own directory below /proc. That still answers, so the number is
            // still its own, and the descriptor is too.
            Ok(descriptor) => Ok(candidate.lives().then_some(Self { candidate, descriptor })),
            Err(rustix::io::Errno::SRCH) => Ok(None),
            Err(error) => Err(Error::failed(
                format!("process {} cannot be stopped safely: {error}", candidate.pid),
                "berth-run needs a pidfd, which Linux has from 5.3 on: without one it might hit another process that \
                 has the number by then; stop it by hand",
            )),
        }
    }

    fn send(&self, signal: Signal) -> Result<()> {
        match pidfd_send_signal(&self.descriptor, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(Error::failed(
                format!("process {} cannot be ended: {error}", self.candidate.pid),
                "it belongs to this user, so a policy of this machine forbids it (seccomp, AppArmor, SELinux): ask its administrator",
            )),
        }
    }
}

/// Ends them all; with one that may not be ended the others still go.
async fn end(mut all: Vec<Handle>, grace: Duration) -> Result<()> {
    let mut outcome = Ok(());
    for (signal, patience) in [(Signal::TERM, grace), (Signal::KILL, KILLED)] {
        all.retain(|handle| match handle.send(signal) {
            Ok(()) => true,
            Err(error) => {
                if outcome.is_ok() {
                    outcome = Err(error);
                }
                false
            }
        });
        let started = Instant::now();
        loop {
            all.retain(|handle| handle.candidate.lives());
            if all.is_empty() {
                return outcome;
            }
            if started.elapsed() >= patience {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
        for handle in all.iter().filter(|_| signal == Signal::TERM) {
            let after = units::spoken(grace);
            console::note(&format!("{} has not ended after {after}: killing it", handle.candidate.pid));
        }
    }
    let pids: Vec<String> = all.iter().map(|handle| handle.candidate.pid.to_string()).collect();
    Err(Error::failed(
        format!("killed, and still running: {}", pids.join(", ")),
        "it waits for a device or a network disk that does not answer: mend that, or restart the machine",
    ))
}

/// Waits until a server can have the port.
async fn free(port: u16, left: usize) -> Result<()> {
    let started = Instant::now();
    let mut said = false;
    loop {
        let listened = is_listened_on(port)?;
        if !listened && can_be_had(port) {
            console::note(&format!("port {port} is free"));
            return Ok(());
        }
        if listened && started.elapsed() > LISTENING {
            let whose = match (process::listener(port), process::is_enclosed(), left) {
                (Some(holder), _, _) => {
                    format!("a live process that was left alone, {} ({})", holder.program.shown(), holder.pid)
                }
                (None, true, _) => {
                    "a process that cannot be seen from this container: another job's, or the machine's own".to_owned()
                }
                (None, false, 1..) => "a live process of that name, as far as can be seen: another job's".to_owned(),
                (None, false, 0) => "a process that this user may not look at".to_owned(),
            };
            return Err(Error::failed(
                format!("port {port} is held by {whose}"),
                "give the server a port that is free: PORT=$(berth-run port)",
            ));
        }
        if started.elapsed() > LINGER {
            return Err(Error::failed(
                format!("nothing listens on port {port}, but it is still not free after {}", units::spoken(LINGER)),
                "connections of the last server may linger; give the server a port that is free: PORT=$(berth-run port)",
            ));
        }
        if !listened && !said {
            said = true;
            console::note(&format!("port {port} is still kept by connections of the last server: waiting"));
        }
        sleep(Duration::from_millis(50)).await;
    }
}

fn is_listened_on(port: u16) -> Result<bool> {
    let unreadable = |error| {
        Error::failed(format!("/proc/net/tcp cannot be read: {error}"), "run it where a usual /proc is mounted")
    };
    // A machine without IPv6 has no second table.
    let tables = procfs::net::tcp().map_err(unreadable)?.into_iter().chain(procfs::net::tcp6().unwrap_or_default());
    Ok(tables.into_iter().any(|row| row.state == TcpState::Listen && row.local_address.port() == port))
}

/// Whether a server gets the port as most servers ask for it, with SO_REUSEADDR. Ports that this user may not have are
/// for the server to ask for.
fn can_be_had(port: u16) -> bool {
    let taken = |address: SocketAddr| match TcpListener::bind(address) {
        Ok(_) => false,
        Err(error) => error.kind() == ErrorKind::AddrInUse,
    };
    !taken((Ipv4Addr::UNSPECIFIED, port).into()) && !taken((Ipv6Addr::UNSPECIFIED, port).into())
}
