//! The plays: what is done with a job on the paper machine, and what is seen.

use rayon::iter::{IntoParallelIterator, ParallelExtend, ParallelIterator};

use super::by_hand;
use super::cast::Cast;
use super::company::{Company, Ground, Ran};
use super::log::{Event, Log};
use super::machine::{Dialect, Machine, Object, What};
use super::player::{Cut, Interruption, Stop};
use super::projects::Projects;
use super::servers::Servers;
use super::staged::Staged;
use super::strangers::{STRANGER, Strangers};
use crate::runner::Network;
use crate::runner::table::Trait;

/// Above so many acts at the daemon, a job is not interrupted at each.
const MOST_CUTS: usize = 64;

/// A play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Play {
    /// One run, with strangers beside it.
    Alone,
    /// Two at once: the second comes whole, behind an act of the first.
    Twice(Peer),
    /// One is killed, then another one runs.
    Killed(Next),
    /// Three runs that all end alike.
    Thrice(Ending),
}

/// Who else runs at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// Another run of the workflow.
    Run,
    /// Another leg of the matrix.
    Leg,
    /// The same job, called from another place.
    Call,
}

/// Who runs after a kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Next {
    /// Another run of the workflow.
    Run,
    /// The same run, started again, on a runner that counts attempts.
    Attempt,
    /// The same run, started again, on a runner that does not.
    Uncounted,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// All goes well.
    Success,
    /// The last command of a step fails that takes nothing away.
    Failure,
    /// Somebody cancels it.
    Cancel,
    /// It takes too long.
    Timeout,
    /// Its runner is killed.
    Kill,
}

/// A play, played once.
#[derive(Clone, Debug)]
pub struct Show {
    /// Which.
    pub play: Play,
    /// Where it was interrupted: behind so many acts at the daemon, or at the command of that number.
    pub cut: Option<usize>,
    /// What happened.
    pub log: Log,
    /// What is left that the runs made.
    pub left: Vec<Object>,
}

/// All plays of a company, in order; where nobody else is on the daemon, it plays alone.
pub(super) fn all(company: &Company<'_>) -> Vec<Show> {
    let stage = Stage::of(company);
    let (alone, ran) = stage.alone();
    let job = &company.jobs[0];
    if !job.is_shared() {
        return vec![alone];
    }
    let cuts = cuts(ran.cuts.len(), !job.job.services.is_empty());
    // Behind a look at how things are, a run that goes no further leaves them as they were before it.
    let ends: Vec<usize> =
        cuts.iter().copied().filter(|cut| cut.checked_sub(1).is_none_or(|at| ran.cuts[at])).collect();
    let mut plan: Vec<(Play, usize)> = Vec::new();
    let mut add = |play: Play, at: &[usize]| plan.extend(at.iter().map(|at| (play, *at)));
    let peers = [(Peer::Run, true), (Peer::Leg, job.has_several_legs), (Peer::Call, job.has_several_calls)];
    for (peer, _) in peers.into_iter().filter(|(_, is_there)| *is_there) {
        add(Play::Twice(peer), &cuts);
    }
    let counts_attempts = job.substrate.does(Trait::SetsRunAttempt).is_yes();
    let next = if !counts_attempts { [Next::Run, Next::Uncounted] } else { [Next::Run, Next::Attempt] };
    for next in next {
        add(Play::Killed(next), &ends);
    }
    add(Play::Thrice(Ending::Success), &[0]);
    add(Play::Thrice(Ending::Failure), &last_commands(&alone.log));
    let rules = job.substrate.status_rules;
    let is_its_own = |ending: &Ending| *ending != Ending::Timeout || !rules.timeout_is_like_a_cancel();
    for ending in [Ending::Cancel, Ending::Timeout, Ending::Kill].into_iter().filter(is_its_own) {
        add(Play::Thrice(ending), &ends);
    }
    // Each is played on a machine of its own.
    let mut shows = vec![alone];
    shows.par_extend(plan.into_par_iter().map(|(play, at)| stage.play(play, at)));
    shows
}

/// The run that is watched, by itself.
pub(super) fn alone(company: &Company<'_>) -> Log {
    Stage::of(company).alone().0.log
}

/// Behind which acts a job is interrupted: where there are too many, at as many as may be, evenly. Services are there
/// before the first.
fn cuts(count: usize, has_services: bool) -> Vec<usize> {
    let first = has_services.then_some(0);
    let most = count.min(MOST_CUTS);
    first.into_iter().chain((1..=most).map(|cut| cut * count / most)).collect()
}

/// The number of each step's last command that takes nothing away, and does not look for what to take. One that does is
/// let do it: what is left when it cannot says nothing of the job.
fn last_commands(log: &Log) -> Vec<usize> {
    let own: Vec<_> = log.of(0).filter(|event| event.job == 0 && !event.by_runner).collect();
    let mut last: Vec<usize> = Vec::new();
    for at in (0..own.len()).filter(|at| !takes_away(own[*at])) {
        match last.last_mut() {
            Some(known) if own[*known].step == own[at].step => *known = at,
            _ => last.push(at),
        }
    }
    last
}

