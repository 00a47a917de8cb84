//! What a teardown may do beside removing, and how it copes with what is not there.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::docker::{Action, Verb};
use crate::lifecycle::removal::{RemovalVerb as Removes, Scope, Shape};
use crate::lifecycle::selector::By;
use crate::rewrite::doubt::noticed::an_end;
use crate::rewrite::{Place, Scene, tolerate};
use crate::shell;
use crate::source::{Location, Span};
use crate::trace::{Act, ActKind};
use crate::workflow::Step;

/// Commands that belong to cleaning up, and change nothing that a job is judged by.
const HOUSEWORK: [&str; 27] = [
    ":", "[", "[[", "awk", "cat", "cut", "date", "echo", "exit", "grep", "head", "hostname", "kill", "killall", "ls",
    "pkill", "printf", "rm", "sed", "set", "sleep", "sort", "sync", "tail", "test", "true", "wait",
];

/// Whether no rule says of an act that it may take what others made.
pub(super) fn spares_strangers(scene: &Scene<'_>, place: &Place<'_>, act: usize) -> bool {
    place.job.trace.acts.get(act).is_none_or(|act| !scene.strangers.contains_key(act.called_at()))
}

/// Whether an act removes something.
pub(super) fn is_removal(place: &Place<'_>, index: usize) -> bool {
    place.job.removals.binary_search_by_key(&index, |removal| removal.act).is_ok()
}

/// Whether a step does nothing but tidy up.
pub(super) fn is_all_housework(place: &Place<'_>, own: &Step) -> bool {
    Tidying::of(place).does_only.get(&own.index).copied().unwrap_or_default()
}

/// How the steps of a job tidy up, by their places in it.
struct Tidying {
    /// Whether a step that does something does nothing else.
    does_only: HashMap<usize, bool>,
    /// Those that remove what containers may hold.
    removes_held: HashSet<usize>,
}

impl Tidying {
    fn of(place: &Place<'_>) -> Rc<Self> {
        place.reading.of_job(place.job, || Self::read(place))
    }

    fn read(place: &Place<'_>) -> Self {
        let acts = &place.job.trace.acts;
        let mut does_only = HashMap::new();
        for (index, act) in acts.iter().enumerate() {
            if let Some(step) = place.step(act.step) {
                *does_only.entry(step.index).or_insert(true) &= is_housework(place, index);
            }
        }
        let is_held = |scope: Scope| matches!(scope, Scope::Network | Scope::Volume | Scope::Image);
        let held = place.job.removals.iter().filter(|removal| is_held(removal.scope));
        let steps = held.filter_map(|removal| place.step(acts.get(removal.act)?.step));
        Self { does_only, removes_held: steps.map(|step| step.index).collect() }
    }
}

/// Whether an act may stand in a step that runs whatever happens.
pub(super) fn is_housework(place: &Place<'_>, index: usize) -> bool {
    let Some(act) = place.job.trace.acts.get(index) else { return false };
    is_removal(place, index)
        || prints(act)
        || matches!(&act.kind, ActKind::Command { program, .. } if HOUSEWORK.contains(&program.as_str()))
        || cleans(act)
}

/// Whether a step ends badly once it has removed something: it waited for what it removes, and gave it up.
pub(super) fn gives_up(place: &Place<'_>, step: usize) -> bool {
    let own = place.job.removals_of(step).iter().filter_map(|removal| place.job.trace.acts.get(removal.act));
    own.into_iter().any(ends_badly_after)
}

/// Whether the text of an act goes on to an `exit` that says a failure.
fn ends_badly_after(act: &Act) -> bool {
    let text = &act.frame.text;
    let mut ends = false;
    shell::parse(text.value()).visit(&mut |node| {
        let shell::Node::Statement(statement) = node else { return };
        let Some(command) = statement.command() else { return };
        let is_later = text.span(statement.span.clone()).start >= act.at.span.end;
        let mut words = command.words.iter().map(|word| text.value().get(word.span.clone()).unwrap_or_default());
        let is_exit = is_later && words.next() == Some("exit");
        // `exit $?` says of the command before it what is said without.
        ends |= is_exit && words.next().is_some_and(|code| !matches!(code, "0" | "$?" | "\"$?\""));
    });
    ends
}

/// Whether a step removes what containers may hold: networks, volumes, images.
pub(super) fn removes_held(place: &Place<'_>, step: &Step) -> bool {
    Tidying::of(place).removes_held.contains(&step.index)
}

