//! Incident 1: two runs, one port. Before the fix they meet in one database; after it each has its own.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::sync::{Barrier, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::daemon::{
    BUSYBOX, Container, POSTGRES, docker, docker_may_fail, exists, labelled, needs_daemon, program, text, within,
};
use crate::mended::{copy, fixture, mended};
use crate::runner::{Ended, Run};

const FIXTURE: &str = "live/postgres";
const WORKFLOW: &str = ".gitea/workflows/integration.yml";

/// How steps that start something are written.
const EMISSIONS: [&str; 3] = ["shell", "helper", "action"];

/// The fix is unsafe only because this runner may leave the container behind after a cancel.
fn fixed(emit: &str) -> tempfile::TempDir {
    mended(&fixture(FIXTURE), &["--unsafe-fixes", "--emit", emit])
}

/// Two runs that start at the same moment.
fn at_once(runs: [&Run<'_>; 2]) -> [Ended; 2] {
    let start = Barrier::new(2);
    let go = |run: &Run<'_>| {
        start.wait();
        run.go()
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| go(runs[1]));
        [go(runs[0]), other.join().unwrap()]
    })
}

fn label(run: &str) -> String {
    format!("berth.run={run}")
}

/// The anonymous volumes of a run's containers.
fn volumes(run: &str) -> Vec<String> {
    let filter = format!("label={}", label(run));
    let containers = docker(&["ps", "-aq", "--filter", &filter]);
    let format = "{{range .Mounts}}{{if eq .Type \"volume\"}}{{println .Name}}{{end}}{{end}}";
    let names = containers.lines().flat_map(|id| {
        // It may be gone by now.
        let output = std::process::Command::new("docker").args(["inspect", "-f", format, id]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()
    });
    names.filter(|name| !name.is_empty()).collect()
}

/// Nothing of a run is on the daemon: nothing labelled, nothing named after it.
#[track_caller]
fn nothing_left(run: &str) {
    let labelled = labelled(&label(run));
    assert!(labelled.is_empty(), "{labelled:?}");
    let named = docker(&["ps", "-a", "--filter", &format!("name=-{run}-"), "--format", "{{.Names}}"]);
    assert!(named.is_empty(), "{named}");
}

#[test]
#[ignore = "needs a Docker daemon"]
fn two_runs_at_once_are_red_before_the_fix_and_green_after_it() {
    needs_daemon();
    let before = copy(&fixture(FIXTURE));
    let alone = Run::of(before.path(), WORKFLOW).go();
    assert!(alone.success, "{}", alone.log);
    // On a machine that is busy enough one may be over before the other's database starts.
    let green_before: Vec<usize> = std::iter::repeat_with(|| collide(before.path())).take(3).collect();
    let _ =
        writeln!(std::io::stderr(), "two runs at once, three times: {green_before:?} of 2 are green before the fix");
    assert!(green_before.iter().any(|green| *green < 2), "the fixture no longer shows the incident");

    for emit in EMISSIONS {
        let after = fixed(emit);
        green(after.path(), emit, &["sh"]);
    }
}

/// How many of two runs at once are green.
fn collide(repository: &Path) -> usize {
    let runs = [Run::of(repository, WORKFLOW), Run::of(repository, WORKFLOW)];
    at_once([&runs[0], &runs[1]]).iter().filter(|ended| ended.success).count()
}

/// Shells that job images have as `sh`; the helper's steps are one command.
#[test]
#[ignore = "needs a Docker daemon"]
fn the_steps_run_in_every_sh() {
    needs_daemon();
    for emit in ["shell", "action"] {
        let after = fixed(emit);
        for sh in [&["dash"][..], &["bash", "--posix"], &["busybox", "sh"]] {
            green(after.path(), emit, sh);
        }
    }
}

/// Two runs at once, each with its own data, gone without a trace, with strangers beside them.
#[track_caller]
fn green(repository: &Path, emit: &str, sh: &[&str]) {
    let mut runs = [Run::of(repository, WORKFLOW), Run::of(repository, WORKFLOW)];
    let seen: Mutex<BTreeSet<String>> = Mutex::default();
    let ids = [runs[0].id.clone(), runs[1].id.clone()];
    let watch = |_: &str| seen.lock().unwrap().extend(ids.iter().flat_map(|id| volumes(id)));
    for run in &mut runs {
        run.watch = &watch;
        run.sh = sh;
    }
    let strangers = strangers(&ids[0]);
    let [one, two] = at_once([&runs[0], &runs[1]]);
    for ended in [&one, &two] {
        assert!(ended.success, "{emit}, {sh:?}: {}", ended.log);
        assert!(ended.log.contains(&format!("found {}\n", ended.run)), "{emit}, {sh:?}: {}", ended.log);
        nothing_left(&ended.run);
    }
    let seen = seen.into_inner().unwrap();
    assert!(seen.len() >= 2, "each database has a volume: {seen:?}");
    for volume in seen {
        assert!(!docker_may_fail(&["volume", "inspect", &volume]), "{volume} is left");
    }
    assert!(strangers.iter().all(Container::running), "{emit}, {sh:?}: a stranger's container is gone");
}

/// A container that another run's fixed workflow made, and a database that is only named like this run's.
fn strangers(run: &str) -> [Container; 2] {
    let labels =
        ["berth.managed=1", "berth.repo=team/app", "berth.run=1", "berth.token=cafe", "berth.expires=9999999999"];
    let mut words: Vec<&str> = labels.iter().flat_map(|label| ["--label", label]).collect();
    words.extend([BUSYBOX, "sleep", "3000"]);
    let labelled = Container::run("postgres", &words);
    let alike = Container(format!("postgres-{run}0-1-integration"));
    docker(&["run", "-d", "--name", &alike.0, POSTGRES]);
    [labelled, alike]
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_job_that_fails_in_the_middle_leaves_nothing() {
    needs_daemon();
    for emit in EMISSIONS {
        let after = fixed(emit);
        std::fs::write(after.path().join("tests/schema.sql"), "SELECT 1/0;\n").unwrap();
        let ended = Run::of(after.path(), WORKFLOW).go();
        assert!(!ended.success && ended.log.contains("division by zero"), "{}", ended.log);
        assert!(ended.log.contains("== Stop postgres"), "{}", ended.log);
        nothing_left(&ended.run);
    }
}

/// A database that dies on start is told with its log, and removed.
#[test]
#[ignore = "needs a Docker daemon"]
fn a_database_that_does_not_start_is_told_with_its_log() {
    needs_daemon();
    for emit in EMISSIONS {
        let after = fixed(emit);
        let file = after.path().join(WORKFLOW);
        let broken = std::fs::read_to_string(&file).unwrap().replace("POSTGRES_DB=app_test", "POSTGRES_DB='a\"b'");
        std::fs::write(file, broken).unwrap();
        let ended = Run::of(after.path(), WORKFLOW).go();
        assert!(!ended.success && ended.log.contains("ERROR:"), "{emit}: {}", ended.log);
        assert!(!ended.log.contains("== Migrate"), "{emit}: {}", ended.log);
        nothing_left(&ended.run);
    }
}

/// No step runs after a cancel on this runner: the guard of the helper removes what is left.
#[test]
#[ignore = "needs a Docker daemon"]
fn after_a_cancel_the_guard_removes_what_the_helper_started() {
    needs_daemon();
    let after = fixed("helper");
    let run = Run { cancelled_after: Some("Test"), ..Run::of(after.path(), WORKFLOW) };
    let left: Mutex<Vec<String>> = Mutex::default();
    let watch = |step: &str| {
        if step == "Test" {
            *left.lock().unwrap() = volumes(&run.id);
        }
    };
    let ended = Run { watch: &watch, id: run.id.clone(), ..run }.go();
    assert!(!ended.log.contains("== Stop postgres"), "{}", ended.log);
    within(Duration::from_secs(20), "the guard's work", || labelled(&label(&ended.run)).is_empty());
    nothing_left(&ended.run);
    let left = left.into_inner().unwrap();
    assert!(!left.is_empty());
    assert!(left.iter().all(|volume| !docker_may_fail(&["volume", "inspect", volume])), "{left:?}");
}

/// gitea-runner before 0.3.1 does not say which attempt it is: the next one has the name of what a cancelled one left.
#[test]
#[ignore = "needs a Docker daemon"]
fn a_second_attempt_of_a_cancelled_run_is_green() {
    needs_daemon();
    for emit in EMISSIONS {
        let after = fixed(emit);
        let first = Run { cancelled_after: Some("Migrate"), ..Run::of(after.path(), WORKFLOW) };
        let id = first.id.clone();
        // What it left stays until the second attempt is over.
        let cancelled = first.go();
        let second = Run { id, ..Run::of(after.path(), WORKFLOW) }.go();
        assert!(second.success, "{emit}: {}", second.log);
        drop(cancelled);
    }
}

/// Where only shell was asked for, a sweep finds what is left: it says whose it is, and until when.
#[test]
#[ignore = "needs a Docker daemon"]
fn after_a_cancel_what_the_shell_started_says_when_a_sweep_may_take_it() {
    needs_daemon();
    let after = fixed("shell");
    let ended = Run { cancelled_after: Some("Test"), ..Run::of(after.path(), WORKFLOW) }.go();
    let name = format!("postgres-{}-1-integration", ended.run);
    assert!(exists(&name), "{}", ended.log);
    let labels = |key: &str| docker(&["inspect", "-f", &format!("{{{{index .Config.Labels \"{key}\"}}}}"), &name]);
    assert_eq!(labels("berth.managed"), "1");
    assert_eq!(labels("berth.self"), name);
    assert_eq!(labels("berth.repo"), "team/app");
    assert_eq!(labels("berth.run"), ended.run);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let expires: u64 = labels("berth.expires").parse().unwrap();
    assert!((now..=now + 24 * 60 * 60).contains(&expires), "{expires}");
    let doctor = std::process::Command::new(program()).args(["doctor", "--orphans"]).output().unwrap();
    let told = text(&doctor.stdout).lines().any(|line| line.contains(&name) && line.contains("a sweep takes it"));
    assert!(told, "{}", text(&doctor.stdout));
}
