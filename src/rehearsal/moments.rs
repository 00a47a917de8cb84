//! Moments of a run that are like one before: what others find there, and what is left there, is the same.

use std::collections::BTreeSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;

use super::log::{Event, New};
use super::machine::{Machine, What};

/// The states of the machine that a run has been through.
#[derive(Debug, Default)]
pub(super) struct Moments {
    /// Since the run has last taken something away: what another run has made by then would go with it.
    since_cleared: BTreeSet<u64>,
    all: BTreeSet<u64>,
}

impl Moments {
    /// The moment behind an act that has changed the machine.
    pub(super) fn behind(&mut self, machine: &Machine, event: &Event) -> New {
        // Which networks a container is on, no state here tells.
        let moves = |what: &What| matches!(what, What::Connected | What::Disconnected);
        let is_moved = event.effects.iter().any(|effect| moves(&effect.what));
        if takes_away(event) {
            self.since_cleared.clear();
        }
        let state = state(machine);
        New {
            peer: self.since_cleared.insert(state) || is_moved,
            kill: self.all.insert(state) || is_moved,
            // What steps have written for later ones is no state of the machine.
            stop: true,
        }
    }

    /// An act that may take something away, and has found nothing.
    pub(super) fn cleared(&mut self) {
        self.since_cleared.clear();
    }
}

fn state(machine: &Machine) -> u64 {
    let mut hasher = DefaultHasher::new();
    machine.hash_state(&mut hasher);
    hasher.finish()
}

/// Whether a command removes or stops what was there before (`docker run --rm` does not), or is one that does so where
/// it finds something, or looks for it.
pub(super) fn takes_away(event: &Event) -> bool {
    const CLEARS: [&str; 12] =
        ["rm", "rmi", "remove", "stop", "kill", "prune", "down", "ps", "ls", "list", "images", "inspect"];
    let is_new = |id: &str| event.effects.iter().any(|made| made.what == What::Made && made.object.id == id);
    let is_gone = |what: &What| matches!(what, What::Removed | What::Stopped);
    let clears =
        event.verb.starts_with("docker") && event.verb.rsplit(' ').next().is_some_and(|verb| CLEARS.contains(&verb));
    let ends = ["kill", "pkill", "killall", "fuser"].contains(&event.verb.as_str());
    clears || ends || event.effects.iter().any(|effect| is_gone(&effect.what) && !is_new(&effect.object.id))
}
