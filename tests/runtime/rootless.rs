//! A rootless daemon, as far as its answer goes: a proxy in front of the real one says so.

use std::io::{BufRead, BufReader, Read, Write, copy};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use crate::support::*;

/// Answers `/info` itself and hands everything else through.
fn proxy(socket: &Path) {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || relay(client));
        }
    });
}

fn relay(mut client: UnixStream) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    if first.contains("/info ") {
        let body = r#"{"SecurityOptions":["name=seccomp,profile=default","name=rootless"]}"#;
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
        write!(client, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).ok()?;
        return client.shutdown(Shutdown::Write).ok();
    }
    let mut daemon = UnixStream::connect(socket()).ok()?;
    daemon.write_all(first.as_bytes()).ok()?;
    let (mut answers, mut out) = (daemon.try_clone().ok()?, client.try_clone().ok()?);
    std::thread::spawn(move || {
        let _ = copy(&mut answers, &mut out);
        let _ = out.shutdown(Shutdown::Both);
    });
    let mut buffer = [0; 65536];
    loop {
        let count = reader.read(&mut buffer).ok()?;
        if count == 0 {
            return daemon.shutdown(Shutdown::Write).ok();
        }
        daemon.write_all(&buffer[..count]).ok()?;
    }
}

#[test]
#[ignore = "needs a Docker daemon"]
fn in_host_mode_its_siblings_are_published_on_the_loopback_address() {
    needs_daemon();
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("docker.sock");
    proxy(&socket);
    let address = format!("unix://{}", socket.display());
    let jobs = [HostJob::start(&Who::new()), HostJob::start(&Who::new())];
    let berth =
        |job: &HostJob, words: &[&str]| Ended::of(&job.command(words).env("DOCKER_HOST", &address).output().unwrap());
    for job in &jobs {
        berth(job, &web("web", &["--export", "URL={host}:{port:80}"])).fine();
        let seen = job.variables();
        assert_eq!(seen["BERTH_WEB_HOST"], "127.0.0.1");
        let published = docker(&["port", &seen["BERTH_WEB_ID"], "80/tcp"]);
        assert_eq!(published, format!("127.0.0.1:{}", seen["BERTH_WEB_PORT"]));
        assert_eq!(seen["URL"], published);
        assert_eq!(seen["BERTH_WEB_PORT_80"], seen["BERTH_WEB_PORT"]);
    }
    assert_ne!(jobs[0].variables()["BERTH_WEB_PORT"], jobs[1].variables()["BERTH_WEB_PORT"]);
    let doctor = berth(&jobs[0], &["doctor"]).fine();
    assert!(doctor.out.contains("rootless") && doctor.out.contains("127.0.0.1 answers"), "{}", doctor.out);
    for job in &jobs {
        berth(job, &["down"]).fine();
        assert!(labelled(&job.who.label()).is_empty());
    }
}