/// Whether it shows something: a log, a text.
pub(super) fn prints(act: &Act) -> bool {
    use crate::docker::ComposeVerb as Compose;
    match &act.kind {
        ActKind::Docker(call) => match &call.verb {
            Verb::Compose(compose) => matches!(compose.verb, Compose::Logs { .. } | Compose::Ps { .. }),
            verb => matches!(verb, Verb::Logs { .. } | Verb::List(_) | Verb::Inspect { .. } | Verb::Info),
        },
        ActKind::Command { program, .. } => matches!(program.as_str(), "cat" | "echo" | "printf" | "tail" | "head"),
        _ => false,
    }
}

fn cleans(act: &Act) -> bool {
    let ActKind::Docker(call) = &act.kind else { return false };
    matches!(call.verb, Verb::Remove(_) | Verb::Prune(_) | Verb::Disconnect { .. })
        || matches!(&call.verb, Verb::Control(control) if matches!(control.action, Action::Stop | Action::Kill))
}

/// A removal that fails when what it removes is not there, or still runs.
#[derive(Debug)]
pub(super) struct Strict<'a> {
    /// The command.
    pub act: &'a Act,
    /// `-f` makes it remove what runs, and mind nothing that is gone: where in its text that goes.
    pub force_at: Option<usize>,
    /// `|| true` is needed besides.
    pub tolerate: bool,
}

impl Strict<'_> {
    /// What goes before it and behind it where `|| true` is needed.
    pub fn tolerance(&self) -> (&'static str, &'static str) {
        let source = &self.act.frame.source;
        let at = self.act.at.span;
        tolerate::around(source.text(), &(at.start..at.end))
    }

    /// Its first byte.
    pub fn head(&self) -> Location {
        let at = &self.act.at;
        Location { path: at.path.clone(), span: Span::new(at.span.start, at.span.start + 1) }
    }
}

/// The removals of a step that fail when what they remove is not there, and end the script by it; and those that
/// leave a container because nothing in their step stops it.
pub(super) fn unforgiving<'a>(place: &Place<'a>, step: usize) -> Vec<Strict<'a>> {
    let acts = &place.job.trace.acts;
    let own = place.job.removals_of(step);
    let removals = || own.iter().filter_map(|removal| Some((removal, acts.get(removal.act)?)));
    let stops = removals()
        .any(|(removal, _)| matches!(removal.verb, Removes::Stop | Removes::Kill) && removal.scope == Scope::Container);
    let strict = removals().filter_map(|(removal, act)| {
        let by_name = removal.selector.by == By::Name && removal.shape == Shape::Name;
        if !by_name {
            return None;
        }
        let unforced =
            !removal.force.is_yes() && matches!(removal.verb, Removes::Remove | Removes::Stop | Removes::Kill);
        let is_id = !removal.selector.made_by.is_empty();
        let may_be_nothing = is_id || removal.selector.names.iter().any(|name| name.value.empty().may_be());
        let force_at = match &act.kind {
            ActKind::Docker(call) if unforced && removal.scope == Scope::Container && (ends(act) || !stops) => {
                matches!(call.verb, Verb::Remove(_)).then_some(call.at.end)
            }
            _ => None,
        };
        let tolerate = ends(act) && (may_be_nothing || unforced && force_at.is_none());
        (tolerate || force_at.is_some()).then_some(Strict { act, force_at, tolerate })
    });
    strict.collect()
}

/// What the removals of a step say today that they say no more once they may find nothing, in words. A listing that may
/// be empty in a step of every outcome is to find nothing sooner or later, too.
pub(super) fn silenced(place: &Place<'_>, step: usize) -> Vec<String> {
    let strict = unforgiving(place, step);
    let own = place.job.removals_of(step).iter().filter_map(|removal| {
        let act = place.job.trace.acts.get(removal.act)?;
        let is_silenced = match removal.shape {
            Shape::Name => strict.iter().any(|strict| std::ptr::eq(strict.act, act) && strict.tolerate),
            Shape::Substitution => ends(act),
            Shape::Xargs => act.context.xargs.as_ref().is_some_and(crate::command::Xargs::runs_on_empty),
        };
        is_silenced.then(|| an_end(place, removal, act)).flatten()
    });
    own.collect()
}

/// Whether a failure of the act ends its script.
fn ends(act: &Act) -> bool {
    let context = &act.context;
    context.errexit
        && !(context.tolerated || context.background || context.guarded || context.before_and)
        && context.xargs.is_none()
        && context.trap.is_none()
}
