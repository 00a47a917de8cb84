//! What is left when a job cannot clean up for itself.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use crate::daemon::own::OwnDaemon;
use crate::support::*;

/// How often the job container is killed.
const KILLS: u32 = 20;

/// Removal takes several looks half a second apart, on a machine that is busy with other tests.
const SECONDS: Duration = Duration::from_secs(20);

/// Killed while the sibling serves, and at moments spread over the whole of `up`.
#[test]
#[ignore = "needs a Docker daemon"]
fn the_guard_cleans_up_behind_twenty_killed_jobs() {
    needs_daemon();
    let stranger = Container::run("stranger", &[BUSYBOX, "sleep", "3000"]);
    let neighbour = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    neighbour.berth(&web("web", &[])).fine();
    let neighbours = neighbour.variables()["BERTH_WEB_ID"].clone();

    let mut slowest = Duration::ZERO;
    let mut runs = Vec::new();
    for round in 0..KILLS {
        let network = ["host", "bridge"][round as usize % 2];
        let job = ContainerJob::start_from(&Who::new(), network, BUSYBOX);
        let token = if round % 4 < 2 {
            job.berth(&web("web", &[])).fine();
            let token = job.variables()["BERTH_TOKEN"].clone();
            assert_eq!(labelled(&format!("berth.token={token}")).len(), 2);
            job.kill();
            Some(token)
        } else {
            let mut up = job.spawn_berth(&web("web", &["--timeout", "60s"]));
            std::thread::sleep(Duration::from_millis(u64::from(round) * 50));
            job.kill();
            up.wait().unwrap();
            None
        };
        let took = within(SECONDS, "the guard's work", || {
            // An `up` that died before its guard ran: nothing can start it, and the next berth-run on this daemon
            // removes what is left (checked below).
            let left = labelled(&job.who.label());
            !left.iter().any(|c| c.starts_with("berth-guard-") && c.ends_with(" running"))
                && (token.is_none() || left.is_empty())
        });
        if token.is_some() {
            slowest = slowest.max(took);
        }
        assert!(exists(&job.container.0), "the job's own container is not the guard's to remove");
        runs.push(job.who.label());
    }
    let _ = writeln!(std::io::stderr(), "guard: slowest of {KILLS} clean-ups took {slowest:?}");

    assert!(stranger.running());
    assert_eq!(docker(&["inspect", "-f", "{{.State.Running}}", &neighbours]), "true");
    neighbour.berth(&["down"]).fine();
    for run in runs {
        let left = labelled(&run);
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
#[ignore = "needs a Docker daemon"]
fn the_guard_outlives_a_step_and_down_dismisses_it() {
    needs_daemon();
    let job = ContainerJob::start_from(&Who::new(), "host", BUSYBOX);
    job.berth(&web("web", &[])).fine();
    let guard = format!("berth-guard-{}", &job.variables()["BERTH_TOKEN"][..12]);
    assert_eq!(docker(&["inspect", "-f", "{{.State.Running}}", &guard]), "true");
    job.berth(&["down"]).fine();
    assert!(!exists(&guard));

    job.berth(&web("web", &[])).fine();
    assert_eq!(docker(&["inspect", "-f", "{{.State.Running}}", &guard]), "true");
}

/// An import costs as much as a guard's start. So the image stays for the next job; of a version that is no longer in
/// use it goes. On a daemon of the test's own: on the others' another job's guard has the same image, and another job's
/// `down` removes the old one.
#[test]
#[ignore = "needs a Docker daemon"]
fn the_guards_image_stays_for_the_next_job_and_goes_when_it_is_old() {
    needs_daemon();
    let own = OwnDaemon::start();
    let archive = OldGuardImage::archive();
    own.docker(&["load", "-q", "-i", &archive.path()]);
    let job = OwnJob::start(&own);
    job.berth(&web("web", &[])).fine();
    let guards = own.containers().into_iter().filter(|name| name.starts_with("berth-guard-")).collect::<Vec<_>>();
    let [guard] = guards.try_into().unwrap();
    let image = own.docker(&["inspect", "-f", "{{.Image}}", &guard]);
    job.berth(&["down"]).fine();
    assert!(!own.containers().contains(&guard));
    let images = own.docker(&["images", "--no-trunc", "-q", "--filter", "label=berth.guard-image=1"]);
    assert_eq!(images, image, "the next job needs this one, and nobody has used the other for years");
}

#[test]
#[ignore = "needs a Docker daemon"]
fn without_a_guard_nothing_else_is_started() {
    needs_daemon();
    let job = ContainerJob::start_from(&Who::new(), "host", BUSYBOX);
    job.berth(&web("web", &["--no-guard"])).fine();
    assert_eq!(labelled(&job.who.label()).len(), 1);
    let host = HostJob::start(&Who::new());
    host.berth(&web("web", &[])).fine();
    assert_eq!(labelled(&host.who.label()).len(), 1, "in host mode the guard is no container");
    host.berth(&["down"]).fine();
    job.berth(&["down"]).fine();
}

#[test]
#[ignore = "needs a Docker daemon"]
fn an_interrupted_up_takes_back_what_it_made() {
    needs_daemon();
    for (round, signal) in ["-INT", "-TERM", "-HUP", "-TERM", "-TERM", "-INT"].iter().enumerate() {
        let job = HostJob::start(&Who::new());
        job.berth(&web("kept", &[])).fine();
        // Nothing listens on port 81: it waits until it is interrupted.
        let mut command = job.command(&["up", "web", "--image", BUSYBOX, "--port", "81", "--", "sleep", "60"]);
        let up = command.stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis([1500, 900, 600, 300, 150, 60][round]));
        let pid = up.id().to_string();
        assert!(std::process::Command::new("kill").args([*signal, &*pid]).status().unwrap().success());
        let output = up.wait_with_output().unwrap();
        assert!(!output.status.success());
        let left = labelled(&job.who.label());
        assert_eq!(left.len(), 1, "{signal}: {left:?} {}", text(&output.stderr));
        assert!(left[0].starts_with("berth-kept-"), "{left:?}");
        assert_eq!(job.variables()["BERTH_WEB_HOST"], "unset.invalid");
        job.berth(&["down"]).fine();
    }
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_failed_up_does_not_dismiss_the_guard_of_another() {
    needs_daemon();
    let job = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    // Labelled by the job itself, so without `berth.self`.
    let labels = job.berth(&["labels", "--format", "args"]).fine().out;
    let name = unique("mine");
    let mut words = vec!["run", "-d", "--name", &name];
    words.extend(labels.split_whitespace());
    words.extend([BUSYBOX, "sleep", "3000"]);
    docker(&words);
    let fails = ["up", "bad", "--image", BUSYBOX, "--", "false"];
    assert_eq!(job.berth(&fails).code, 1);
    let guard = format!("berth-guard-{}", &job.variables()["BERTH_TOKEN"][..12]);
    assert!(exists(&guard), "there is still something to guard");
    job.kill();
    within(SECONDS, "the guard's work", || labelled(&job.who.label()).is_empty());
    assert!(!exists(&name));
}

/// What runs from the guard's image is no guard: another job's `down` must let it be, even in the
/// moment before it is started.
#[test]
#[ignore = "needs a Docker daemon"]
fn another_jobs_down_leaves_the_answering_container_of_doctor() {
    needs_daemon();
    let job = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    job.berth(&web("web", &[])).fine();
    let guard = format!("berth-guard-{}", &job.variables()["BERTH_TOKEN"][..12]);
    let image = docker(&["inspect", "-f", "{{.Image}}", &guard]);
    let name = unique("answer");
    let own = format!("berth.self={name}");
    docker(&["create", "--name", &name, "--label", "berth.managed=1", "--label", &own, &image, "/berth-run"]);
    let answering = Container(name);
    job.berth(&["down"]).fine();
    assert!(exists(&answering.0));
}

/// The daemon took the guard along, or it never ran: the next `down` of any job finds what is left.
#[test]
#[ignore = "needs a Docker daemon"]
fn what_a_lost_guard_leaves_is_taken_by_the_next_down() {
    needs_daemon();
    let neighbour = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    neighbour.berth(&web("web", &[])).fine();
    let neighbours = neighbour.variables()["BERTH_WEB_ID"].clone();
    let job = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    job.berth(&web("web", &["--volume", "data:/data"])).fine();
    let token = job.variables()["BERTH_TOKEN"].clone();
    let volume = format!("berth-data-{}", &token[..12]);
    assert!(docker_may_fail(&["volume", "inspect", &volume]));
    docker(&["rm", "-f", &format!("berth-guard-{}", &token[..12])]);

    let other = HostJob::start(&Who::new());
    other.berth(&["name", "x"]).fine();
    other.berth(&["down"]).fine();
    assert_eq!(labelled(&job.who.label()).len(), 1, "its job container lives");
    job.kill();
    other.berth(&["down"]).fine();
    assert!(labelled(&job.who.label()).is_empty());
    assert!(!docker_may_fail(&["volume", "inspect", &volume]));
    assert_eq!(docker(&["inspect", "-f", "{{.State.Running}}", &neighbours]), "true");
    neighbour.berth(&["down"]).fine();
}

#[test]
#[ignore = "needs a Docker daemon"]
fn the_guard_removes_what_expires_while_the_job_lives() {
    needs_daemon();
    let job = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    job.berth(&web("kept", &[])).fine();
    job.berth(&web("web", &["--ttl", "3s"])).fine();
    let (kept, id) = (job.variables()["BERTH_KEPT_ID"].clone(), job.variables()["BERTH_WEB_ID"].clone());
    within(Duration::from_secs(40), "its expiry", || !exists(&id));
    assert!(exists(&kept));
    job.berth(&["down"]).fine();
}

/// An interrupted `up` deletes its volume; a request still under way in the daemon must not make it again, bare.
#[test]
#[ignore = "needs a Docker daemon"]
fn an_interrupted_up_leaves_no_volume_without_labels() {
    needs_daemon();
    for pause in (0..12).map(|round| round * 40) {
        let job = HostJob::start(&Who::new());
        let name = job.berth(&["name", "data"]).fine().out.trim().to_owned();
        let mut command = job.command(&web("web", &["--volume", "data:/data"]));
        let mut up = command.stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        let pid = up.id().to_string();
        std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        up.wait().unwrap();
        job.berth(&["down"]).fine();
        assert!(!docker_may_fail(&["volume", "inspect", &name]), "after {pause} ms");
    }
}

#[test]
#[ignore = "needs a Docker daemon"]
fn up_right_after_down_finds_its_name_free() {
    needs_daemon();
    let job = ContainerJob::start_from(&Who::new(), "bridge", BUSYBOX);
    for _ in 0..3 {
        job.berth(&web("web", &[])).fine();
        let mut down = job.spawn_berth(&["down"]);
        std::thread::sleep(Duration::from_millis(60));
        let up = job.berth(&web("web", &[]));
        // It may lose what `down` takes from it at that moment; but a name that is just going is waited for.
        let errors: Vec<&str> = up.err.lines().filter(|line| line.contains("error: ")).collect();
        assert!(!errors.iter().any(|line| line.contains("marked for removal")), "{}", up.err);
        down.wait().unwrap();
        job.berth(&["down"]).fine();
    }
}
