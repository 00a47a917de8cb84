//! Whether the result of fixes behaves worse than the original, play by play.

use std::collections::{BTreeMap, BTreeSet};

use super::carry::{self, Carry, Key};
use super::log::{Event, JobEnd, Used};
use super::machine::{Object, What};
use super::plays::{Ending, Next, Peer, Play, Show};
use super::staged::Staged;
use super::story;
use crate::expr::TimeoutIs;

/// What is worse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worse {
    /// In which play.
    pub play: Play,
    /// What happens, in one or two sentences.
    pub story: String,
    /// Nothing can run there that would take it away: the fix may be made by whom it does not surprise.
    pub is_bearable: bool,
}

/// How bad it is with another run beside it, from what harms nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Harm {
    #[default]
    None,
    /// A job fails.
    Fails,
    /// A job uses what is another's.
    ReachesAnother,
    /// A job takes away what another uses.
    HitsAnother,
}

/// All that is worse, by play; `job` is the result's.
pub(super) fn worse(old: &[Show], new: &[Show], carry: &Carry, job: &Staged<'_>) -> Vec<Worse> {
    let rules = job.substrate.status_rules;
    let runs_nothing = |ending: Ending| match ending {
        Ending::Success | Ending::Failure => false,
        Ending::Cancel => rules.cancel_runs_main_steps != Some(true),
        Ending::Timeout => rules.timeout_is.is_none_or(|is| is == TimeoutIs::Nothing),
        Ending::Kill => true,
    };
    let mut found = Vec::new();
    let plays: BTreeSet<Play> = new.iter().map(|show| show.play).collect();
    for play in plays {
        let (old, new) = (of(old, play), of(new, play));
        // What the original has not is not compared: a leg, a caller.
        if old.is_empty() {
            continue;
        }
        if let Some(story) = strangers(&old, &new, carry) {
            found.push(Worse { play, story, is_bearable: false });
            continue;
        }
        let told = match play {
            Play::Alone => alone(&old, &new, carry),
            Play::Twice(_) | Play::Killed(_) => meets(&old, &new),
            Play::Thrice(_) => left(&old, &new),
        };
        let is_bearable = matches!(play, Play::Thrice(ending) if runs_nothing(ending));
        // What runs by itself, later, takes what is left.
        if !(is_bearable && job.is_swept) {
            found.extend(told.map(|story| Worse { play, story, is_bearable }));
        }
    }
    found
}

fn of(shows: &[Show], play: Play) -> Vec<&Show> {
    shows.iter().filter(|show| show.play == play).collect()
}

/// A stranger is hit that was spared, where a play is interrupted at a command of the original: when it was interrupted
/// there; else ever.
fn strangers(old: &[&Show], new: &[&Show], carry: &Carry) -> Option<String> {
    new.iter().find_map(|show| {
        let hits = victims(show, true);
        if hits.is_empty() {
            return None;
        }
        let interrupted_at = |show: &Show| show.log.interrupted.map(|at| carry::own(&show.log.events[at]));
        let same = show.log.interrupted.and_then(|at| carry.original(&show.log.events[at]));
        let is_same = |old: &&&Show| same.is_some() && interrupted_at(old) == same;
        let is_known = old.iter().any(|old| is_same(&old));
        let before = old.iter().filter(|old| !is_known || is_same(old));
        let known: BTreeSet<(String, usize)> =
            before.flat_map(|show| victims(show, true)).map(|hit| hit.key()).collect();
        let hit = hits.into_iter().find(|hit| !known.contains(&hit.key()))?;
        Some(story::hits(show, hit.event, hit.object))
    })
}

/// What strangers lose in a play.
pub(super) fn hit_strangers(show: &Show) -> Option<(usize, String)> {
    let hits = victims(show, true);
    let hit = hits.first()?;
    let at = show.log.events.iter().position(|known| std::ptr::eq(known, hit.event))?;
    Some((at, story::hits(show, hit.event, hit.object)))
}

/// Something that a run takes away and that is not its own.
struct Hit<'s> {
    event: &'s Event,
    object: &'s Object,
}

impl Hit<'_> {
    /// By the thing: strangers are the same in all plays.
    fn key(&self) -> (String, usize) {
        (format!("{:?} {}", self.object.kind, self.object.name()), self.event.run.min(1))
    }
}

/// What is hit of strangers, or of other runs that are under way.
fn victims(show: &Show, of_strangers: bool) -> Vec<Hit<'_>> {
    let mut hits = Vec::new();
    for (at, event) in show.log.events.iter().enumerate() {
        for effect in event.effects.iter().filter(|effect| matches!(effect.what, What::Removed | What::Stopped)) {
            let object = &effect.object;
            let is_hit = match object.maker.run.checked_sub(1) {
                None => of_strangers,
                Some(owner) => {
                    let owner = owner as usize;
                    !of_strangers && owner != event.run && show.log.is_alive(owner, at)
                }
            };
            if is_hit {
                hits.push(Hit { event, object });
            }
        }
    }
    hits
}

/// What comes of the runs of a play being where they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Meeting {
    pub harm: Harm,
    /// In a sentence.
    pub story: Option<String>,
    /// The event at which it comes to that.
    pub at: Option<usize>,
}

