//! Commands that need a container that is there, and fail without it or by themselves.

use super::resource::{Resource, ResourceKind};
use crate::command::Arg;
use crate::docker::{Action, ComposeVerb, Verb};
use crate::symbol::Value;
use crate::trace::{Act, JobTrace};
use crate::truth::Truth;

/// The act before a removal in its step, at the container or project that is to be removed, which ends the step when it
/// fails although that is there: what runs in it (`docker exec`) fails, or what is copied out of it was never made.
pub(super) fn fails_before(trace: &JobTrace, removal: usize, resource: &Resource) -> Option<usize> {
    let step = trace.acts.get(removal)?.step;
    let before = (0..removal).rev().take_while(|at| trace.acts.get(*at).is_some_and(|act| act.step == step));
    // The first of them is what ends the step.
    before.filter(|at| trace.acts.get(*at).is_some_and(|act| may_fail_in(trace, act, resource))).last()
}

fn may_fail_in(trace: &JobTrace, act: &Act, resource: &Resource) -> bool {
    let Some(verb) = act.verb().filter(|_| act.may_end_script()) else { return false };
    let is_it = |name: &Value| {
        let by_id = trace.makers_of(name).is_some_and(|makers| makers.contains(&resource.act));
        by_id || resource.name.as_ref().is_some_and(|own| own.same(name).is_yes())
    };
    match (resource.kind, verb) {
        (ResourceKind::Container, Verb::Exec(exec)) => {
            let here = exec.container.as_ref().is_some_and(|container| is_it(&container.value));
            here && !exec.detach.may_be() && !never_fails(&exec.argv)
        }
        (ResourceKind::Container, Verb::Copy { from, .. }) => {
            container_of(&from.value).is_some_and(|name| is_it(&name))
        }
        (ResourceKind::Project, Verb::Compose(compose)) => match &compose.verb {
            ComposeVerb::Exec { detach, argv, .. } => !detach.may_be() && !never_fails(argv),
            ComposeVerb::Copy { from, .. } => container_of(&from.value).is_some(),
            _ => false,
        },
        _ => false,
    }
}

/// Whether what runs in the container says itself that it always goes well.
fn never_fails(argv: &[Arg]) -> bool {
    let first = argv.first().and_then(Arg::text).unwrap_or_default();
    let last = argv.last().and_then(Arg::text).unwrap_or_default().trim_end();
    matches!(first, "echo" | "true" | "printf" | ":")
        || ["|| true", "|| :", "; true", "exit 0", "|| echo"].iter().any(|end| last.ends_with(end))
}

/// The container of `container:path`.
fn container_of(path: &Value) -> Option<Value> {
    let pieces = path.split(':');
    let [name, _, ..] = pieces.as_slice() else { return None };
    (!name.prefix().starts_with(['/', '.'])).then(|| name.clone())
}

/// The act before another in its step that fails, and ends the step, where a container of this name is not there.
pub fn asks_before<'a>(acts: &'a [Act], at: usize, name: &Value) -> Option<&'a Act> {
    let own = acts.get(at)?;
    let before = acts[..at].iter().rev().take_while(|act| act.step == own.step);
    let before = before.filter(|act| act.may_end_script() && act.context.trap.is_none() && own.context.trap.is_none());
    before.filter(|act| runs_with(act, own)).find(|act| asks_for(act, name).is_yes())
}

/// Whether an act has run wherever the other runs: it stands in no branch but the other's own.
fn runs_with(act: &Act, other: &Act) -> bool {
    !act.context.conditional || other.context.branches.starts_with(&act.context.branches)
}

/// Whether an act fails without a container of this name.
fn asks_for(act: &Act, name: &Value) -> Truth {
    // One variable holds one id, whichever command has made it.
    let is_it = |asked: &Value| if asked == name { Truth::Yes } else { asked.same(name) };
    let any = |names: &[Arg]| names.iter().map(|arg| is_it(&arg.value)).fold(Truth::No, Truth::or);
    match act.verb() {
        Some(Verb::Exec(exec)) => exec.container.as_ref().map_or(Truth::No, |container| is_it(&container.value)),
        Some(Verb::Copy { from, to }) => {
            let either = [from, to].into_iter().filter_map(|path| container_of(&path.value));
            either.map(|name| is_it(&name)).fold(Truth::No, Truth::or)
        }
        Some(Verb::Logs { names, .. } | Verb::Look { names } | Verb::Inspect { names, .. }) => any(names),
        Some(Verb::Port { container, .. }) => is_it(&container.value),
        Some(Verb::Control(control)) if !matches!(control.action, Action::Stop | Action::Kill) => any(&control.names),
        _ => Truth::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::testing::script;

    #[test]
    fn commands_that_ask_for_the_container_end_the_step_without_it() {
        let before = |command: &str| {
            let trace = script(&format!("{command}\ndocker rm pg"));
            let last = trace.acts.len() - 1;
            asks_before(&trace.acts, last, &Value::literal("pg")).is_some()
        };
        for asks in [
            "docker exec pg make test",
            "docker cp pg:/report .",
            "docker cp seed.sql pg:/",
            "docker port pg 5432",
            "docker logs pg",
            "docker inspect other pg",
            "docker start pg",
        ] {
            assert!(before(asks), "{asks}");
        }
        for asks_not in [
            "docker exec other make test",
            "docker cp other:/report .",
            "docker port other 5432",
            "docker logs pg || true",
            "docker stop pg",
            "if [ -n \"$LOGS\" ]; then docker logs pg; fi",
        ] {
            assert!(!before(asks_not), "{asks_not}");
        }
    }
}
