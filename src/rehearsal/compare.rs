//! Whether the result of fixes behaves worse than the original, play by play.

use std::collections::{BTreeMap, BTreeSet};

use super::carry::{self, Carry, Key};
use super::cast::Cast;
use super::log::{Event, JobEnd, Moment, Used};
use super::machine::{Effect, Object, What};
use super::plays::{Ending, Peer, Play, Show};
use super::staged::Staged;
use super::story;
use crate::docker::ObjectKind;
use crate::expr::TimeoutIs;
use crate::source::Location;

/// What is worse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worse {
    /// In which play.
    pub play: Play,
    /// What happens, in one or two sentences.
    pub story: String,
    /// About where it comes to that, as the original has its bytes.
    pub at: Option<Location>,
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

/// What is worse in a play, and where.
struct Told {
    story: String,
    at: Option<Location>,
}

impl Told {
    fn of(story: String, event: Option<&Event>) -> Self {
        Self { story, at: event.map(|event| event.at.clone()) }
    }
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
    let commands = Commands::of(old, new, carry);
    let mut found = Vec::new();
    let plays: BTreeSet<Play> = new.iter().map(|show| show.play).collect();
    for play in plays {
        let mut before = in_play(old, play);
        // What the original has not is not compared: a leg, a caller.
        if before.is_empty() {
            continue;
        }
        // Where a command fails that the original does not have, that has done all it did.
        if play == Play::Thrice(Ending::Failure) {
            before.extend(in_play(old, Play::Thrice(Ending::Success)));
        }
        let (old, new) = (Before::of(before, &commands), in_play(new, play));
        let mut add = |told: Told, is_bearable: bool| {
            let Told { story, at } = told;
            found.push(Worse { play, story, at: at.map(|at| carry.near(&at)), is_bearable });
        };
        if let Some(told) = strangers(&old, &new) {
            add(told, false);
            continue;
        }
        let told = match play {
            Play::Alone => alone(&old, &new, carry),
            Play::Twice(_) | Play::Killed(_) => meets(&old, &new),
            Play::Thrice(Ending::Failure) => misses(&old, &new, carry).or_else(|| left(&old, &new)),
            Play::Thrice(_) => left(&old, &new),
            Play::Turned => turned(&old, &new, carry),
        };
        let is_bearable = matches!(play, Play::Thrice(ending) if runs_nothing(ending));
        // What runs by itself, later, takes what is left.
        if let Some(told) = told.filter(|_| !(is_bearable && job.is_swept)) {
            add(told, is_bearable);
        }
    }
    found
}

fn in_play(shows: &[Show], play: Play) -> Vec<&Show> {
    shows.iter().filter(|show| show.play == play).collect()
}

/// When a run is interrupted, as the original has it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum When {
    /// Before its first step.
    Start,
    /// At a command.
    At(Key),
    /// Not at all: something comes out the other way in it.
    Turned(Key),
}

/// Which command of the original each of the result is: by its place, and inside an edit by program and verb, in order.
struct Commands<'s> {
    paired: BTreeMap<Key, Key>,
    /// What the original's commands are.
    verbs: BTreeMap<Key, String>,
    carry: &'s Carry,
}

impl<'s> Commands<'s> {
    fn of(old: &[Show], new: &[Show], carry: &'s Carry) -> Self {
        let alone = |shows: &'_ [Show]| shows.iter().position(|show| show.play == Play::Alone);
        let (mut paired, mut verbs) = (BTreeMap::new(), BTreeMap::new());
        if let (Some(was), Some(is)) = (alone(old), alone(new)) {
            verbs.extend(old[was].log.of(0).map(|event| (carry::own(event), event.verb.clone())));
            let mut pairs = Pairs::of(&old[was], &new[is], carry);
            for event in new[is].log.of(0) {
                // What is put before a command stands in its place, and is another moment.
                if let Some(was) = pairs.take(event).filter(|was| was.verb == event.verb) {
                    paired.entry(carry::own(event)).or_insert_with(|| carry::own(was));
                }
            }
        }
        Self { paired, verbs, carry }
    }

