//! One container or image that the daemon can neither tell of nor remove: the rest goes all the same, the words name
//! it, and the code says that something is left.
//!
//! Each test has a daemon of its own: another test's call would remove what this one is about.

use std::path::Path;
use std::process::Command;

use crate::between::{Between, Verdict};
use crate::daemon::own::OwnDaemon;
use crate::support::*;

/// A job in host mode that speaks to a daemon of the test's own, or to a socket before it.
struct Job(HostJob);

impl Job {
    fn start() -> Self {
        Self(HostJob::start(&Who::new()))
    }

    fn berth(&self, host: &str, words: &[&str]) -> Ended {
        Ended::of(&self.command(host, words).output().unwrap())
    }

    fn command(&self, host: &str, words: &[&str]) -> Command {
        let mut command = self.0.command(words);
        command.env("DOCKER_HOST", host);
        command
    }

    /// The options that give a container, a network or a volume the job's labels.
    fn labels(&self, own: &OwnDaemon) -> Vec<String> {
        let labels = self.berth(&own.host(), &["labels", "--format", "args"]).fine().out;
        labels.split_whitespace().map(str::to_owned).collect()
    }

    /// Makes it with the job's labels.
    fn make(&self, own: &OwnDaemon, verb: &[&str], rest: &[&str]) -> String {
        let labels = self.labels(own);
        let mut words = verb.to_vec();
        words.extend(labels.iter().map(String::as_str));
        words.extend_from_slice(rest);
        own.docker(&words)
    }

    /// A container with the job's labels: its id.
    fn run(&self, own: &OwnDaemon, name: &str, image: &str) -> String {
        self.make(own, &["run", "-d", "--name", name], &[image, "sleep", "3000"])
    }
}

fn before(own: &OwnDaemon, judge: impl Fn(&str) -> Verdict + Send + Sync + 'static) -> Between {
    Between::start(Path::new(own.host().trim_start_matches("unix://")), judge)
}

/// Refuses what begins so and speaks of this.
fn refuses(verb: &'static str, of: &str) -> impl Fn(&str) -> Verdict + Send + Sync + use<> {
    let of = of.to_owned();
    move |line| if line.starts_with(verb) && line.contains(&of) { Verdict::Fails(500) } else { Verdict::Passes }
}

#[track_caller]
fn says(ended: &Ended, words: &[&str]) {
    let said = format!("{}{}", ended.out, ended.err);
    for word in words {
        assert!(said.contains(word), "`{word}` is missing: {said}");
    }
}

fn own_daemon() -> OwnDaemon {
    needs_daemon();
    OwnDaemon::start()
}

/// An image of no other container's: its id.
fn image(own: &OwnDaemon, name: &str) -> String {
    own.docker(&["create", "--name", "mould", BUSYBOX, "true"]);
    let id = own.docker(&["commit", "mould", name]);
    own.docker(&["rm", "mould"]);
    id.trim_start_matches("sha256:").to_owned()
}

fn has(own: &OwnDaemon, kind: &str, name: &str) -> bool {
    own.try_docker(&[kind, "inspect", name]).is_ok()
}

