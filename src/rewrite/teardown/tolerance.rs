//! What a teardown may do beside removing, and how it copes with what is not there.

use crate::docker::{Action, Verb};
use crate::lifecycle::removals::{Removal, Shape, Verb as Removes};
use crate::lifecycle::selector::By;
use crate::rewrite::Place;
use crate::trace::{Act, ActKind};

/// Commands that belong to cleaning up, and change nothing that a job is judged by.
const HOUSEWORK: [&str; 26] = [
    ":", "[", "[[", "awk", "cat", "cut", "date", "echo", "exit", "grep", "head", "kill", "killall", "ls", "pkill",
    "printf", "rm", "sed", "set", "sleep", "sort", "sync", "tail", "test", "true", "wait",
];

/// Whether an act removes something.
pub(super) fn is_removal(place: &Place<'_>, index: usize) -> bool {
    place.job.removals.iter().any(|removal| removal.act == index)
}

/// Whether an act may stand in a step that runs whatever happens.
pub(super) fn is_housework(place: &Place<'_>, index: usize) -> bool {
    let Some(act) = place.job.trace.acts.get(index) else { return false };
    is_removal(place, index)
        || prints(act)
        || matches!(&act.kind, ActKind::Command { program, .. } if HOUSEWORK.contains(&program.as_str()))
        || cleans(act)
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

/// The acts of a step that fail when what they remove is not there, and end the script by it.
pub(super) fn unforgiving<'a>(place: &Place<'a>, step: usize) -> Vec<&'a Act> {
    let fails = |removal: &&Removal| {
        let by_name = removal.selector.by == By::Name && removal.shape == Shape::Name;
        let unforced =
            !removal.force.is_yes() && matches!(removal.verb, Removes::Remove | Removes::Stop | Removes::Kill);
        let id = !removal.selector.made_by.is_empty();
        let may_be_nothing = id || removal.selector.names.iter().any(|name| name.value.empty().may_be());
        by_name && (unforced || may_be_nothing)
    };
    let acts = place.job.removals.iter().filter(fails).filter_map(|removal| place.job.trace.acts.get(removal.act));
    let ends = |act: &&Act| {
        let context = &act.context;
        act.step == step
            && context.errexit
            && !(context.tolerated || context.background || context.guarded || context.before_and)
            && context.xargs.is_none()
            && context.trap.is_none()
    };
    acts.filter(ends).collect()
}
