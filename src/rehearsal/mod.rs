//! A paper machine, and runs of the jobs played on it: alone, two at once, killed and run again, ended in every way.
//!
//! `machine` is the daemon and its host. `player` is the world that the shell's walker asks, for one job of one run;
//! `company` plays the jobs of a run with what their runner does around them, `plays` puts runs together, `compare`
//! tells whether the result of fixes behaves worse than the original, `story` says how. Nothing here reads
//! what the lifecycle found out: it would repeat its errors.

mod assumed;
mod by_hand;
mod came_to;
mod carry;
mod cast;
mod company;
mod compare;
mod filters;
mod granted;
mod helper;
mod left;
pub mod log;
pub mod machine;
mod moments;
mod player;
mod plays;
mod programs;
mod projects;
mod scenes;
mod servers;
mod services;
mod shape;
mod staged;
mod story;
mod strangers;

use std::cmp::Reverse;
use std::collections::BTreeSet;

pub use carry::Carry;
pub use compare::{Shared, Worse};
pub use left::Left;
pub use plays::{Depth, Show};
pub use scenes::Scene;
pub use servers::leaves_servers;
pub use shape::Shape;
pub use staged::Staged;

use crate::runner::{Mode, Network};
use came_to::CameTo;
use company::{Company, Ground, Guess};
use granted::{Failures, Granted};
use log::{Event, JobEnd, Log};
use strangers::Strangers;

/// What a rehearsal of fixes comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What is worse, whatever holds where nobody can tell.
    pub worse: Vec<Worse>,
    /// What is worse if something holds that nobody can tell.
    pub doubtful: Vec<Worse>,
    /// What is no better: it has a name of the run's own now, and another run takes it away as before.
    pub shared: Option<Shared>,
}

/// How many failures of the original are passed over before the job is taken as it is.
const MOST_FAILURES: usize = 30;

/// A job as it was, played: once for each company of strangers, and so far.
#[derive(Clone, Debug, Default)]
pub struct Original(Vec<(Strangers, Depth, Played)>);

/// A job as it was, played beside strangers.
#[derive(Clone, Debug, Default)]
struct Played {
    /// What may hold, each with the number of what was played of it.
    guesses: Vec<(Guess, usize)>,
    plays: Vec<Plays>,
}

/// Under one guess: what fails by itself, and all plays.
#[derive(Clone, Debug)]
struct Plays {
    failures: Failures,
    shows: Vec<Show>,
    /// The commands at which it is interrupted.
    moments: BTreeSet<carry::Key>,
}

impl Original {
    /// Plays a job, and those that need it, as they were and as fixes make them, beside the strangers that one text or
    /// the other calls for; and tells what is worse. What was played of the old text is kept for the next that is
    /// tried.
    pub fn against(&mut self, old: &[Staged<'_>], new: &[Staged<'_>], carry: &Carry, depth: Depth) -> Verdict {
        let (true, Some(result)) = (old.first().is_some_and(Staged::is_worth_playing), new.first()) else {
            return Verdict::default();
        };
        let strangers = Strangers::of(old).and(Strangers::of(new));
        let is_known = |(known, so_far, _): &(Strangers, Depth, Played)| *known == strangers && *so_far == depth;
        let known = self.0.iter().position(is_known).unwrap_or_else(|| {
            self.0.push((strangers.clone(), depth, Played::of(old, &strangers, depth)));
            self.0.len() - 1
        });
        let (_, _, original) = &self.0[known];
        let ground = plays::ground(new, &strangers);
        let mut seen = Seen::default();
        let mut each: Vec<Vec<Worse>> = Vec::new();
        let mut came_to = CameTo::default();
        let mut shared = None;
        for &(guess, number) in &original.guesses {
            let old = &original.plays[number];
            let granted = Granted::carried(&old.failures, carry);
            let company = Company { jobs: new, ground: &ground, guess, granted, turned: None };
            // What both are interrupted at can be compared.
            let is_moment = |event: &Event| carry.original(event).is_some_and(|key| old.moments.contains(&key));
            if seen.number(result, guess, number, plays::alone(&company)) == each.len() {
                let shows = plays::all(&company, &is_moment, depth);
                came_to.add(&shows);
                shared = shared.or_else(|| compare::shared(&old.shows, &shows));
                each.push(compare::worse(&old.shows, &shows, carry, result));
            }
        }
        let mut verdict = Verdict::of(each);
        verdict.shared = shared;
        verdict.doubtful.extend(came_to.missed(result, carry));
        verdict
    }
}

