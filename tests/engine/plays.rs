//! Plays of a job: each on the engine and in the rehearsal, which must agree.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::engine::{Ended, Ground, Run, Strike, sweep_tasks};
use crate::left::{Snapshot, Thing, alike};
use crate::rehearsed::Rehearsed;

/// A job of a repository, on a ground.
pub struct Stage<'s> {
    pub repository: &'s Path,
    pub workflow: &'s str,
    pub job: &'s str,
    pub ground: &'s Ground,
    /// Of the log, where a run is struck: everything is started by then, and nothing is removed.
    pub struck_at: &'s str,
}

/// What is seen of a job.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    /// Two runs that start at the same moment both succeed, each with what is its own.
    pub two_at_once: bool,
    /// What a run leaves that goes well.
    pub left: BTreeSet<Thing>,
    /// What a run leaves that is cancelled.
    pub left_by_cancelled: BTreeSet<Thing>,
    /// A run succeeds when the runner of the one before was killed.
    pub after_a_kill: bool,
}

/// The daemon is as it was when this is dropped, also where a play panics.
struct Restored(Snapshot);

impl Drop for Restored {
    fn drop(&mut self) {
        // What a killed run's job container had begun may come to its end meanwhile.
        for _ in 0..10 {
            sweep_tasks();
            self.0.restore();
            if self.0.left().is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}

/// Plays are not to see each other's leftovers.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stage<'_> {
    /// What the rehearsal says.
    pub fn rehearsed(&self) -> Seen {
        let rehearsed = Rehearsed::of(self.repository, self.workflow, self.job);
        Seen {
            two_at_once: !rehearsed.is_bad("two runs at once"),
            left: rehearsed.left("three runs that go well"),
            left_by_cancelled: rehearsed.left("three runs that are cancelled"),
            after_a_kill: !rehearsed.is_bad("killed, then run again"),
        }
    }

    /// What the engine does; nothing where a run alone does not succeed.
    pub fn played(&self) -> Option<Seen> {
        let _alone = alone();
        let (well, left) = self.leaving(|| vec![self.run(41, None).go()]);
        if !well[0].success {
            return None;
        }
        let cancelled = || vec![self.run(41, Some(Strike::Cancel(self.struck_at))).go()];
        let (_, left_by_cancelled) = self.leaving(cancelled);
        let killed = || vec![self.run(41, Some(Strike::Kill(self.struck_at))).go(), self.run(42, None).go()];
        let (killed, _) = self.leaving(killed);
        let (both, _) = self.leaving(|| self.at_once());
        Some(Seen {
            two_at_once: both.iter().all(|ended| ended.success),
            left,
            left_by_cancelled,
            after_a_kill: killed[1].success,
        })
    }

    fn run<'r>(&'r self, id: u32, strike: Option<Strike<'r>>) -> Run<'r> {
        let Self { repository, workflow, job, ground, .. } = *self;
        Run { repository, workflow, job, id, ground, strike }
    }

    fn at_once(&self) -> Vec<Ended> {
        let start = Barrier::new(2);
        let go = |id: u32| {
            start.wait();
            self.run(id, None).go()
        };
        std::thread::scope(|scope| {
            let other = scope.spawn(|| go(42));
            vec![go(41), other.join().unwrap()]
        })
    }

    /// What runs do, and what they leave, which is removed.
    fn leaving(&self, runs: impl FnOnce() -> Vec<Ended>) -> (Vec<Ended>, BTreeSet<Thing>) {
        let before = Restored(Snapshot::take());
        let ended = runs();
        let left = before.0.left_by_guards().iter().map(alike).collect();
        for (number, ended) in ended.iter().enumerate().filter(|(_, ended)| !ended.success) {
            let _ = writeln!(std::io::stderr(), "--- run {} of {}\n{}", number + 1, self.workflow, ended.log);
        }
        (ended, left)
    }
}
