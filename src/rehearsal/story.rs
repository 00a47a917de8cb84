//! What happened, in one or two sentences for people. A story is read alone: it says which run did it, with which
//! command, and what was there before.

use super::left::Left;
use super::log::{Event, JobEnd, Moment, Used};
use super::machine::{Claim, Object, Reached, What};
use super::plays::{Ending, Next, Peer, Play, Show};

/// The `github.run_id` of a play's first run.
const FIRST: usize = 41;

/// A run removes or stops what is another's.
pub(super) fn hits(show: &Show, event: &Event, object: &Object) -> String {
    let whose = match object.maker.run {
        0 => "another repository's".to_owned(),
        _ => of(&show.name_of(object.maker.run as usize - 1)),
    };
    let is_gone = |what: &What| *what == What::Removed;
    let removes = event.effects.iter().any(|effect| is_gone(&effect.what) && effect.object.told() == object.told());
    let does = if removes { "removes" } else { "stops" };
    format!("{}{} {does} {whose} {}, with {}", opening(show), show.name_of(event.run), object.told(), command(event))
}

/// A run uses what is another's.
pub(super) fn reaches(show: &Show, event: &Event) -> String {
    let who = format!("{}{}", opening(show), show.name_of(event.run));
    let Some(used) = event.used.iter().find(|used| used.reached.is_there() && !used.own) else {
        return format!("{who} uses what is not its own, with {}", command(event));
    };
    format!("{who} reaches {} at `{}`, with {}", show.reached(used), used.written, command(event))
}

/// Compose takes what another run has made in the same project.
pub(super) fn takes_over(show: &Show, event: &Event, container: &Object) -> String {
    let (who, whose) = (show.name_of(event.run), of(&show.name_of(container.maker.run as usize - 1)));
    format!("{}{who} takes over {whose} {}, with {}", opening(show), container.told(), command(event))
}

/// A run uses an image that another has made meanwhile.
pub(super) fn uses(show: &Show, event: &Event, image: &Object) -> String {
    let (who, whose) = (show.name_of(event.run), of(&show.name_of(image.maker.run as usize - 1)));
    format!("{}{who} uses {whose} {}, with {}", opening(show), image.told(), command(event))
}

/// The job of a run fails.
pub(super) fn fails(show: &Show, run: usize) -> String {
    let who = format!("{}{}", opening(show), show.name_of(run));
    if let Some(event) = show.log.cause_of(run) {
        return format!("{who} fails at `{}` with `{}`: {}", event.step_name, event.text, show.why(event));
    }
    match show.log.end_of_script(run) {
        Some(gave_up) if gave_up.text.is_empty() => format!("{who} fails at `{}`", gave_up.step_name),
        Some(gave_up) => format!("{who} fails at `{}`: its script ends at `{}`", gave_up.step_name, gave_up.text),
        None => format!("{who} fails"),
    }
}

/// A command fails that did not.
pub(super) fn breaks(show: &Show, event: &Event) -> String {
    format!("{}{} in {} fails: {}", opening(show), command(event), show.name_of(event.run), show.why(event))
}

/// A command no longer reaches what it reached.
pub(super) fn loses(show: &Show, event: &Event, lost: &str) -> String {
    format!("{}{} no longer reaches its own {lost}", opening(show), command(event))
}

/// More is left. `besides` says whether some of the kind were left before that do not count.
pub(super) fn leaves(show: &Show, kind: &str, count: usize, (before, besides): (usize, bool)) -> String {
    let known = show.left.iter().find(|thing| thing.kind() == kind);
    let named = known.filter(|thing| !thing.is_anonymous());
    let of_three = |count: usize| count.is_multiple_of(3).then_some(count / 3);
    let things = |count: usize| match count {
        0 => "none".to_owned(),
        1 => format!("one {kind}"),
        _ => format!("{count} {kind}s"),
    };
    let such = named.map_or_else(String::new, |thing| format!(", such as {}", called(thing)));
    let ending = match show.play {
        Play::Thrice(ending) => ending,
        _ => Ending::Success,
    };
    let opening = match show.play {
        Play::Turned => opening(show),
        _ => String::new(),
    };
    let was = |count: usize| match (count, besides) {
        (0, true) => "none but what was pulled or lost its name".to_owned(),
        _ => things(count),
    };
    match (of_three(count), of_three(before)) {
        (Some(now), Some(before)) => {
            let run = ending.of_one();
            format!("{opening}each {run} now leaves {}{such}; before, it left {}", things(now), was(before))
        }
        _ => {
            let runs = ending.of_three();
            format!("{opening}{runs} now leave {}{such}; before, they left {}", things(count), was(before))
        }
    }
}