/// Whether a command removes or stops what was there before (`docker run --rm` does not), or is one that does so where it
/// finds something, or looks for it.
fn takes_away(event: &Event) -> bool {
    const CLEARS: [&str; 12] =
        ["rm", "rmi", "remove", "stop", "kill", "prune", "down", "ps", "ls", "list", "images", "inspect"];
    let is_new = |id: &str| event.effects.iter().any(|made| made.what == What::Made && made.object.id == id);
    let is_gone = |what: &What| matches!(what, What::Removed | What::Stopped);
    let clears =
        event.verb.starts_with("docker") && event.verb.rsplit(' ').next().is_some_and(|verb| CLEARS.contains(&verb));
    clears || event.effects.iter().any(|effect| is_gone(&effect.what) && !is_new(&effect.object.id))
}

/// A daemon as it is before anybody comes: the networks that are there for all, and strangers.
pub(super) fn ground(jobs: &[Staged<'_>], strangers: &Strangers) -> Ground {
    let mut machine = Machine::new(Dialect::Current);
    let custom = jobs.first().and_then(|job| match &job.substrate.network {
        Network::Custom(name) => Some(name),
        _ => None,
    });
    for network in jobs.iter().take(1).flat_map(|job| job.networks).chain(custom) {
        by_hand::docker(&mut machine, STRANGER, &["network", "create", network]);
    }
    strangers.stand_by(&mut machine);
    Ground { machine, projects: Projects::default(), servers: jobs.iter().map(Servers::of).collect() }
}

/// Where plays begin.
struct Stage<'a> {
    company: &'a Company<'a>,
    cast: Cast,
}

impl<'a> Stage<'a> {
    fn of(company: &'a Company<'a>) -> Self {
        Self { company, cast: Cast { unknowns_differ: company.guess.texts_differ, ..Cast::first() } }
    }

    fn alone(&self) -> (Show, Ran) {
        let (mut machine, mut log) = (self.company.ground.machine.clone(), Log::default());
        let ran = self.company.run(&mut machine, &mut log, &self.cast, 0, None);
        (show(Play::Alone, None, log, &machine), ran)
    }

    fn play(&self, play: Play, at: usize) -> Show {
        match play {
            Play::Alone => self.alone().0,
            Play::Twice(peer) => self.twice(peer, at),
            Play::Killed(next) => self.killed(next, at),
            Play::Thrice(ending) => self.thrice(ending, at),
        }
    }

    fn twice(&self, peer: Peer, cut: usize) -> Show {
        let (mut machine, mut log) = (self.company.ground.machine.clone(), Log::default());
        let other = match peer {
            Peer::Run => self.cast.second(),
            Peer::Leg => self.cast.other_leg(),
            Peer::Call => self.cast.other_call(),
        };
        let mut meanwhile = |machine: &mut Machine, log: &mut Log| {
            self.company.run(machine, log, &other, 1, None);
        };
        let interruption = Interruption::Meanwhile(&mut meanwhile);
        self.company.run(&mut machine, &mut log, &self.cast, 0, Some((Cut::Behind(cut), interruption)));
        show(Play::Twice(peer), Some(cut), log, &machine)
    }

    fn killed(&self, next: Next, cut: usize) -> Show {
        let (mut machine, mut log) = (self.company.ground.machine.clone(), Log::default());
        let first = Cast { counts_attempts: next != Next::Uncounted, ..self.cast.clone() };
        self.company.run(&mut machine, &mut log, &first, 0, Some((Cut::Behind(cut), Interruption::Kill)));
        let other = if next == Next::Run { first.second() } else { first.again() };
        self.company.run(&mut machine, &mut log, &other, 1, None);
        show(Play::Killed(next), Some(cut), log, &machine)
    }

    fn thrice(&self, ending: Ending, at: usize) -> Show {
        let (mut machine, mut log) = (self.company.ground.machine.clone(), Log::default());
        let mut cut = Some(if ending == Ending::Failure { Cut::Command(at) } else { Cut::Behind(at) });
        for run in 0..3u8 {
            let interruption = match ending {
                Ending::Success => None,
                Ending::Failure => Some(Interruption::Fail),
                Ending::Cancel => Some(Interruption::Stop(Stop::Cancel)),
                Ending::Timeout => Some(Interruption::Stop(Stop::Timeout)),
                Ending::Kill => Some(Interruption::Kill),
            };
            let cast = Cast { run: self.cast.run + u32::from(run), ..self.cast.clone() };
            self.company.run(&mut machine, &mut log, &cast, usize::from(run), cut.clone().zip(interruption));
            // The others are interrupted where the first is: what was left may give them more to do by then.
            if run == 0 {
                cut = Cut::like(&log);
            }
        }
        show(Play::Thrice(ending), Some(at), log, &machine)
    }
}

fn show(play: Play, cut: Option<usize>, log: Log, machine: &Machine) -> Show {
    Show { play, cut, log, left: left(machine) }
}

/// What runs made and nobody has removed; what the runner made for them is its own business.
fn left(machine: &Machine) -> Vec<Object> {
    let is_of_a_run = |object: &Object| object.maker.run > 0 && object.maker.job != super::cast::RUNNER;
    machine.objects().filter(is_of_a_run).collect()
}
