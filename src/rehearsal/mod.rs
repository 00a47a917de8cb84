//! A paper machine, and runs of the jobs played on it: alone, two at once, killed and run again, ended in every way.
//!
//! `machine` is the daemon and its host. `player` is the world that the shell's walker asks, for one job of one run;
//! `company` plays the jobs of a run with what their runner does around them, `plays` puts runs together, `compare`
//! tells whether the result of fixes behaves worse than the original (RULES 10), `story` says how. Nothing here reads
//! what the lifecycle found out: it would repeat its errors.

mod by_hand;
mod carry;
mod cast;
mod company;
mod compare;
mod filters;
mod helper;
pub mod log;
pub mod machine;
mod player;
mod plays;
mod programs;
mod projects;
mod scenes;
mod services;
mod staged;
mod story;
mod strangers;

use std::collections::BTreeSet;

pub use carry::Carry;
pub use compare::Worse;
pub use plays::Show;
pub use scenes::Scene;
pub use staged::Staged;

use crate::runner::{Mode, Network};
use company::{Company, Guess};
use log::{Event, JobEnd};

/// What a rehearsal of fixes comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What is worse, whatever holds where nobody can tell.
    pub worse: Vec<Worse>,
    /// What is worse if something holds that nobody can tell.
    pub doubtful: Vec<Worse>,
}

/// How often a command that fails in the original is passed over before the job is taken as it is.
const MOST_FORGIVEN: usize = 30;

/// A job as it was, played.
#[derive(Clone, Debug, Default)]
pub struct Original(Vec<Played>);

/// Under one guess: which commands fail by themselves, and all plays.
#[derive(Clone, Debug)]
struct Played {
    guess: Guess,
    forgiven: BTreeSet<carry::Key>,
    shows: Vec<Show>,
}

impl Original {
    /// Plays a job, and those that need it, as they were.
    pub fn of(jobs: &[Staged<'_>]) -> Self {
        if !jobs.first().is_some_and(Staged::is_worth_playing) {
            return Self::default();
        }
        Self(likely(jobs).into_iter().map(|guess| played(jobs, guess)).collect())
    }

    /// Plays them as fixes make them, and tells what is worse.
    pub fn against(&self, jobs: &[Staged<'_>], carry: &Carry) -> Verdict {
        let Some(result) = jobs.first() else { return Verdict::default() };
        let mut each = self.0.iter().map(|old| {
            let forgives = |event: &Event| carry.original(event).is_some_and(|key| old.forgiven.contains(&key));
            let company = Company { jobs, guess: old.guess, forgives: &forgives };
            compare::worse(&old.shows, &plays::all(&company), carry, result)
        });
        let mut verdict = Verdict { worse: each.next().unwrap_or_default(), doubtful: Vec::new() };
        for other in each {
            let is_in = |worse: &Worse, others: &[Worse]| others.iter().any(|known| known.play == worse.play);
            let (both, one): (Vec<_>, Vec<_>) = verdict.worse.into_iter().partition(|worse| is_in(worse, &other));
            verdict.doubtful.extend(one);
            let is_new = |worse: &Worse| !is_in(worse, &both) && !is_in(worse, &verdict.doubtful);
            let more: Vec<Worse> = other.into_iter().filter(is_new).collect();
            verdict.doubtful.extend(more);
            verdict.worse = both;
        }
        verdict
    }
}

fn played(jobs: &[Staged<'_>], guess: Guess) -> Played {
    let forgiven = forgiven(jobs, guess);
    let company = Company { jobs, guess, forgives: &|event: &Event| forgiven.contains(&carry::own(event)) };
    let shows = plays::all(&company);
    Played { guess, forgiven, shows }
}

/// The plays of a job as it is, for people.
pub fn play(jobs: &[Staged<'_>]) -> Vec<Scene> {
    let original = Original::of(jobs);
    original.0.first().map(|played| scenes::scenes(&played.shows)).unwrap_or_default()
}

/// What may hold, where nobody can tell: a job is taken to work as it stands, so that what makes it fail does not hold.
fn likely(jobs: &[Staged<'_>]) -> Vec<Guess> {
    let all = guesses(&jobs[0]);
    let works = |guess: &Guess| {
        let company = Company { jobs, guess: *guess, forgives: &|_: &Event| false };
        let log = plays::alone(&company);
        let lost = log.of(0).flat_map(|event| &event.used).filter(|used| !used.reached.is_there()).count();
        (log.end_of(0) != Some(JobEnd::Failed), std::cmp::Reverse(lost))
    };
    let each: Vec<_> = all.into_iter().map(|guess| (works(&guess), guess)).collect();
    let best = each.iter().map(|(works, _)| *works).max();
    each.into_iter().filter(|(works, _)| Some(*works) == best).map(|(_, guess)| guess).collect()
}

/// What may hold, as far as is known before anything is played.
fn guesses(job: &Staged<'_>) -> Vec<Guess> {
    let modes = if job.substrate.mode == Mode::Unknown { &[true, false][..] } else { &[true] };
    let networks = if job.substrate.network == Network::Unknown { &[false, true][..] } else { &[false] };
    let texts = if job.has_unknown_texts() { &[true, false][..] } else { &[true] };
    let mut all = Vec::new();
    for &in_container in modes {
        for &on_host_network in networks {
            for &texts_differ in texts {
                all.push(Guess { in_container, on_host_network, texts_differ });
            }
        }
    }
    all
}

/// The commands of a job that fail when it runs alone: what is played does not have what they need (a registry, a
/// program nobody models). That they go well in real life is taken for granted, here and in what fixes make of them.
fn forgiven(jobs: &[Staged<'_>], guess: Guess) -> BTreeSet<carry::Key> {
    let mut known = BTreeSet::new();
    for _ in 0..MOST_FORGIVEN {
        let company = Company { jobs, guess, forgives: &|event: &Event| known.contains(&carry::own(event)) };
        let log = plays::alone(&company);
        if log.end_of(0) != Some(JobEnd::Failed) {
            break;
        }
        let Some(last) = log.of(0).filter(|event| !event.succeeded && !event.forgiven).last() else { break };
        if !known.insert(carry::own(last)) {
            break;
        }
    }
    known
}