/// What three runs leave.
pub(super) fn left(show: &Show, ending: Ending) -> String {
    let late =
        if show.is_late { "; the guard takes the rest when the job's container has run out its time" } else { "" };
    format!("{}{late}", left_at_once(show, ending))
}

fn left_at_once(show: &Show, ending: Ending) -> String {
    let runs = ending.of_three();
    let services: Vec<String> = show.services_left.iter().map(|service| format!("`{service}`")).collect();
    let services = services.join(", ");
    match (show.left.is_empty(), services.is_empty()) {
        (true, true) => return format!("{runs} leave nothing"),
        (true, false) => return format!("{runs} leave nothing but {services}, which nobody removes then"),
        (false, _) => {}
    }
    let besides = if services.is_empty() { services } else { format!(", and {services}, which nobody removes then") };
    let of_run = |run: u32| show.left.iter().filter(move |thing| thing.maker().run == run);
    let kinds = |run: u32| of_run(run).map(Left::kind).collect::<Vec<_>>();
    // Where each leaves the same, the first one's say all.
    if kinds(1) == kinds(2) && kinds(1) == kinds(3) {
        let first: Vec<&Left> = of_run(1).collect();
        let counted = if show.left.len() == 3 { String::new() } else { format!(" ({} in all)", show.left.len()) };
        return format!("{runs} each leave {}{counted}{besides}", told(&first).join(", "));
    }
    let all: Vec<&Left> = show.left.iter().collect();
    let kept = if show.keeps_all() { ": it is kept under the same name, as a cache" } else { "" };
    format!("{runs} leave {}{kept}{besides}", told(&all).join(", "))
}

/// Things by their names, kind by kind; of those without a name how many there are.
fn told(left: &[&Left]) -> Vec<String> {
    let (anonymous, named): (Vec<&Left>, Vec<&Left>) = left.iter().partition(|thing| thing.is_anonymous());
    let of_kind = |things: &[&Left]| {
        let names: Vec<String> = things.iter().map(|thing| called(thing)).collect();
        let plural = if names.len() == 1 { "" } else { "s" };
        format!("the {}{plural} {}", things[0].kind(), names.join(", "))
    };
    let named = named.chunk_by(|one, next| one.kind() == next.kind()).map(of_kind);
    let count = match anonymous.len() {
        0 => None,
        1 => Some("an anonymous volume".to_owned()),
        count => Some(format!("{count} anonymous volumes")),
    };
    named.chain(count).collect()
}

/// A thing by its name; a server by its port.
fn called(thing: &Left) -> String {
    match thing {
        Left::Object(object) => format!("`{}`", object.name()),
        Left::Server { .. } => format!("on {}", thing.name()),
    }
}

impl Show {
    /// What a run is called: "run 42", "the second attempt of run 41".
    pub fn name_of(&self, run: usize) -> String {
        let number = FIRST + run;
        match (self.play, run) {
            (Play::Alone, _) => "the job".to_owned(),
            (Play::Twice(Peer::Leg), 0) => "one leg".to_owned(),
            (Play::Twice(Peer::Leg), _) => "the other leg".to_owned(),
            (Play::Twice(Peer::Call), 0) => "one call".to_owned(),
            (Play::Twice(Peer::Call), _) => "the other call".to_owned(),
            (Play::Killed(Next::Attempt | Next::Uncounted), 1) => format!("the second attempt of run {FIRST}"),
            (Play::Twice(Peer::Run) | Play::Killed(_) | Play::Thrice(_) | Play::Turned, _) => format!("run {number}"),
        }
    }

    /// The id of a run, and which attempt it is.
    pub fn number_of(&self, run: usize) -> (usize, usize) {
        match (self.play, run) {
            (Play::Killed(Next::Attempt | Next::Uncounted), 1) => (FIRST, 2),
            // Legs and calls are of one run.
            (Play::Twice(Peer::Leg | Peer::Call), _) => (FIRST, 1),
            _ => (FIRST + run, 1),
        }
    }

    /// Why a command failed: who holds what it asked for, else what Docker said.
    pub fn why(&self, event: &Event) -> String {
        let refused = event.effects.iter().find_map(|effect| match &effect.what {
            What::Refused(claim) => Some((claim, &effect.object)),
            _ => None,
        });
        let what = match refused {
            Some((Claim::Name(name), _)) => format!("the name `{}`", name.trim_start_matches('/')),
            Some((Claim::Port(_, port), _)) => format!("port {port}"),
            Some((Claim::NetworkName(name), _)) => format!("the network name `{name}`"),
            Some((Claim::Removal, _)) | None => {
                let said = event.said.trim().lines().next().unwrap_or_default();
                return if said.is_empty() { "it does not succeed".to_owned() } else { said.to_owned() };
            }
        };
        let Some((_, holder)) = refused else { return what };
        let by = match holder.maker.run {
            0 => format!("another repository's {}", holder.told()),
            run if run as usize == event.run + 1 => format!("its own {}", holder.told()),
            run => format!("{} {}", of(&self.name_of(run as usize - 1)), holder.told()),
        };
        let made = match self.maker_of(holder) {
            Some(made) if (&made.text, &made.step_name) == (&event.text, &event.step_name) => {
                ", made by the same command".to_owned()
            }
            Some(made) => format!(", made by {}", command(made)),
            None => String::new(),
        };
        format!("{what} is taken by {by}{made}")
    }

