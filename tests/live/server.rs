//! Incident 2: the server nobody stopped, and the next run that meets it.

use std::fs;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::daemon::within;
use crate::host::HostRun;
use crate::mended::{copy, fixture, mended};

const FIXTURE: &str = "host/server";
const WORKFLOW: &str = ".gitea/workflows/e2e-api.yml";
const STARTED: &str = "Start the server";

/// A server that a run has left, or has running: it is ended with the test.
struct Server(String);

impl Server {
    fn of(run: &HostRun) -> Self {
        Self(fs::read_to_string(run.workspace().join("server.pid")).unwrap().trim().to_owned())
    }

    fn lives(&self) -> bool {
        fs::read_to_string(format!("/proc/{}/stat", self.0)).is_ok_and(|stat| !stat.contains(") Z "))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // By then the number is another's only if the server has ended.
        let cmdline = fs::read_to_string(format!("/proc/{}/cmdline", self.0)).unwrap_or_default();
        if cmdline.contains("platform-server") {
            let _ = std::process::Command::new("kill").arg(&self.0).status();
        }
    }
}

/// Another job's server of the same name, on a port of its own.
struct Neighbour {
    job: HostRun,
    server: Child,
}

impl Neighbour {
    fn start(id: &str, port: &str) -> Self {
        let job = HostRun::new(id);
        let program = job.workspace().join("platform-server");
        fs::copy(fixture(FIXTURE).join("server/main.py"), &program).unwrap();
        let mut command = job.command("python3");
        command.arg("./platform-server").env("PORT", port).stdout(Stdio::null()).stderr(Stdio::null());
        let server = command.spawn().unwrap();
        let neighbour = Self { job, server };
        within(Duration::from_secs(20), "the neighbour's server", || neighbour.answers(port));
        neighbour
    }

    fn answers(&self, port: &str) -> bool {
        let url = format!("http://127.0.0.1:{port}/run");
        let output = self.job.command("curl").args(["-fsS", &url]).output().unwrap();
        output.status.success()
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// One test: all of it is about one port of the machine.
#[test]
fn the_stale_server_is_reaped_and_a_live_neighbours_of_the_same_name_is_not() {
    let before = copy(&fixture(FIXTURE));
    let cancelled = HostRun::new("41");
    assert!(!cancelled.go(before.path(), WORKFLOW, Some(STARTED)).0);
    let stale = Server::of(&cancelled);
    drop(cancelled);
    assert!(stale.lives(), "the fixture no longer shows the incident");
    let next = HostRun::new("42");
    let (success, log) = next.go(before.path(), WORKFLOW, None);
    // Its own server dies of the port, and the other run's answers.
    assert!(!success && log.contains("== Start the server\n41"), "the fixture no longer shows the incident: {log}");
    assert!(stale.lives());
    drop(next);

    let after = mended(&fixture(FIXTURE), &["--unsafe-fixes"]);
    let neighbour = Neighbour::start("77", "28084");
    let (success, log) = HostRun::new("43").go(after.path(), WORKFLOW, None);
    assert!(success, "{log}");
    assert!(!stale.lives() && log.contains("its working directory is deleted"), "{log}");
    assert!(neighbour.answers("28084"), "the neighbour's server is gone: {log}");
    assert!(log.contains("left ") && log.contains("nothing says that its job is over"), "{log}");

    // A live one on the very port: the run says so before its server starts, and ends nobody's.
    let holder = Neighbour::start("78", "28083");
    let (success, log) = HostRun::new("44").go(after.path(), WORKFLOW, None);
    assert!(!success && log.contains("port 28083 is held by") && !log.contains("== API checks"), "{log}");
    assert!(holder.answers("28083") && neighbour.answers("28084"), "{log}");
}
