//! The daemon goes away in the middle, and comes back: the code is 3, the words say what to do, and the next call
//! finishes.
//!
//! Each test has a daemon of its own, with strangers' things on it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::daemon::own::{End, OwnDaemon};
use crate::support::*;

/// So many containers that their removal takes a while.
const MANY: usize = 24;

/// What others have on the daemon: a container, a volume, a network, and a container with a name near those that go.
struct Strangers {
    before: Vec<String>,
}

impl Strangers {
    fn on(own: &OwnDaemon, near: &str) -> Self {
        for name in ["shop-db", near] {
            own.docker(&["run", "-d", "--name", name, "--volume", "shop-data:/data", BUSYBOX, "sleep", "3000"]);
        }
        own.docker(&["network", "create", "shop-net"]);
        Self { before: Self::all(own) }
    }

    fn all(own: &OwnDaemon) -> Vec<String> {
        let mut all = own.docker(&["network", "ls", "--format", "network {{.Name}}"]);
        all += &format!("\n{}", own.docker(&["volume", "ls", "--format", "volume {{.Name}}"]));
        all += &format!("\n{}", own.docker(&["ps", "-a", "--no-trunc", "--format", "container {{.ID}} {{.Names}}"]));
        all.lines().map(str::to_owned).collect()
    }

    #[track_caller]
    fn are_all_that_is_left(&self, own: &OwnDaemon) {
        assert_eq!(Self::all(own), self.before);
    }
}

/// Starts `berth` and ends the daemon as soon as it has removed something.
fn ends_in_the_middle(own: &mut OwnDaemon, berth: &mut Command, how: End) -> Ended {
    let whole = own.containers().len();
    let child = berth.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    while own.containers().len() == whole {
        assert!(started.elapsed() < Duration::from_secs(30), "nothing was removed");
    }
    own.end(how);
    Ended::of(&child.wait_with_output().unwrap())
}

fn many(own: &OwnDaemon, name: &str, options: &[&str]) {
    for number in 0..MANY {
        let name = format!("{name}-{number}");
        let mut words = vec!["run", "-d", "--name", &name];
        words.extend_from_slice(options);
        words.extend([BUSYBOX, "sleep", "3000"]);
        own.docker(&words);
    }
}

#[test]
#[ignore = "needs a Docker daemon"]
fn down_in_the_middle_of_which_the_daemon_goes_is_finished_by_the_next() {
    needs_daemon();
    let mut own = OwnDaemon::start();
    let strangers = Strangers::on(&own, "berth-web-of-another");
    for how in [End::Killed, End::Stopped] {
        let job = HostJob::start(&Who::new());
        let berth = |words: &[&str]| {
            let mut command = job.command(words);
            command.env("DOCKER_HOST", own.host());
            command
        };
        let labels = Ended::of(&berth(&["labels", "--format", "args"]).output().unwrap()).fine().out;
        // No volumes: a daemon that ends may have forgotten a container and not yet its volume, which nothing tells of
        // then.
        let options: Vec<&str> = labels.split_whitespace().collect();
        many(&own, "mine", &options);
        let mut down = berth(&["down"]);
        let mut again = berth(&["down"]);
        let mut once_more = berth(&["down"]);

        let ended = ends_in_the_middle(&mut own, &mut down, how);
        assert_eq!(ended.code, 3, "{how:?}: {}", ended.err);
        for word in ["went away", "help: ", "`berth-run down` again"] {
            assert!(ended.err.contains(word), "{how:?}: `{word}` is missing: {}", ended.err);
        }
        let meanwhile = Ended::of(&again.output().unwrap());
        assert_eq!(meanwhile.code, 3, "{how:?}: {}", meanwhile.err);
        assert!(meanwhile.err.contains("help: "), "{how:?}: {}", meanwhile.err);

        own.again();
        // One that is stopped finishes the removals that it has begun, and `down` asks for all at once.
        let left = own.containers().iter().filter(|name| name.starts_with("mine-")).count();
        assert!(left > 0 || how == End::Stopped, "it was not in the middle");
        Ended::of(&once_more.output().unwrap()).fine();
        strangers.are_all_that_is_left(&own);
    }
}

#[test]
#[ignore = "needs a Docker daemon"]
fn a_sweep_in_the_middle_of_which_the_daemon_goes_is_finished_by_the_next() {
    needs_daemon();
    let mut own = OwnDaemon::start();
    let strangers = Strangers::on(&own, "my-ws-1");
    for how in [End::Killed, End::Stopped] {
        many(&own, "ws", &[]);
        let job = HostJob::start(&Who::new());
        let sweep = || {
            let mut command = job.command(&["sweep", "--name", "^ws-", "--older-than", "0s", "--apply"]);
            command.env("DOCKER_HOST", own.host());
            command
        };
        let (mut first, mut meanwhile, mut last) = (sweep(), sweep(), sweep());

        let ended = ends_in_the_middle(&mut own, &mut first, how);
        assert_eq!(ended.code, 3, "{how:?}: {}", ended.err);
        for word in ["went away", &format!("of {MANY}"), "help: ", "next sweep"] {
            assert!(ended.err.contains(word), "{how:?}: `{word}` is missing: {}", ended.err);
        }
        let meanwhile = Ended::of(&meanwhile.output().unwrap());
        assert_eq!(meanwhile.code, 3, "{how:?}: {}", meanwhile.err);

        own.again();
        let left = own.containers().iter().filter(|name| name.starts_with("ws-")).count();
        assert!(left > 0, "{how:?}: it was not in the middle");
        let said = Ended::of(&last.output().unwrap()).fine();
        assert_eq!(said.out.matches("removed container ws-").count(), left, "{how:?}: {}", said.out);
        strangers.are_all_that_is_left(&own);
    }
}
