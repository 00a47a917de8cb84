//! A socket between berth-run and a daemon, which answers some requests in the daemon's stead.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The daemon gets it.
    Passes,
    /// It is answered with this status, and what a daemon says that has lost a layer.
    Fails(u16),
    /// The daemon is gone, from here on for everybody.
    Dies,
}

/// Decides by a request's first line.
type Judge = dyn Fn(&str) -> Verdict + Send + Sync;

/// The socket, as long as this lives.
pub struct Between {
    folder: TempDir,
}

impl Between {
    /// In front of the daemon that listens at `daemon`.
    pub fn start(daemon: &Path, judge: impl Fn(&str) -> Verdict + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("docker.sock")).unwrap();
        let (judge, is_dead): (Arc<Judge>, _) = (Arc::new(judge), Arc::new(AtomicBool::new(false)));
        let daemon: PathBuf = daemon.to_owned();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (judge, is_dead, daemon) = (judge.clone(), is_dead.clone(), daemon.clone());
                std::thread::spawn(move || relay(client, &daemon, &*judge, &is_dead));
            }
        });
        Self { folder }
    }

    /// What DOCKER_HOST says of it.
    pub fn host(&self) -> String {
        format!("unix://{}", self.folder.path().join("docker.sock").display())
    }
}

fn relay(mut client: UnixStream, daemon: &Path, judge: &Judge, is_dead: &AtomicBool) -> Option<()> {
    let mut daemon = UnixStream::connect(daemon).ok()?;
    let (mut answers, mut out) = (daemon.try_clone().ok()?, client.try_clone().ok()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut out);
        let _ = out.shutdown(Shutdown::Both);
    });
    let mut buffer = [0; 65536];
    loop {
        let count = client.read(&mut buffer).ok()?;
        let head = String::from_utf8_lossy(&buffer[..count]);
        let first = head.lines().next().unwrap_or_default();
        // A client asks the next thing when it has its answer; what follows a head is its body.
        let verdict = if first.ends_with("HTTP/1.1") { judge(first) } else { Verdict::Passes };
        if verdict == Verdict::Dies {
            is_dead.store(true, Ordering::SeqCst);
        }
        if count == 0 || is_dead.load(Ordering::SeqCst) {
            let _ = client.shutdown(Shutdown::Both);
            return daemon.shutdown(Shutdown::Both).ok();
        }
        match verdict {
            Verdict::Fails(status) => {
                let body = r#"{"message":"layer does not exist"}"#;
                let length = body.len();
                let kind = "Content-Type: application/json";
                let answer = format!("HTTP/1.1 {status} Failure\r\n{kind}\r\nContent-Length: {length}\r\n\r\n{body}");
                client.write_all(answer.as_bytes()).ok()?;
            }
            _ => daemon.write_all(&buffer[..count]).ok()?,
        }
    }
}
