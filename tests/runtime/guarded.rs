//! What is left when a job cannot clean up for itself.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use crate::support::*;

/// How often the job container is killed.
const KILLS: u32 = 20;

/// Removal takes several looks half a second apart, on a machine that is busy with other tests.
const SECONDS: Duration = Duration::from_secs(20);

/// Killed while the sibling serves, and at moments spread over the whole of `up`.
#[test]
fn the_guard_cleans_up_behind_twenty_killed_jobs() {
    if !daemon() {
        return;
    }
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
            // A guard whose `up` died between creating and starting it: nothing can start it, and
            // the next berth-run on this daemon removes it (checked below).
            labelled(&job.who.label()).iter().all(|c| c.starts_with("berth-guard-") && c.ends_with(" created"))
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
fn the_guard_outlives_a_step_and_down_dismisses_it() {
    if !daemon() {
        return;
    }
    let job = ContainerJob::start_from(&Who::new(), "host", BUSYBOX);
    job.berth(&web("web", &[])).fine();
    let guard = format!("berth-guard-{}", &job.variables()["BERTH_TOKEN"][..12]);
    let image = docker(&["inspect", "-f", "{{.Image}}", &guard]);
    assert_eq!(docker(&["inspect", "-f", "{{.State.Running}}", &guard]), "true");
    job.berth(&["down"]).fine();
    assert!(!exists(&guard));
    // Other tests' guards may use the image at this moment; without them it is gone.
    within(SECONDS, "the image nobody uses goes", || {
        let used = !docker(&["ps", "-aq", "--filter", &format!("ancestor={image}")]).is_empty();
        used || !docker_may_fail(&["image", "inspect", &image])
    });

    job.berth(&web("web", &[])).fine();
    assert_eq!(docker(&["inspect", "-f", "{{.State.Running}}", &guard]), "true");
}

#[test]
fn without_a_guard_nothing_else_is_started() {
    if !daemon() {
        return;
    }
    let job = ContainerJob::start_from(&Who::new(), "host", BUSYBOX);
    job.berth(&web("web", &["--no-guard"])).fine();
    assert_eq!(labelled(&job.who.label()).len(), 1);
    let host = HostJob::start(&Who::new());
    host.berth(&web("web", &[])).fine();
    assert_eq!(labelled(&host.who.label()).len(), 1, "in host mode expiry takes its place");
    host.berth(&["down"]).fine();
    job.berth(&["down"]).fine();
}

#[test]
fn an_interrupted_up_takes_back_what_it_made() {
    if !daemon() {
        return;
    }
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
fn a_failed_up_does_not_dismiss_the_guard_of_another() {
    if !daemon() {
        return;
    }
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
fn another_jobs_down_leaves_the_answering_container_of_doctor() {
    if !daemon() {
        return;
    }
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
