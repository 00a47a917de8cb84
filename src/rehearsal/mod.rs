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
mod servers;
mod services;
mod staged;
mod story;
mod strangers;

use std::collections::BTreeSet;

pub use carry::Carry;
pub use compare::Worse;
pub use plays::Show;
pub use scenes::Scene;
pub use servers::leaves_servers;
pub use staged::Staged;

use crate::runner::{Mode, Network};
use company::{Company, Ground, Guess};
use log::{Event, JobEnd, Log};

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
pub struct Original {
    /// What may hold, each with the number of what was played of it.
    guesses: Vec<(Guess, usize)>,
    played: Vec<Played>,
}

/// Under one guess: which commands fail by themselves, and all plays.
#[derive(Clone, Debug)]
struct Played {
    forgiven: BTreeSet<carry::Key>,
    shows: Vec<Show>,
}

impl Original {
    /// Plays a job, and those that need it, as they were.
    pub fn of(jobs: &[Staged<'_>]) -> Self {
        if !jobs.first().is_some_and(Staged::is_worth_playing) {
            return Self::default();
        }
        let ground = plays::ground(jobs);
        let mut original = Self::default();
        let mut seen = Seen::default();
        for (guess, alone) in likely(jobs, &ground) {
            let number = seen.number(&jobs[0], guess, (), alone);
            if number == original.played.len() {
                original.played.push(played(jobs, &ground, guess));
            }
            original.guesses.push((guess, number));
        }
        original
    }

    /// Plays them as fixes make them, and tells what is worse.
    pub fn against(&self, jobs: &[Staged<'_>], carry: &Carry) -> Verdict {
        let Some(result) = jobs.first() else { return Verdict::default() };
        let ground = plays::ground(jobs);
        let mut seen = Seen::default();
        let mut each: Vec<Vec<Worse>> = Vec::new();
        for &(guess, number) in &self.guesses {
            let old = &self.played[number];
            let forgives = |event: &Event| carry.original(event).is_some_and(|key| old.forgiven.contains(&key));
            let company = Company { jobs, ground: &ground, guess, forgives: &forgives };
            if seen.number(result, guess, number, plays::alone(&company)) == each.len() {
                each.push(compare::worse(&old.shows, &plays::all(&company), carry, result));
            }
        }
        let mut each = each.into_iter();
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

fn played(jobs: &[Staged<'_>], ground: &Ground, guess: Guess) -> Played {
    let forgiven = forgiven(jobs, ground, guess);
    let company = Company { jobs, ground, guess, forgives: &|event: &Event| forgiven.contains(&carry::own(event)) };
    let shows = plays::all(&company);
    Played { forgiven, shows }
}

/// The plays of a job as it is, for people.
pub fn play(jobs: &[Staged<'_>]) -> Vec<Scene> {
    let original = Original::of(jobs);
    original.played.first().map(|played| scenes::scenes(&played.shows)).unwrap_or_default()
}

/// What may hold, where nobody can tell, and how a run alone goes then: a job is taken to work as it stands, so that
/// what makes it fail does not hold.
fn likely(jobs: &[Staged<'_>], ground: &Ground) -> Vec<(Guess, Log)> {
    let works = |guess: Guess| {
        let company = Company { jobs, ground, guess, forgives: &|_: &Event| false };
        let log = plays::alone(&company);
        let lost = log.of(0).flat_map(|event| &event.used).filter(|used| !used.reached.is_there()).count();
        ((log.end_of(0) != Some(JobEnd::Failed), std::cmp::Reverse(lost)), guess, log)
    };
    let each: Vec<_> = guesses(&jobs[0]).into_iter().map(works).collect();
    let best = each.iter().map(|(works, ..)| *works).max();
    each.into_iter().filter(|(works, ..)| Some(*works) == best).map(|(_, guess, log)| (guess, log)).collect()
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
fn forgiven(jobs: &[Staged<'_>], ground: &Ground, guess: Guess) -> BTreeSet<carry::Key> {
    let mut known = BTreeSet::new();
    for _ in 0..MOST_FORGIVEN {
        let company = Company { jobs, ground, guess, forgives: &|event: &Event| known.contains(&carry::own(event)) };
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