    /// When a play of the result is interrupted; nothing where the original has no such command.
    fn when(&self, show: &Show) -> Option<When> {
        if let Some(question) = &show.turned {
            return Some(When::Turned(self.carry.question(question)?));
        }
        Some(match show.log.interrupted? {
            Moment::Start => When::Start,
            Moment::At(at) => {
                let event = show.log.events.get(at)?;
                let paired = self.paired.get(&carry::own(event)).cloned();
                let is_it = |key: &Key| self.verbs.get(key).is_none_or(|verb| *verb == event.verb);
                When::At(paired.or_else(|| self.carry.original(event).filter(is_it))?)
            }
        })
    }
}

/// How a play of the original went, by the moment at which it is interrupted.
struct Before<'s> {
    shows: Vec<(Option<When>, &'s Show)>,
    commands: &'s Commands<'s>,
}

impl<'s> Before<'s> {
    fn of(shows: Vec<&'s Show>, commands: &'s Commands<'s>) -> Self {
        let when = |show: &Show| {
            if let Some(question) = &show.turned {
                return Some(When::Turned(carry::own_question(question)));
            }
            Some(match show.log.interrupted? {
                Moment::Start => When::Start,
                Moment::At(at) => When::At(carry::own(show.log.events.get(at)?)),
            })
        };
        Self { shows: shows.into_iter().map(|show| (when(show), show)).collect(), commands }
    }

    /// The numbers of those that are interrupted when a play of the result is; of all, where none is.
    fn like(&self, show: &Show) -> Vec<usize> {
        let all = 0..self.shows.len();
        let when = self.commands.when(show);
        let like: Vec<usize> = all.clone().filter(|at| when.is_some() && self.shows[*at].0 == when).collect();
        if like.is_empty() { all.collect() } else { like }
    }

    /// The first that is interrupted when a play of the result is.
    fn counterpart(&self, show: &Show) -> Option<&(Option<When>, &'s Show)> {
        let when = self.commands.when(show)?;
        self.shows.iter().find(|(known, _)| known.as_ref() == Some(&when))
    }
}