#[test]
#[ignore = "needs a Docker daemon"]
fn down_and_the_hook_remove_the_rest_of_what_one_container_stays_of() {
    let own = own_daemon();
    for words in [&["down"][..], &["hook", "job-completed"]] {
        let job = Job::start();
        let [_, id, _] = ["web", "stuck", "after"].map(|name| job.run(&own, name, BUSYBOX));
        job.make(&own, &["network", "create"], &["net"]);
        job.make(&own, &["volume", "create"], &["data"]);
        let between = before(&own, refuses("DELETE", &id));
        let ended = job.berth(&between.host(), words);
        // A hook that fails would fail the job.
        assert_eq!(ended.code, i32::from(words == ["down"]), "{}", ended.err);
        assert_eq!(own.containers(), ["stuck"]);
        assert!(!has(&own, "network", "net") && !has(&own, "volume", "data"));
        says(&ended, &["removed container web", "removed container after", "layer does not exist", "help: ", &id]);
        job.berth(&own.host(), words).fine();
        assert!(own.containers().is_empty());
    }
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_container_of_which_nobody_can_tell_whose_it_is_stays_alone() {
    let own = own_daemon();
    let odd = image(&own, "odd");
    let job = Job::start();
    job.run(&own, "unclear", "odd");
    job.run(&own, "web", BUSYBOX);
    // Another job's, whose guard is lost.
    let labels = ["berth.managed=1", "berth.token=0123456789abcdef0123456789abcdef", "berth.of=gone"];
    let labels = labels.map(|label| format!("--label={label}"));
    own.docker(&["create", "--name", "anothers", &labels[0], &labels[1], &labels[2], "odd", "true"]);
    let between = before(&own, refuses("GET", &format!("/images/sha256:{odd}")));
    let ended = job.berth(&between.host(), &["down", "--logs"]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    says(&ended, &["removed container web", "cannot tell whose container unclear is", "layer does not exist"]);
    own.docker(&["rm", "-f", "unclear"]);
    // What another job has left is no reason to fail this one.
    let ended = job.berth(&between.host(), &["down"]).fine();
    says(&ended, &["of another job", "cannot tell whose container anothers is"]);
    let ended = job.berth(&between.host(), &["doctor", "--orphans"]);
    says(&ended, &["leftover container anothers: cannot tell whose container anothers is"]);
    job.berth(&own.host(), &["down"]).fine();
    assert!(own.containers().is_empty(), "its job has ended");
}

#[test]
#[ignore = "needs a Docker daemon"]
fn down_removes_what_is_there_also_where_the_variables_cannot_be_taken_back() {
    let own = own_daemon();
    let job = Job::start();
    job.run(&own, "web", BUSYBOX);
    let mut down = job.command(&own.host(), &["down"]);
    down.env("BERTH_WEB_HOST", "172.17.0.2").env("BERTH_WEB_ID", "0123").env("GITHUB_ENV", "/dev/full");
    let ended = Ended::of(&down.output().unwrap());
    assert_eq!((ended.code, own.containers().len()), (1, 0), "{}", ended.err);
    says(&ended, &["removed container web", "No space left", "GITHUB_ENV"]);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn what_has_come_since_the_snapshot_goes_but_for_the_one_that_stays() {
    let own = own_daemon();
    let job = Job::start();
    job.berth(&own.host(), &["snapshot"]).fine();
    let names = ["ws-1", "ws-2", "ws-3"];
    let [_, id, _] = names.map(|name| own.docker(&["run", "-d", "--name", name, BUSYBOX, "sleep", "3000"]));
    job.run(&own, "mine", BUSYBOX);
    let between = before(&own, refuses("DELETE", &id));
    let ended = job.berth(&between.host(), &["down", "--since-snapshot", "--name", "^ws-"]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    assert_eq!(own.containers(), ["ws-2"]);
    says(&ended, &["ws-2: ", "layer does not exist", "removed container ws-1", "removed container mine"]);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn the_post_task_script_removes_the_rest_of_what_one_container_stays_of() {
    let own = own_daemon();
    let job = Job::start();
    let task = ["berth.managed=1", "berth.task=7", "berth.repo=team/app", "berth.run=41", "berth.token=0123"];
    let task = task.map(|label| format!("--label={label}"));
    let [_, id] = ["web", "stuck"].map(|name| {
        let mut words = vec!["run", "-d", "--name", name];
        words.extend(task.iter().map(String::as_str));
        words.extend([BUSYBOX, "sleep", "3000"]);
        own.docker(&words)
    });
    let between = before(&own, refuses("DELETE", &id));
    let mut hook = job.command(&between.host(), &["hook", "job-completed"]);
    hook.env_remove("GITHUB_JOB").env_remove("GITHUB_SERVER_URL");
    hook.env("GITEA_TASK_ID", "7").env("GITEA_RUN_ID", "41").env("GITEA_REPOSITORY", "team/app");
    let ended = Ended::of(&hook.output().unwrap()).fine();
    assert_eq!(own.containers(), ["stuck"]);
    says(&ended, &["removed container web", "not everything is cleaned up", "layer does not exist"]);
}

#[test]
#[ignore = "needs a Docker daemon"]
fn an_image_that_stays_harms_no_down_and_a_container_that_stays_no_image() {
    let own = own_daemon();
    let archive = OldGuardImage::archive();
    let load = || own.docker(&["load", "-q", "-i", &archive.path()]);
    let job = Job::start();
    load();
    let id = own.docker(&["inspect", "-f", "{{.Id}}", OldGuardImage::NAME]);
    let between = before(&own, refuses("DELETE", &id));
    job.run(&own, "web", BUSYBOX);
    let ended = job.berth(&between.host(), &["down"]).fine();
    says(&ended, &["an old image stays", "layer does not exist", "removed container web"]);

    // A sweep is about what stays: it says so by its code.
    let [_, stuck] = ["ws-1", "ws-2"].map(|name| own.docker(&["run", "-d", "--name", name, BUSYBOX, "sleep", "3000"]));
    let sweep = ["sweep", "--name", "^ws-1$", "--older-than", "0s", "--apply"];
    let ended = job.berth(&between.host(), &sweep);
    assert_eq!((ended.code, own.containers()), (1, vec!["ws-2".to_owned()]), "{}", ended.err);
    says(&ended, &["removed 1 of 1", "layer does not exist", &id]);
    let between = before(&own, refuses("DELETE", &stuck));
    let ended = job.berth(&between.host(), &["sweep", "--name", "^ws-", "--older-than", "0s", "--apply"]);
    assert_eq!(ended.code, 1, "{}", ended.err);
    says(&ended, &["removed 0 of 1", "layer does not exist", &stuck]);
    assert!(!has(&own, "image", OldGuardImage::NAME), "images go whatever became of containers");

    // Nothing is to be swept, and an image is old.
    load();
    job.berth(&own.host(), &["sweep", "--name", "^nobody-", "--apply"]).fine();
    assert!(!has(&own, "image", OldGuardImage::NAME));
}
