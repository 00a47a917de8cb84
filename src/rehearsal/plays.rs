//! The plays: what is done with a job on the paper machine, and what is seen.

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::by_hand;
use super::cast::{Cast, maker_of};
use super::company::{Company, Ground, Ran};
use super::helper;
use super::left::{Left, is_as_before, left, services_left};
use super::log::{Event, Log, New, Question};
use super::machine::{Dialect, Machine};
use super::moments::takes_away;
use super::player::{Cut, Interruption, Stop};
use super::projects::Projects;
use super::servers::Servers;
use super::staged::Staged;
use super::strangers::{STRANGER, Strangers};
use crate::runner::Network;
use crate::runner::table::Trait;

/// Above so many acts at the daemon, a job is not interrupted at each.
const MOST_CUTS: usize = 64;
/// A job is interrupted the less often the longer it is, so that a play of all its commands is not gone through more
/// often than a job of so many commands is that is interrupted at each.
const MOST_COMMANDS: usize = MOST_CUTS * 64;
/// So often a job is interrupted in any case.
const FEWEST_CUTS: usize = 8;

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
    /// Three runs that go well, in which something comes out the other way that nobody can tell.
    Turned,
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

/// How much of a job is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Every play.
    Whole,
    /// A run alone, and three that go well: another job that does the same at the daemon is played whole.
    Well,
}

/// A play, played once.
#[derive(Clone, Debug)]
pub struct Show {
    /// Which.
    pub play: Play,
    /// Where it was interrupted: behind so many acts at the daemon, or at the command of that number.
    pub cut: Option<usize>,
    /// What comes out the other way in it.
    pub(super) turned: Option<Question>,
    /// What happened.
    pub log: Log,
    /// What is left that the runs made.
    pub left: Vec<Left>,
    /// The services that three killed runners leave running: `service postgres`.
    pub services_left: Vec<String>,
    /// A guard has taken what a killed runner's job had made, when the job's container had run out its time.
    pub is_late: bool,
    /// Images are left besides that do not count: those of a registry, and those without a name.
    pub keeps_other_images: bool,
}

/// Commands at which a job is interrupted before others, where it is not at all.
pub(super) type Preferred<'a> = dyn Fn(&Event) -> bool + 'a;

/// All plays of a company, in order; where nobody else is on the daemon, it plays alone.
pub(super) fn all(company: &Company<'_>, preferred: &Preferred<'_>, depth: Depth) -> Vec<Show> {
    let stage = Stage::of(company);
    let (alone, ran) = stage.alone();
    let job = &company.jobs[0];
    if !job.is_shared() {
        return vec![alone];
    }
    if depth == Depth::Well {
        let well = stage.play(Play::Thrice(Ending::Success), 0, &alone.log);
        return std::iter::once(alone).chain(well).collect();
    }
    let commands = alone.log.of(0).count();
    let is_preferred = |at: usize| alone.log.events.get(ran.cuts[at].event).is_some_and(preferred);
    // Services are there before the first act.
    let first = (!job.job.services.is_empty()).then_some(0);
    let cuts: Vec<usize> =
        first.into_iter().chain(some(ran.cuts.len(), commands, is_preferred).into_iter().map(|at| at + 1)).collect();
    // Where all is as it was at a moment before, nothing else comes of it.
    let at = |is_new: fn(&New) -> bool| -> Vec<usize> {
        cuts.iter().copied().filter(|cut| cut.checked_sub(1).is_none_or(|at| is_new(&ran.cuts[at].new))).collect()
    };
    let (peers_at, kills_at, stops_at) = (at(|new| new.peer), at(|new| new.kill), at(|new| new.stop));
    let mut plan: Vec<(Play, usize)> = Vec::new();
    let mut add = |play: Play, at: &[usize]| plan.extend(at.iter().map(|at| (play, *at)));
    let peers = [(Peer::Run, true), (Peer::Leg, job.has_several_legs), (Peer::Call, job.has_several_calls)];
    for (peer, _) in peers.into_iter().filter(|(_, is_there)| *is_there) {
        add(Play::Twice(peer), &peers_at);
    }
    let counts_attempts = job.substrate.does(Trait::SetsRunAttempt).is_yes();
    let next = if !counts_attempts { [Next::Run, Next::Uncounted] } else { [Next::Run, Next::Attempt] };
    for next in next {
        add(Play::Killed(next), &kills_at);
    }
    add(Play::Thrice(Ending::Success), &[0]);
    let own: Vec<&Event> = commands_of_job(&alone.log).collect();
    let last = last_commands(&own);
    let fails = some(last.len(), commands, |at| preferred(own[last[at]]));
    let fails: Vec<usize> = fails.into_iter().map(|at| last[at]).collect();
    add(Play::Thrice(Ending::Failure), &fails);
    let rules = job.substrate.status_rules;
    let is_its_own = |ending: &Ending| *ending != Ending::Timeout || !rules.timeout_is_like_a_cancel();
    for ending in [Ending::Cancel, Ending::Timeout, Ending::Kill].into_iter().filter(is_its_own) {
        add(Play::Thrice(ending), if ending == Ending::Kill { &kills_at } else { &stops_at });
    }
    add(Play::Turned, &(0..alone.log.questions.len()).collect::<Vec<_>>());
    // Each is played on a machine of its own.
    let played = plan.into_par_iter().filter_map(|(play, at)| stage.play(play, at, &alone.log));
    let mut shows: Vec<Show> = played.collect();
    shows.insert(0, alone);
    shows
}

