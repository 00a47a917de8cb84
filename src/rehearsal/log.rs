//! What happened on the stage, command by command.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cast::Cast;
use super::machine::{Effect, Object, Reached, What};
use crate::facts::Link;
use crate::source::Location;

/// One command of one run.
#[derive(Clone, Debug)]
pub struct Event {
    /// Which of the runs; 0 is the one that is watched.
    pub run: usize,
    /// Which of its jobs.
    pub job: usize,
    /// The step, in the job's trace.
    pub step: usize,
    /// The step's name, or what stands for it.
    pub step_name: String,
    /// The command.
    pub at: Location,
    /// The calls that led to it.
    pub chain: Vec<Link>,
    /// The program, and docker's verb: what pairs commands inside an edit.
    pub verb: String,
    /// The command as written, on one line.
    pub text: String,
    /// Whether it went well.
    pub succeeded: bool,
    /// What docker said to it, or why an address is not reached.
    pub said: String,
    /// Its failure was foreseen: it fails in the original too, or the play has it so.
    pub forgiven: bool,
    /// The addresses it used.
    pub used: Vec<Used>,
    /// What it did to the daemon.
    pub effects: Vec<Effect>,
    /// It is no command: the runner did it.
    pub by_runner: bool,
}

/// An address that a command used.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// As the command has it.
    pub written: String,
    /// What was there.
    pub reached: Reached,
    /// Whether that is the run's own: its container, or its process.
    pub own: bool,
    /// The image of the container that was reached, or its name; none is a process.
    pub image: Option<String>,
    /// Its compose project.
    pub project: Option<String>,
    /// Its compose service.
    pub service: Option<String>,
    /// The port there.
    pub port: u16,
}

impl Used {
    /// What was reached, in words.
    pub fn what(&self) -> String {
        match &self.image {
            Some(image) => format!("`{image}` on port {}", self.port),
            None => format!("server on port {}", self.port),
        }
    }

    /// What was reached, as this run calls it.
    fn target(&self) -> (Option<&str>, Option<&str>, Option<&str>, u16) {
        (self.image.as_deref(), self.project.as_deref(), self.service.as_deref(), self.port)
    }

    /// Whether another run's play, or that of another text, reached the same: but for the run's own part of the image
    /// and the project. `is_renamed` says that the other's project has another name here.
    pub(super) fn is_of_kind(&self, other: &Self, is_renamed: bool) -> bool {
        let alike = |one: Option<&str>, other: Option<&str>| match (one, other) {
            (Some(one), Some(other)) => is_alike_but_for_the_run(one, other),
            (one, other) => one == other,
        };
        let in_project = self.project.is_some() && other.project.is_some();
        (alike(self.image.as_deref(), other.image.as_deref())
            || in_project
                && is_renamed
                && self.built_by_project().is_some_and(|own| Some(own) == other.built_by_project()))
            && (alike(self.project.as_deref(), other.project.as_deref()) || in_project && is_renamed)
            && (&self.service, self.port) == (&other.service, other.port)
    }

    /// What an image that compose builds is called behind its project's name.
    fn built_by_project(&self) -> Option<&str> {
        let rest = self.image.as_deref()?.strip_prefix(self.project.as_deref()?)?;
        rest.starts_with(['-', '_']).then(|| &rest[1..])
    }

    /// Whether it was reached in a compose project of this name, but for the run's own part.
    pub(super) fn is_in_project(&self, name: &str) -> bool {
        self.project.as_deref().is_some_and(|own| is_alike_but_for_the_run(own, name))
    }
}