    /// Whether all that is left is kept on purpose: an image or a builder whose name is the same in each run.
    pub fn keeps_all(&self) -> bool {
        let mut names: Vec<String> = self.left.iter().map(Left::name).collect();
        names.dedup();
        let runs: std::collections::BTreeSet<u32> = self.left.iter().map(|thing| thing.maker().run).collect();
        runs.len() == 1 && names.len() == self.left.len() && self.left.iter().all(Left::is_cache)
    }

    /// What was reached at an address, and whose it is.
    pub fn reached(&self, used: &Used) -> String {
        let whose = match owner(self, &used.reached) {
            _ if used.own => "its own".to_owned(),
            Some(run) => of(&self.name_of(run)),
            None => "another run's".to_owned(),
        };
        format!("{whose} {}", used.what())
    }

    /// The event with which a run fails, by its number.
    pub fn fails_at(&self, run: usize) -> Option<usize> {
        let log = &self.log;
        let is_first = |event: &Event| event.run == run;
        match (log.end_of_script(run), log.interrupted) {
            (Some(end), _) => log.events.get(..end.after)?.iter().rposition(is_first),
            (None, Some(Moment::At(at))) if run == 0 => Some(at),
            _ => log.events.iter().rposition(is_first),
        }
    }

    /// The command that made a thing.
    fn maker_of(&self, object: &Object) -> Option<&Event> {
        let is_it = |event: &&Event| {
            event.effects.iter().any(|effect| effect.what == What::Made && effect.object.id == object.id)
        };
        self.log.events.iter().find(is_it)
    }
}

impl Ending {
    fn of_three(self) -> &'static str {
        match self {
            Self::Success => "three runs that go well",
            Self::Failure => "three runs that fail",
            Self::Cancel => "three runs that are cancelled",
            Self::Timeout => "three runs that run out of time",
            Self::Kill => "three runs whose runner is killed",
        }
    }

    fn of_one(self) -> &'static str {
        match self {
            Self::Success => "run that goes well",
            Self::Failure => "run that fails",
            Self::Cancel => "cancelled run",
            Self::Timeout => "run that runs out of time",
            Self::Kill => "killed run",
        }
    }
}

/// Whose a server or a container is: the number of the run.
fn owner(show: &Show, reached: &Reached) -> Option<usize> {
    let run = match reached {
        Reached::Process(maker) => maker.run,
        Reached::Container { id, .. } => {
            let mut effects = show.log.events.iter().flat_map(|event| &event.effects);
            effects.find(|effect| effect.object.id == *id)?.object.maker.run
        }
        Reached::OneOf(..) | Reached::Nothing(_) => return None,
    };
    (run as usize).checked_sub(1)
}

/// A command, and its step.
fn command(event: &Event) -> String {
    format!("`{}` at `{}`", event.text, event.step_name)
}

fn of(name: &str) -> String {
    format!("{name}'s")
}

fn opening(show: &Show) -> String {
    match show.play {
        Play::Alone => String::new(),
        Play::Killed(_) => match show.log.of(0).last() {
            Some(last) if show.log.end_of(0) == Some(JobEnd::Killed) => {
                format!("{} is killed after {}, then ", show.name_of(0), command(last))
            }
            _ => format!("{} is killed, then ", show.name_of(0)),
        },
        Play::Twice(Peer::Run) => "two runs at once: ".to_owned(),
        Play::Twice(Peer::Leg) => "two legs of the matrix at once: ".to_owned(),
        Play::Twice(Peer::Call) => "two calls of the workflow at once: ".to_owned(),
        Play::Thrice(ending) => format!("{}: ", ending.of_three()),
        Play::Turned => otherwise(show),
    }
}

/// What comes out the other way in a play, as the beginning of its story.
fn otherwise(show: &Show) -> String {
    match show.turned.as_ref().map(|question| question.text.as_str()) {
        None | Some("") => "where the condition of a step comes out the other way: ".to_owned(),
        Some(text) => format!("where `{text}` comes out the other way: "),
    }
}