/// The run that is watched, by itself.
pub(super) fn alone(company: &Company<'_>) -> Log {
    Stage::of(company).alone().0.log
}

/// Which of so many moments of a job with so many commands are played: where there are too many, those that are
/// preferred, and of the others as many as may be, evenly.
fn some(moments: usize, commands: usize, is_preferred: impl Fn(usize) -> bool) -> Vec<usize> {
    let most = (MOST_COMMANDS / commands.max(1)).clamp(FEWEST_CUTS, MOST_CUTS);
    if moments <= most {
        return (0..moments).collect();
    }
    let (preferred, others): (Vec<usize>, Vec<usize>) = (0..moments).partition(|at| is_preferred(*at));
    let mut some = evenly(&preferred, most);
    // What a fix adds, the original is never interrupted at.
    some.extend(evenly(&others, (most - some.len()).max(most / 8)));
    some.sort_unstable();
    some
}

/// So many of these, the last among them.
fn evenly(all: &[usize], most: usize) -> Vec<usize> {
    let count = all.len().min(most);
    (1..=count).map(|number| all[number * all.len() / count - 1]).collect()
}

/// The commands of the job that is watched.
fn commands_of_job(log: &Log) -> impl Iterator<Item = &Event> {
    log.of(0).filter(|event| event.job == 0 && !event.by_runner)
}

/// The number of each step's last command that takes nothing away, and does not look for what to take. One that does is
/// let do it: what is left when it cannot says nothing of the job.
fn last_commands(own: &[&Event]) -> Vec<usize> {
    let mut last: Vec<usize> = Vec::new();
    for at in (0..own.len()).filter(|at| !takes_away(own[*at])) {
        match last.last_mut() {
            Some(known) if own[*known].step == own[at].step => *known = at,
            _ => last.push(at),
        }
    }
    last
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

    /// A play at a moment of the run `alone`; nothing where it shows nothing that others do not.
    fn play(&self, play: Play, at: usize, alone: &Log) -> Option<Show> {
        match play {
            Play::Alone => None,
            Play::Twice(peer) => Some(self.twice(peer, at)),
            Play::Killed(next) => Some(self.killed(next, at)),
            Play::Thrice(ending) => Some(self.thrice(ending, at)),
            Play::Turned => self.turned(alone, at),
        }
    }

    /// Where one of the questions of a run alone comes out the other way; nothing where that changes nothing.
    fn turned(&self, alone: &Log, number: usize) -> Option<Show> {
        let question = alone.questions.get(number)?;
        let company = Company { turned: Some(question), ..*self.company };
        let stage = Stage { company: &company, cast: self.cast.clone() };
        if stage.alone().0.log.is_alike(alone) {
            return None;
        }
        Some(Show { play: Play::Turned, cut: None, turned: Some(question.clone()), ..stage.thrice(Ending::Success, 0) })
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
        let mut is_late = false;
        for run in 0..3u8 {
            let interruption = match ending {
                Ending::Success => None,
                Ending::Failure => Some(Interruption::Fail),
                Ending::Cancel => Some(Interruption::Stop(Stop::Cancel)),
                Ending::Timeout => Some(Interruption::Stop(Stop::Timeout)),
                Ending::Kill => Some(Interruption::Kill),
            };
            let cast = Cast { run: self.cast.run + u32::from(run), ..self.cast.clone() };
            let run = usize::from(run);
            let ran = self.company.run(&mut machine, &mut log, &cast, run, cut.clone().zip(interruption));
            is_late |= ran.guard.is_some_and(|token| !helper::down(&mut machine, maker_of(run), &token).is_empty());
            if run == 0 {
                // They find what the first has found, and do what it has done.
                if is_as_before(&machine) {
                    break;
                }
                // The others are interrupted where the first is: what was left may give them more to do by then.
                cut = Cut::like(&log);
            }
        }
        // Any other end leaves none.
        let services_left = if ending == Ending::Kill { services_left(&machine, &log) } else { Vec::new() };
        Show { is_late, services_left, ..show(Play::Thrice(ending), Some(at), log, &machine) }
    }
}

fn show(play: Play, cut: Option<usize>, log: Log, machine: &Machine) -> Show {
    let keeps_other_images = machine.keeps_other_images();
    Show {
        play,
        cut,
        turned: None,
        log,
        left: left(machine),
        services_left: Vec::new(),
        is_late: false,
        keeps_other_images,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_that_both_have_are_played_first() {
        assert_eq!(some(5, 40, |_| false), [0, 1, 2, 3, 4]);
        // A longer job is interrupted less often: 4,096 commands are gone through.
        for (commands, played) in [(64, 64), (128, 32), (500, 8), (4_000, 8)] {
            assert_eq!(some(1_000, commands, |_| false).len(), played, "{commands}");
        }
        let chosen = some(80, 500, |at| at % 10 == 0);
        assert!((0..8).all(|at| chosen.contains(&(at * 10))), "{chosen:?}");
        assert_eq!(chosen.len(), 9, "and one that the original does not have: {chosen:?}");
    }
}
