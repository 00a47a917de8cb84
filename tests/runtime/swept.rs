//! `sweep` and `snapshot`: leftovers that no job removes any more.
//!
//! Every call that removes names this test's own containers: the daemon has others'.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::between::{Between, Verdict};
use crate::support::*;

const SLEEP: [&str; 3] = [BUSYBOX, "sleep", "3000"];

fn sweep(words: &[&str]) -> Ended {
    let mut all = vec!["sweep"];
    all.extend_from_slice(words);
    HostJob::start(&Who::new()).berth(&all)
}

#[test]
#[ignore = "needs a Docker daemon"]
fn it_is_a_dry_run_until_it_is_told_otherwise() {
    needs_daemon();
    let old = [Container::run("old", &SLEEP), Container::run("old", &SLEEP)];
    let other = Container::run("keep", &SLEEP);
    std::thread::sleep(Duration::from_millis(1100));
    let names = format!("^({}|{})$", old[0].0, old[1].0);
    let said = sweep(&["--name", &names, "--older-than", "1s"]).fine();
    assert!(said.out.contains(&format!("would remove container {}", old[0].0)), "{}", said.out);
    assert!(said.err.contains("dry run") && old.iter().all(Container::running));
    let young = sweep(&["--name", &names, "--apply"]).fine();
    assert!(young.err.contains("nothing to sweep"), "two hours are the default: {}", young.err);

    let capped = sweep(&["--name", &names, "--older-than", "1s", "--cap", "1", "--apply"]);
    assert_eq!(capped.code, 1);
    assert!(capped.err.contains("more than the cap of 1") && old.iter().all(Container::running), "{}", capped.err);

    sweep(&["--name", &names, "--older-than", "1s", "--cap", "2", "--apply"]).fine();
    assert!(old.iter().all(|container| !exists(&container.0)));
    assert!(other.running());
}