/// A stranger is hit that was spared.
fn strangers(old: &Before<'_>, new: &[&Show]) -> Option<Told> {
    new.iter().find_map(|show| {
        let hits = victims(show, true);
        if hits.is_empty() {
            return None;
        }
        let before = old.like(show).into_iter().map(|at| old.shows[at].1);
        let known: BTreeSet<String> = before.flat_map(|show| victims(show, true)).map(|hit| hit.key()).collect();
        let hit = hits.into_iter().find(|hit| !known.contains(&hit.key()))?;
        Some(Told::of(story::hits(show, hit.event, hit.object), Some(hit.event)))
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
    /// By the thing, whichever run takes it: strangers are the same in all plays, but for the ids that docker gives.
    fn key(&self) -> String {
        let name = self.object.made_for.as_deref().unwrap_or_else(|| self.object.name());
        format!("{:?} {name}", self.object.kind)
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

/// What the other of two runs takes away all the same, though it has the run in its name now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// In a sentence.
    pub story: String,
    /// Its name in the play.
    pub name: String,
}

/// The first that has the run in its name in the result alone, and that another run takes away.
pub(super) fn shared(old: &[Show], new: &[Show]) -> Option<Shared> {
    let at_once = |show: &&Show| show.play == Play::Twice(Peer::Run);
    let known: BTreeSet<String> =
        old.iter().filter(at_once).flat_map(|show| victims(show, false)).map(|hit| hit.key()).collect();
    let has_run = |name: &str| name.split(|c: char| !c.is_ascii_alphanumeric()).any(Cast::has_as_own);
    new.iter().filter(at_once).find_map(|show| {
        let mut hits = victims(show, false).into_iter();
        let hit = hits.find(|hit| has_run(hit.object.name()) && !known.contains(&hit.key()))?;
        Some(Shared { story: story::hits(show, hit.event, hit.object), name: hit.object.name().to_owned() })
    })
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
    if let Some((event, container)) = anothers_container(show) {
        return found(Harm::ReachesAnother, event, story::takes_over(show, event, container));
    }
    if let Some((event, image)) = anothers_image(show) {
        return found(Harm::ReachesAnother, event, story::uses(show, event, image));
    }
    // Of a killed run nothing else is expected.
    let counts = |run: usize| !(matches!(show.play, Play::Killed(_)) && run == 0);
    let Some(ended) = show.log.ends.iter().find(|ended| ended.end == JobEnd::Failed && counts(ended.run)) else {
        // A step that may fail hides that what it is for never started.
        let is_refused =
            |event: &&Event| !event.succeeded && !event.forgiven && starts(&event.verb) && counts(event.run);
        let refused = show.log.events.iter().find(is_refused);
        return refused.map(|event| found(Harm::Fails, event, story::breaks(show, event))).unwrap_or_default();
    };
    let story = story::fails(show, ended.run);
    match show.log.cause_of(ended.run) {
        Some(event) => found(Harm::Fails, event, story),
        None => Meeting { harm: Harm::Fails, story: Some(story), at: None },
    }
}

/// A service that another run keeps from its port. The runners of act's kind go on without it, and nothing shows whether
/// a step asks for it: the proofs of fixes do not count it, and people are told.
pub(super) fn starved_service(show: &Show) -> Option<Meeting> {
    let at = show.log.events.iter().position(|event| event.by_runner && event.is_refused_by_another())?;
    let event = &show.log.events[at];
    Some(Meeting { harm: Harm::Fails, story: Some(story::breaks(show, event)), at: Some(at) })
}

/// The container of a run that is under way which compose takes for another's: they share a project.
fn anothers_container(show: &Show) -> Option<(&Event, &Object)> {
    let events = show.log.events.iter().enumerate();
    let mut taken = events.flat_map(|(at, event)| event.effects.iter().map(move |effect| (at, event, effect)));
    let is_anothers = |(at, event, effect): &(usize, &Event, &Effect)| {
        let owner = effect.object.maker.run.checked_sub(1).map(|owner| owner as usize);
        effect.what == What::TakenOver && owner.is_some_and(|own| own != event.run && show.log.is_alive(own, *at))
    };
    taken.find(is_anothers).map(|(_, event, effect)| (event, &effect.object))
}

/// The use of an image that another run has made since this one made its own of the same name.
fn anothers_image(show: &Show) -> Option<(&Event, &Object)> {
    let mut made: BTreeMap<(usize, &str), &str> = BTreeMap::new();
    for event in &show.log.events {
        for Effect { what, object } in event.effects.iter().filter(|effect| effect.object.kind == ObjectKind::Image) {
            let is_anothers = object.maker.run > 0 && object.maker.run as usize != event.run + 1;
            match what {
                What::Made => {
                    made.extend(object.names.iter().map(|name| ((event.run, name.as_str()), object.id.as_str())));
                }
                What::Used if is_anothers => {
                    let own = made.get(&(event.run, object.name()));
                    if own.is_some_and(|own| *own != object.id) {
                        return Some((event, object));
                    }
                }
                _ => {}
            }
        }
    }
    None
}

/// With another run: what comes of the meeting, at the worst moment of those at which it is worse than it was.
fn meets(old: &Before<'_>, new: &[&Show]) -> Option<Told> {
    let was: Vec<Harm> = old.shows.iter().map(|(_, show)| meeting(show).harm).collect();
    let worse = new.iter().filter_map(|show| {
        let is = meeting(show);
        let before = old.like(show).into_iter().map(|at| was[at]).max().unwrap_or_default();
        (is.harm > before).then_some((is, show))
    });
    let (worst, show) = worse.max_by_key(|(meeting, _)| meeting.harm)?;
    Some(Told::of(worst.story?, worst.at.and_then(|at| show.log.events.get(at))))
}

/// Which new project stands for one of the original's that has another name: one for each, from the first use on.
struct Renamed<'s> {
    /// The original's projects that something of was used.
    known: Vec<&'s Used>,
    new_names: BTreeMap<&'s str, &'s str>,
}

impl<'s> Renamed<'s> {
    fn of(old: &'s Show) -> Self {
        let known = old.log.of(0).flat_map(|event| &event.used).filter(|used| used.project.is_some()).collect();
        Self { known, new_names: BTreeMap::new() }
    }

    /// Whether a use of the result may be what became of one of the original's: no other project is, and the original
    /// has none of that name.
    fn may_be(&self, was: &Used, is: &Used) -> bool {
        let (Some(old), Some(new)) = (was.project.as_deref(), is.project.as_deref()) else { return true };
        match self.new_names.get(old) {
            Some(held) => *held == new,
            None => {
                let is_anothers = self.new_names.values().any(|held| *held == new);
                !is_anothers && !self.known.iter().any(|known| known.is_in_project(new))
            }
        }
    }

    /// From now on this new project is that one.
    fn hold(&mut self, was: &'s Used, is: &'s Used) {
        if let (Some(old), Some(new)) = (was.project.as_deref(), is.project.as_deref()) {
            self.new_names.entry(old).or_insert(new);
        }
    }
}

/// Alone every command that worked works, and reaches what it reached.
fn alone(old: &Before<'_>, new: &[&Show], carry: &Carry) -> Option<Told> {
    let ((_, old), new) = (old.shows.first()?, new.first()?);
    if new.log.end_of(0) == Some(JobEnd::Failed) && old.log.end_of(0) != Some(JobEnd::Failed) {
        return Some(Told::of(story::fails(new, 0), new.log.cause_of(0)));
    }
    let mut pairs = Pairs::of(old, new, carry);
    // A project of which nothing is left goes by another name.
    let is_renamed = |used: &Used| {
        let mut all = new.log.of(0).flat_map(|event| &event.used);
        used.project.as_ref().is_some_and(|project| !all.any(|other| other.is_in_project(project)))
    };
    let mut renamed = Renamed::of(old);
    for event in new.log.of(0) {
        let Some(was) = pairs.take(event) else { continue };
        if !event.succeeded && was.succeeded && (!event.used.is_empty() || starts(&event.verb)) {
            return Some(Told::of(story::breaks(new, event), Some(event)));
        }
        let is_owned = |used: &&Used| used.own && used.reached.is_there();
        // Each use has one of its own to follow it.
        let mut there: Vec<&Used> = event.used.iter().filter(is_owned).collect();
        for used in was.used.iter().filter(is_owned) {
            let may_follow = |other: &&Used| {
                other.is_of_kind(used, false)
                    || is_renamed(used) && other.is_of_kind(used, true) && renamed.may_be(used, other)
            };
            match there.iter().position(may_follow) {
                Some(at) => renamed.hold(used, there.swap_remove(at)),
                None => return Some(Told::of(story::loses(new, event, &used.what()), Some(event))),
            }
        }
    }
    None
}

/// Where something comes out the other way: all that is worse in it, as far as the original asks it, too.
fn turned(old: &Before<'_>, new: &[&Show], carry: &Carry) -> Option<Told> {
    new.iter().find_map(|show| {
        let was = old.counterpart(show)?.clone();
        let before = Before { shows: vec![was], commands: old.commands };
        let new = std::slice::from_ref(show);
        alone(&before, new, carry).or_else(|| meets(&before, new)).or_else(|| left(&before, new))
    })
}

/// What looks at a container after a command has failed finds it no more: the run has taken it away before.
fn misses(old: &Before<'_>, new: &[&Show], carry: &Carry) -> Option<Told> {
    new.iter().find_map(|show| {
        let (_, was) = old.counterpart(show)?;
        let mut pairs = Pairs::of(was, show, carry);
        let missed = show.log.of(0).find(|event| {
            let found = pairs.take(event).is_some_and(|was| was.succeeded && !was.forgiven);
            found && !event.succeeded && !event.forgiven && looks(&event.verb) && is_taken(show, event)
        })?;
        Some(Told::of(story::breaks(show, missed), Some(missed)))
    })
}

/// Whether the run itself has removed what a command says is not there.
fn is_taken(show: &Show, event: &Event) -> bool {
    let missing = event.said.rsplit(' ').next().unwrap_or_default();
    let before = show.log.of(event.run).take_while(|earlier| !std::ptr::eq(*earlier, event));
    let mut gone = before.flat_map(|earlier| &earlier.effects).filter(|effect| effect.what == What::Removed);
    gone.any(|effect| effect.object.id == missing || effect.object.names.iter().any(|name| name == missing))
}

/// Whether a command shows or saves what a container has said and made.
fn looks(verb: &str) -> bool {
    ["docker logs", "docker cp", "docker exec", "docker inspect", "compose logs", "compose exec", "compose cp"]
        .iter()
        .any(|known| verb.contains(known))
}

/// Whether a command's failure is one, even where the script goes on.
fn starts(verb: &str) -> bool {
    ["docker run", "docker create", "docker start", "docker exec", "compose up", "compose run", "compose exec"]
        .iter()
        .any(|known| verb.contains(known))
}

/// More is left than before, of some kind.
fn left(old: &Before<'_>, new: &[&Show]) -> Option<Told> {
    type Counts = BTreeMap<&'static str, usize>;
    let counts = |show: &Show| {
        let mut counts = Counts::new();
        for thing in &show.left {
            *counts.entry(thing.kind()).or_default() += 1;
        }
        counts
    };
    let was: Vec<Counts> = old.shows.iter().map(|(_, show)| counts(show)).collect();
    let more = |show: &Show| {
        let before = old.like(show);
        let most = |kind: &str| before.iter().filter_map(|at| was[*at].get(kind)).copied().max().unwrap_or_default();
        let of_kind = counts(show).into_iter().map(|(kind, count)| (count.saturating_sub(most(kind)), kind, count));
        let first_of_most = |known: (usize, _, _), next: (usize, _, _)| if next.0 > known.0 { next } else { known };
        let (more, kind, count) = of_kind.reduce(first_of_most).filter(|(more, ..)| *more > 0)?;
        let besides = kind == ObjectKind::Image.name() && before.iter().any(|at| old.shows[*at].1.keeps_other_images);
        Some((more, kind, count, (most(kind), besides)))
    };
    // Of the first ending in which it is so, the moment that leaves most.
    let mut worse = new.iter().filter_map(|show| Some((show, more(show)?)));
    let first = worse.next()?;
    let alike = worse.take_while(|(show, _)| show.play == first.0.play);
    let (show, (_, kind, count, before)) =
        alike.fold(first, |known, next| if next.1.0 > known.1.0 { next } else { known });
    let thing = show.left.iter().find(|thing| thing.kind() == kind);
    let made = |event: &&Event| event.effects.iter().any(|effect| thing.is_some_and(|one| one.is_made_by(effect)));
    Some(Told::of(story::leaves(show, kind, count, before), show.log.events.iter().find(made)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_new_project_stands_for_one_old() {
        let used = |project: &str| Used {
            written: "localhost:80".to_owned(),
            reached: super::super::machine::Reached::Nothing(String::new()),
            own: true,
            image: None,
            project: Some(project.to_owned()),
            service: Some("web".to_owned()),
            port: 80,
        };
        let [a, b, x, y] = ["a", "b", "x", "y"].map(used);
        let mut renamed = Renamed { known: vec![&a, &b], new_names: BTreeMap::new() };
        assert!(renamed.may_be(&a, &x) && !renamed.may_be(&a, &b));
        renamed.hold(&a, &x);
        assert!(renamed.may_be(&a, &x) && !renamed.may_be(&a, &y));
        assert!(renamed.may_be(&b, &y) && !renamed.may_be(&b, &x));
    }
}