/// The worst that comes of a play with several runs.
pub(super) fn meeting(show: &Show) -> Meeting {
    let found = |harm: Harm, event: &Event, story: String| {
        let at = show.log.events.iter().position(|known| std::ptr::eq(known, event));
        Meeting { harm, story: Some(story), at }
    };
    if let Some(hit) = victims(show, false).first() {
        return found(Harm::HitsAnother, hit.event, story::hits(show, hit.event, hit.object));
    }
    let is_anothers = |event: &&Event| event.used.iter().any(|used| used.reached.is_there() && !used.own);
    if let Some(event) = show.log.events.iter().find(is_anothers) {
        return found(Harm::ReachesAnother, event, story::reaches(show, event));
    }
    // Of a killed run nothing else is expected.
    let counts = |run: usize| !(matches!(show.play, Play::Killed(_)) && run == 0);
    let Some(ended) = show.log.ends.iter().find(|ended| ended.end == JobEnd::Failed && counts(ended.run)) else {
        return Meeting::default();
    };
    let story = story::fails(show, ended.run);
    match show.log.failure_of(ended.run) {
        Some(event) => found(Harm::Fails, event, story),
        None => Meeting { harm: Harm::Fails, story: Some(story), at: None },
    }
}

/// With another run: what comes of the meeting, at the worst moment.
fn meets(old: &[&Show], new: &[&Show]) -> Option<String> {
    let was = old.iter().map(|show| meeting(show).harm).max().unwrap_or_default();
    let is = new.iter().map(|show| meeting(show)).max_by_key(|meeting| meeting.harm)?;
    is.story.filter(|_| is.harm > was)
}

/// Alone every command that worked works, and reaches what it reached.
fn alone(old: &[&Show], new: &[&Show], carry: &Carry) -> Option<String> {
    let (old, new) = (old.first()?, new.first()?);
    if new.log.end_of(0) == Some(JobEnd::Failed) && old.log.end_of(0) != Some(JobEnd::Failed) {
        return Some(story::fails(new, 0));
    }
    let mut pairs = Pairs::of(old, new, carry);
    for event in new.log.of(0) {
        let Some(was) = pairs.take(event) else { continue };
        if !event.succeeded && was.succeeded && (!event.used.is_empty() || starts(&event.verb)) {
            return Some(story::breaks(new, event));
        }
        let is_owned = |used: &&Used| used.own && used.reached.is_there();
        let is_kept = |lost: &Used| event.used.iter().filter(is_owned).any(|used| used.kind() == lost.kind());
        if let Some(lost) = was.used.iter().filter(is_owned).find(|used| !is_kept(used)) {
            return Some(story::loses(new, event, &lost.what()));
        }
    }
    None
}

/// Whether a command's failure is one, even where the script goes on.
fn starts(verb: &str) -> bool {
    ["docker run", "docker create", "docker start", "docker exec", "compose up", "compose run", "compose exec"]
        .iter()
        .any(|known| verb.contains(known))
}

/// More is left than before, of some kind.
fn left(old: &[&Show], new: &[&Show]) -> Option<String> {
    type Counts = BTreeMap<&'static str, usize>;
    let counts = |show: &Show| {
        let mut counts = Counts::new();
        for object in &show.left {
            *counts.entry(object.kind.name()).or_default() += 1;
        }
        counts
    };
    let mut most = Counts::new();
    for (kind, count) in old.iter().flat_map(|show| counts(show)) {
        let known = most.entry(kind).or_default();
        *known = count.max(*known);
    }
    new.iter().find_map(|show| {
        let more = counts(show).into_iter().find(|(kind, count)| *count > most.get(kind).copied().unwrap_or_default());
        let (kind, count) = more?;
        Some(story::leaves(show, kind, count, most.get(kind).copied().unwrap_or_default()))
    })
}

/// The commands of the original, to be found from those of the result.
struct Pairs<'s> {
    by_place: BTreeMap<Key, Vec<&'s Event>>,
    by_verb: BTreeMap<String, Vec<&'s Event>>,
    carry: &'s Carry,
}

impl<'s> Pairs<'s> {
    fn of(old: &'s Show, new: &'s Show, carry: &'s Carry) -> Self {
        let mut by_place: BTreeMap<Key, Vec<&Event>> = BTreeMap::new();
        for event in old.log.of(0) {
            by_place.entry(carry::own(event)).or_default().push(event);
        }
        by_place.values_mut().for_each(|events| events.reverse());
        let placed: BTreeSet<Key> = new.log.of(0).filter_map(|event| carry.original(event)).collect();
        let mut by_verb: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
        for event in old.log.of(0).filter(|event| !placed.contains(&carry::own(event))) {
            by_verb.entry(event.verb.clone()).or_default().push(event);
        }
        by_verb.values_mut().for_each(|events| events.reverse());
        Self { by_place, by_verb, carry }
    }

    /// The next one that this is: by its place, and inside an edit by program and verb, in order.
    fn take(&mut self, event: &Event) -> Option<&'s Event> {
        let placed = self.carry.original(event).and_then(|key| self.by_place.get_mut(&key)?.pop());
        placed.or_else(|| self.by_verb.get_mut(&event.verb)?.pop())
    }
}

impl Play {
    /// Its beginning in a sentence.
    pub(super) fn opening(self) -> &'static str {
        match self {
            Self::Alone => "by itself",
            Self::Twice(Peer::Run) => "beside another run",
            Self::Twice(Peer::Leg) => "beside another leg of the matrix",
            Self::Twice(Peer::Call) => "beside the job of another caller",
            Self::Killed(Next::Run) => "after a killed run",
            Self::Killed(Next::Attempt | Next::Uncounted) => "run again after a kill",
            Self::Thrice(Ending::Success) => "three times in a row",
            Self::Thrice(Ending::Failure) => "three times failed",
            Self::Thrice(Ending::Cancel) => "three times cancelled",
            Self::Thrice(Ending::Timeout) => "three times out of time",
            Self::Thrice(Ending::Kill) => "three times killed",
        }
    }
}