/// Whether two names are the same but for words that only the run has, and numbers behind these: `shop:test`,
/// `shop:test-41-1`.
fn is_alike_but_for_the_run(one: &str, other: &str) -> bool {
    let words = |text: &'_ str| -> Vec<String> {
        let text = text.strip_suffix(":latest").unwrap_or(text);
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let (one, other) = (words(one), words(other));
    let first = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let last =
        one[first..].iter().rev().zip(other[first..].iter().rev()).take_while(|(one, other)| one == other).count();
    let is_own = |words: &[String]| {
        let apart = &words[first..words.len() - last];
        let is_number = |word: &String| word.chars().all(|c| c.is_ascii_digit());
        let goes_on = first.checked_sub(1).is_some_and(|before| Cast::has_as_own(&words[before]));
        apart.iter().any(|word| Cast::has_as_own(word)) || apart.iter().all(|word| goes_on && is_number(word))
    };
    is_own(&one) && is_own(&other)
}

/// How a job of a play ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JobEnd {
    /// Every step went well.
    #[default]
    Succeeded,
    /// A step failed.
    Failed,
    /// It was cancelled, or ran out of time.
    Stopped,
    /// Its runner was killed.
    Killed,
    /// Its `if:` did not hold.
    Skipped,
}

/// All of it, in order.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The commands.
    pub events: Vec<Event>,
    /// How each job of each run ended.
    pub ends: Vec<Ended>,
    /// Where the first run was interrupted.
    pub interrupted: Option<Moment>,
    /// Where scripts gave up.
    pub(super) gave_up: Vec<GaveUp>,
    /// What the first run came by and nobody can tell: tests of its scripts and conditions of its steps, each once.
    pub(super) questions: Vec<Question>,
}

/// So many are noted: each comes out the other way in a play of its own.
pub(super) const MOST_QUESTIONS: usize = 16;

/// A test of a script (`[ -f x ]`), or a step's condition, of which nobody can tell whether it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// Where it stands.
    pub at: Location,
    /// The files that were come through.
    pub chain: Vec<String>,
    /// What it asks about: what asks about the same comes out the other way with it.
    pub about: BTreeSet<Arc<str>>,
    /// What stands there, on one line; nothing for a step's condition.
    pub text: String,
}

impl Question {
    /// Whether it is what is asked there.
    pub(super) fn is_asked(&self, at: &Location, chain: &[Link]) -> bool {
        self.at == *at && chain.iter().map(|link| &*link.location.path).eq(self.chain.iter().map(String::as_str))
    }
}

/// A script ends in a failure: at a command, at a test, by `exit 1`; or a step does as a whole.
#[derive(Clone, Debug)]
pub(super) struct GaveUp {
    /// In which of the runs.
    pub run: usize,
    /// In which of the steps that it came to.
    pub step: usize,
    /// Its name, or what stands for it.
    pub step_name: String,
    /// Where.
    pub at: Location,
    /// What stands there, on one line; nothing where that is a whole step.
    pub text: String,
    /// How many events came before.
    pub after: usize,
    /// The job fails with the step.
    pub fails_job: bool,
}

/// An act at the daemon: behind it a run may be interrupted.
#[derive(Clone, Copy, Debug)]
pub(super) struct DaemonAct {
    /// The number of its command in the log.
    pub event: usize,
    /// What the moment behind it is new for.
    pub new: New,
}

/// What a moment behind an act is new for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct New {
    /// Another run comes.
    pub peer: bool,
    /// The run is killed.
    pub kill: bool,
    /// The run is cancelled, or its time is over: later steps ask what was done.
    pub stop: bool,
}

impl New {
    /// For a look: the run knows more than before.
    pub const LOOK: Self = Self { peer: true, kill: false, stop: false };
}

/// When a run is interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before its first step.
    Start,
    /// Behind the command of that number among the events; or that command was made to fail.
    At(usize),
}

/// The end of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Which of the runs.
    pub run: usize,
    /// Which of its jobs.
    pub job: usize,
    /// How.
    pub end: JobEnd,
    /// How many events came before.
    pub after: usize,
}

impl Event {
    /// Whether it did not get what another run holds.
    pub fn is_refused_by_another(&self) -> bool {
        self.effects.iter().any(|effect| {
            let holder = effect.object.maker.run as usize;
            matches!(effect.what, What::Refused(_)) && holder > 0 && holder != self.run + 1
        })
    }

