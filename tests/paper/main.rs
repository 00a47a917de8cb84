//! The paper machine against a real daemon: made-up sequences of commands are run by docker's client and played on
//! paper. After each command both must give the same exit status, the same containers, networks, volumes and images,
//! and, for what only asks, the same output.
//!
//! What each sequence makes has names with a prefix of its own, and labels that every prune filters by: nothing else
//! on the daemon is looked at or touched. Ids, made-up names, times, random ports and the numbers of networks are not
//! compared; a state that takes a moment to come is waited for.
//!
//! What is not made up here, because paper does it otherwise, and why:
//! - commands that do not come back (`wait` for what runs, `run` of a server without `-d`): paper says that they block;
//! - what programs print, and programs that are not there: nobody knows on paper what an image holds;
//! - pulls, pushes and builds: no registry is asked here;
//! - a network that is not there, for a container that shares another's and never ran: the daemon's own handler breaks;
//! - one name twice in a `rm`: the client removes both at once, and the second meets the first;
//! - labels that compose alone reads (its files, its version, the directory);
//! - the ports that docker shows of a container which could not be started: those of its first network, when it was the
//!   second that failed; nobody holds them;
//! - options that one of client and daemon knows and the other does not, when they are of two versions.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

#[path = "../daemon/mod.rs"]
mod daemon;
mod generate;
mod worlds;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use worlds::{Docker, Paper, Setup};

/// What the listings of both worlds show, and how often it is asked until they agree.
const PATIENCE: usize = 25;

/// Plays a sequence in both worlds; how they differ first.
fn difference(setup: &Setup, seed: u64) -> Option<String> {
    let script = generate::script(setup, seed);
    let mut real = Docker::new(setup, &script);
    let mut paper = Paper::new(setup, &script);
    let mut said = Vec::new();
    for words in &script.commands {
        let line = words.join(" ");
        let Some(ours) = paper.run(words) else { continue };
        let theirs = real.run(words);
        said.push(format!("{} {line}", theirs.status));
        // What only asks changes nothing: its output is compared in place of the listings.
        let asks = generate::only_asks(words);
        let mut agree = false;
        let (mut shown, mut drawn) = (String::new(), String::new());
        let again = if asks && ours.output != theirs.output { paper.run(words).map(|ours| ours.output) } else { None };
        let seen = real.names();
        for attempt in 0..PATIENCE {
            // What was seen too early does not count.
            real.set_names(&seen);
            if !asks {
                (shown, drawn) = (real.listing(words), paper.listing(words));
            } else {
                // What was asked too early is asked again.
                let output = if attempt == 0 { theirs.output.clone() } else { real.run(words).output };
                shown = output;
                drawn.clone_from(again.as_ref().unwrap_or(&ours.output));
            }
            agree = shown == drawn;
            if agree {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        if ours.status != theirs.status || !agree {
            let story = said.join("\n");
            return Some(format!(
                "--- seed {seed}\n{story}\nreal: {} {}\npaper: {} {}\nreal:\n{shown}paper:\n{drawn}",
                theirs.status, theirs.error, ours.status, ours.error
            ));
        }
    }
    None
}

fn check(seeds: std::ops::Range<u64>) {
    let setup = Setup::new();
    let next = AtomicU64::new(seeds.start);
    let wrong = Mutex::new(Vec::new());
    let threads = std::env::var("THREADS").ok().and_then(|count| count.parse().ok()).unwrap_or(4);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    wrong.lock().unwrap().extend(difference(&setup, seed));
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    let count = wrong.len();
    wrong.sort_by_key(|story: &String| story.lines().count());
    wrong.truncate(std::env::var("SHOW").ok().and_then(|count| count.parse().ok()).unwrap_or(5));
    assert!(wrong.is_empty(), "{count} of {seeds:?} differ; the shortest:\n{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs a Docker daemon"]
fn paper_does_what_docker_does() {
    check(0..12);
}

#[test]
#[ignore = "an hour; needs a Docker daemon; SEEDS=from..to"]
fn paper_does_what_docker_does_for_long() {
    let seeds = std::env::var("SEEDS").unwrap_or_else(|_| "1000..2000".to_owned());
    let (from, to) = seeds.split_once("..").unwrap();
    check(from.parse().unwrap()..to.parse().unwrap());
}