impl Verdict {
    /// What is worse under each guess, and what under some.
    fn of(each: Vec<Vec<Worse>>) -> Self {
        let mut each = each.into_iter();
        let mut verdict = Self { worse: each.next().unwrap_or_default(), ..Self::default() };
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

impl Played {
    fn of(jobs: &[Staged<'_>], strangers: &Strangers, depth: Depth) -> Self {
        let ground = plays::ground(jobs, strangers);
        let mut all = Self::default();
        let mut seen = Seen::default();
        for (guess, failures, alone) in likely(jobs, &ground) {
            let number = seen.number(&jobs[0], guess, (), alone);
            if number == all.plays.len() {
                let company = Company { jobs, ground: &ground, guess, granted: Granted::own(&failures), turned: None };
                let shows = plays::all(&company, &|_: &Event| false, depth);
                let moments = shows.iter().filter_map(|show| show.log.interrupted_at()).map(carry::own).collect();
                all.plays.push(Plays { failures, shows, moments });
            }
            all.guesses.push((guess, number));
        }
        all
    }
}

/// The guesses that were played so far, by what they make of a run alone: those that make the same of it are played
/// once.
struct Seen<T>(Vec<(Guess, T, Log)>);

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: PartialEq> Seen<T> {
    /// The number of the guess that makes the same of the job, or the next number.
    fn number(&mut self, job: &Staged<'_>, guess: Guess, with: T, alone: Log) -> usize {
        let has_services = !job.job.services.is_empty();
        let has_guard = alone.events.iter().any(|event| event.verb.starts_with(helper::PROGRAM));
        let is_alike = |(known, beside, log): &(Guess, T, Log)| {
            known.texts_differ == guess.texts_differ
                && *beside == with
                && (!has_guard || known.in_container == guess.in_container)
                && (!has_services || known.on_host_network == guess.on_host_network)
                && log.is_alike(&alone)
        };
        self.0.iter().position(is_alike).unwrap_or_else(|| {
            self.0.push((guess, with, alone));
            self.0.len() - 1
        })
    }
}

/// The plays of a job as it is, for people.
#[derive(Clone, Debug, Default)]
pub struct Rehearsal {
    /// What is taken for granted of the runner.
    pub assumed: Vec<String>,
    /// What was played.
    pub scenes: Vec<Scene>,
}

/// Plays a job as it is, for people.
pub fn play(jobs: &[Staged<'_>]) -> Rehearsal {
    let Some(job) = jobs.first().filter(|job| job.is_worth_playing()) else { return Rehearsal::default() };
    let played = Played::of(jobs, &Strangers::of(jobs), Depth::Whole);
    let Some((&(guess, number), _)) = played.guesses.split_first() else { return Rehearsal::default() };
    let scenes = played.plays.get(number).map(|played| scenes::scenes(&played.shows)).unwrap_or_default();
    Rehearsal { assumed: assumed::assumed(job, guess), scenes }
}

/// What may hold, where nobody can tell, what fails then, and how a run alone goes without that. A job is taken to work
/// as it stands: what makes most of it fail does not hold.
fn likely(jobs: &[Staged<'_>], ground: &Ground) -> Vec<(Guess, Failures, Log)> {
    let works = |guess: Guess| {
        let (failures, log) = failures(jobs, ground, guess);
        let lost = log.of(0).flat_map(|event| &event.used).filter(|used| !used.reached.is_there()).count();
        let worth = (log.end_of(0) != Some(JobEnd::Failed), Reverse(failures.len()), Reverse(lost));
        (worth, guess, failures, log)
    };
    let each: Vec<_> = guesses(&jobs[0]).into_iter().map(works).collect();
    let best = each.iter().map(|(worth, ..)| *worth).max();
    let likely = each.into_iter().filter(|(worth, ..)| Some(*worth) == best);
    likely.map(|(_, guess, failures, log)| (guess, failures, log)).collect()
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

/// What fails in a job when it runs alone, and how it goes without that.
fn failures(jobs: &[Staged<'_>], ground: &Ground, guess: Guess) -> (Failures, Log) {
    let mut known = Failures::default();
    loop {
        let log = plays::alone(&Company { jobs, ground, guess, granted: Granted::own(&known), turned: None });
        let fails = log.end_of(0) == Some(JobEnd::Failed) && known.len() < MOST_FAILURES;
        if !(fails && known.learn(&log)) {
            return (known, log);
        }
    }
}
