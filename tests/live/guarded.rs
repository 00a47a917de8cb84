//! A cancel on a runner that then runs no step: before the fix the container stays, after it a guard removes it.

use std::path::Path;
use std::time::Duration;

use crate::daemon::{BUSYBOX, Container, exists, needs_daemon, within};
use crate::mended::{fixture, mended};
use crate::runner::{Ended, Run};

const WORKFLOW: &str = ".gitea/workflows/test.yml";

fn cancelled(repository: &Path) -> (Ended, String) {
    let ended = Run { cancelled_after: Some("Test"), ..Run::of(repository, WORKFLOW) }.go();
    assert!(!ended.log.contains("== Stop"), "{}", ended.log);
    let container = format!("cache-{}", ended.run);
    (ended, container)
}

#[test]
#[ignore = "needs a Docker daemon"]
fn after_a_cancel_a_guard_removes_what_carries_its_labels() {
    a_guard_removes_it("helper/guard");
}

/// The workflow hands the labels on to a script that it calls.
#[test]
#[ignore = "needs a Docker daemon"]
fn after_a_cancel_a_guard_removes_what_a_script_has_made() {
    a_guard_removes_it("helper/guard-script");
}

/// Only the helper mends such a repository.
fn a_guard_removes_it(repository: &str) {
    needs_daemon();
    let stranger = Container::run("stranger", &[BUSYBOX, "sleep", "600"]);
    let (_ended, left) = cancelled(&fixture(repository));
    std::thread::sleep(Duration::from_secs(5));
    assert!(exists(&left), "without the fix it stays");
    drop(Container(left));

    let after = mended(&fixture(repository), &["--select", "always-skipped-on-cancel"]);
    let (_ended, guarded) = cancelled(after.path());
    within(Duration::from_secs(20), "the guard's work", || !exists(&guarded));
    assert!(stranger.running(), "a stranger's container is gone");

    let whole = Run::of(after.path(), WORKFLOW).go();
    assert!(whole.success && whole.log.contains("== Stop"), "{}", whole.log);
    assert!(!exists(&format!("cache-{}", whole.run)));
}