    /// Whether it is the same command, and comes to the same: ids and addresses aside.
    fn is_alike(&self, other: &Self) -> bool {
        let used = |one: &Used, other: &Used| {
            (one.own, one.reached.is_there(), one.target()) == (other.own, other.reached.is_there(), other.target())
        };
        // Docker calls a volume without a name by its id.
        let is_called_alike = |one: &Object, other: &Object| {
            one.made_for == other.made_for && (one.made_for.is_some() || one.names == other.names)
        };
        let is_same = |(one, other): (&Effect, &Effect)| {
            one.what == other.what
                && one.object.kind == other.object.kind
                && is_called_alike(&one.object, &other.object)
        };
        self.at == other.at
            && self.chain == other.chain
            && (self.succeeded, self.forgiven) == (other.succeeded, other.forgiven)
            && self.used.len() == other.used.len()
            && self.used.iter().zip(&other.used).all(|(one, other)| used(one, other))
            && self.effects.len() == other.effects.len()
            && self.effects.iter().zip(&other.effects).all(is_same)
    }
}

impl Log {
    /// Whether the same happens in both.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        self.ends == other.ends
            && self.events.len() == other.events.len()
            && self.events.iter().zip(&other.events).all(|(one, other)| one.is_alike(other))
    }

    /// The command at which the first run was interrupted.
    pub(super) fn interrupted_at(&self) -> Option<&Event> {
        match self.interrupted? {
            Moment::Start => None,
            Moment::At(at) => self.events.get(at),
        }
    }

    /// Those of one run.
    pub fn of(&self, run: usize) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.run == run)
    }

    /// A job of a run ends here.
    pub(super) fn ends(&mut self, run: usize, job: usize, end: JobEnd) {
        self.ends.push(Ended { run, job, end, after: self.events.len() });
    }

    /// How the first job of a run ended, if it has.
    pub fn end_of(&self, run: usize) -> Option<JobEnd> {
        self.ends.iter().find(|ended| ended.run == run && ended.job == 0).map(|ended| ended.end)
    }

    /// Where the script ended with which a run failed; else the step that failed.
    pub(super) fn end_of_script(&self, run: usize) -> Option<&GaveUp> {
        // What comes behind the step with which the job fails is done because of that.
        let step = self.gave_up.iter().find(|one| one.run == run && one.fails_job);
        let own = |one: &&GaveUp| step.is_some_and(|step| step.step == one.step) && !one.fails_job;
        self.gave_up.iter().filter(|one| one.run == run).rfind(own).or(step)
    }

    /// The command because of which a run failed: the one right before its script ended. What fails in a trap, or where
    /// the script goes on, is not the cause.
    pub(super) fn cause_of(&self, run: usize) -> Option<&Event> {
        let Some(end) = self.end_of_script(run) else { return self.failure_of(run) };
        let fails = |event: &&Event| !event.succeeded && !event.forgiven;
        let mut before = self.events.get(..end.after)?.iter().filter(|event| event.run == run);
        // Behind a command that runs another one comes that one: `docker exec`.
        let is_there = |event: &&Event| {
            !end.fails_job && event.at.path == end.at.path && end.at.span.contains(event.at.span) && fails(event)
        };
        before.clone().next_back().filter(fails).or_else(|| before.rfind(is_there))
    }

    /// The last command of a run that failed.
    pub(super) fn failure_of(&self, run: usize) -> Option<&Event> {
        self.of(run).filter(|event| !event.succeeded && !event.forgiven).last()
    }

    /// Whether a run is still under way when the event of that number comes.
    pub(super) fn is_alive(&self, run: usize, at: usize) -> bool {
        let first = self.events.iter().position(|event| event.run == run);
        let over = self.ends.iter().any(|ended| ended.run == run && ended.job == 0 && ended.after <= at);
        first.is_some_and(|first| first <= at) && !over
    }
}