#[test]
#[ignore = "needs a Docker daemon"]
fn names_images_and_labels_select_together() {
    needs_daemon();
    let label = format!("test={}", unique("l"));
    let team = format!("{}/app", unique("team"));
    docker(&["tag", BUSYBOX, &team]);
    let labelled_with = |what: &str, image: &str| Container::run(what, &["--label", &label, image, "sleep", "3000"]);
    let (named, made) = (labelled_with("named", BUSYBOX), labelled_with("made", &team));
    let neither = labelled_with("neither", BUSYBOX);
    let unlabelled = Container::run("unlabelled", &[&team, "sleep", "3000"]);
    // Never started: its age goes by its making.
    let created = Container(unique("named"));
    docker(&["create", "--name", &created.0, "--label", &label, BUSYBOX, "true"]);
    let glob = format!("{}/*", team.split('/').next().unwrap());
    let name = format!("^{}$|^{}$", named.0, created.0);
    std::thread::sleep(Duration::from_millis(1100));
    let words = ["--name", &name, "--image", &glob, "--label", &label, "--older-than", "1s", "--apply"];
    // The image's name moves on: the daemon now lists the container under an id.
    docker(&["tag", POSTGRES, &team]);
    sweep(&words).fine();
    for gone in [&named, &made, &created] {
        assert!(!exists(&gone.0), "{}", gone.0);
    }
    assert!(neither.running() && unlabelled.running());
    drop(unlabelled);
    docker(&["rmi", &team]);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn what_belongs_to_a_running_task_is_left() {
    needs_daemon();
    let number = std::process::id();
    let task = format!("GITEA-ACTIONS-TASK-{number}_WORKFLOW-{}", unique("w"));
    let job = Container(task.clone());
    docker(&["run", "-d", "--name", &task, BUSYBOX, "sleep", "3000"]);
    let service = Container(format!("{task}-service"));
    docker(&["run", "-d", "--name", &service.0, BUSYBOX, "sleep", "3000"]);
    let label = format!("berth.task={number}");
    let own = Container::run("own", &["--label", &label, BUSYBOX, "sleep", "3000"]);
    let beside = Container::run("beside", &["--network", &format!("container:{task}"), BUSYBOX, "sleep", "3000"]);
    let name = format!("{task}|^{}$|^{}$", own.0, beside.0);
    std::thread::sleep(Duration::from_millis(1100));
    let words = ["--name", &name, "--older-than", "1s", "--apply"];
    let said = sweep(&words).fine();
    assert_eq!(said.err.matches("a task that is running").count(), 4, "{}", said.err);
    assert!([&job, &service, &own, &beside].iter().all(|container| container.running()));
    docker(&["kill", &service.0, &beside.0, &own.0, &job.0]);
    sweep(&words).fine();
    assert!([&job, &service, &own, &beside].iter().all(|container| !exists(&container.0)));
}

#[test]
#[ignore = "needs a Docker daemon"]
fn without_a_selector_it_is_what_has_expired() {
    needs_daemon();
    let job = HostJob::start(&Who::new());
    job.berth(&web("old", &["--ttl", "0s", "--no-guard", "--volume", "data:/data"])).fine();
    job.berth(&web("young", &[])).fine();
    let token = job.variables()["BERTH_TOKEN"][..12].to_owned();
    let heir_image = unique("committed");
    docker(&["commit", &job.variables()["BERTH_OLD_ID"], &heir_image]);
    let heir = Container::run("heir", &["--entrypoint", "sleep", &heir_image, "3000"]);
    // Others' expired things lie on this daemon too: nothing is applied.
    let said = sweep(&["--cap", "100000"]).fine().out;
    assert!(said.contains(&format!("would remove container berth-old-{token}: expired")), "{said}");
    assert!(said.contains(&format!("would remove volume berth-data-{token}")), "{said}");
    assert!(!said.contains(&format!("berth-young-{token}")) && !said.contains(&heir.0), "{said}");
    job.berth(&["down"]).fine();
    drop(heir);
    docker(&["rmi", "-f", &heir_image]);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn two_sweeps_at_once_both_succeed() {
    needs_daemon();
    let prefix = unique("many");
    let all: Vec<Container> = (0..12)
        .map(|number| {
            let name = format!("{prefix}-{number}");
            docker(&["run", "-d", "--name", &name, BUSYBOX, "sleep", "3000"]);
            Container(name)
        })
        .collect();
    let name = format!("^{prefix}-");
    let words = ["--name", &name, "--older-than", "0s", "--apply"];
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| sweep(&words).fine());
        }
    });
    assert!(all.iter().all(|container| !exists(&container.0)));
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_daemon_that_dies_in_the_middle_is_code_three_and_the_next_run_finishes() {
    needs_daemon();
    let prefix = unique("dying");
    let all: Vec<Container> = (0..4)
        .map(|number| {
            let name = format!("{prefix}-{number}");
            docker(&["run", "-d", "--name", &name, BUSYBOX, "sleep", "3000"]);
            Container(name)
        })
        .collect();
    // Everything goes through until the second removal is asked for.
    let removals = AtomicU32::new(0);
    let between = Between::start(Path::new(socket()), move |line| {
        match line.starts_with("DELETE") && removals.fetch_add(1, Ordering::SeqCst) > 0 {
            true => Verdict::Dies,
            false => Verdict::Passes,
        }
    });
    let name = format!("^{prefix}-");
    let words = ["sweep", "--name", &name, "--older-than", "0s", "--apply"];
    let job = HostJob::start(&Who::new());
    let mut command = job.command(&words);
    let ended = Ended::of(&command.env("DOCKER_HOST", between.host()).output().unwrap());
    assert_eq!(ended.code, 3, "{}", ended.err);
    assert!(all.iter().any(|container| exists(&container.0)), "it died in the middle");
    job.berth(&words).fine();
    assert!(all.iter().all(|container| !exists(&container.0)));
}

#[test]
fn selectors_that_take_everything_are_refused() {
    for wrong in [["--name", ""], ["--name", ".*"], ["--image", "*"], ["--label", "key="]] {
        let said = sweep(&wrong);
        assert_eq!(said.code, 2, "{wrong:?}: {}", said.err);
    }
    let job = HostJob::start(&Who::new());
    let mut command = job.command(&["sweep", "--name", "^ws-"]);
    let ended = Ended::of(&command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock").output().unwrap());
    assert_eq!(ended.code, 3, "{}", ended.err);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn what_has_come_since_the_snapshot_goes_and_nothing_without_one() {
    needs_daemon();
    let job = HostJob::start(&Who::new());
    let prefix = unique("ws");
    let pattern = format!("^{prefix}-");
    let down = ["down", "--since-snapshot", "--name", &pattern];
    let run = |name: &str, words: &[&str]| {
        let name = format!("{prefix}-{name}");
        let mut all = vec!["run", "-d", "--name", &name];
        all.extend_from_slice(words);
        all.extend(SLEEP);
        docker(&all);
        Container(name)
    };
    let before = run("before", &[]);
    let refused = job.berth(&down);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(refused.err.contains("no snapshot"), "{}", refused.err);
    job.berth(&web("web", &[])).fine();
    let refused = job.berth(&down);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(labelled(&job.who.label()).is_empty(), "its own things go all the same");
    assert!(before.running());

    job.berth(&["snapshot"]).fine();
    let made = run("made", &[]);
    let anothers = run("other", &["--label", "berth.managed=1"]);
    let elsewhere = Container::run("elsewhere", &SLEEP);
    job.berth(&down).fine();
    assert!(!exists(&made.0));
    assert!(before.running() && anothers.running() && elsewhere.running());
}
