//! Which removals and creations count that stand in a branch of a script: those whose branch asks for the thing
//! itself.

use std::sync::Arc;

use super::removal::Removal;
use super::resource::{Resource, ResourceKind};
use super::selects::selects;
use crate::docker::{ComposeVerb, ObjectKind, Verb, name_filter_matches};
use crate::expr::{Condition, Known, Status};
use crate::symbol::Value;
use crate::trace::{Act, ActKind, Branch, JobTrace, Question};
use crate::truth::Truth;

/// Whether a removal takes the resource away whenever its script comes by: it stands in no branch that the
/// creation (in `made`) does not stand in, or in one that asks for the thing.
///
/// What is done when something was given up is no teardown; a branch on values that are not known may be taken.
/// `removals` are all that may take it.
pub fn counts<'r, R: Iterator<Item = &'r Removal>>(
    trace: &JobTrace,
    removals: &impl Fn() -> R,
    removal: &Removal,
    resource: &Resource,
    made: &[Arc<Branch>],
) -> Truth {
    let Some(act) = trace.acts.get(removal.act) else { return Truth::No };
    let apart = act.context.branches.iter().filter(|branch| !made.iter().any(|own| is_same_arm(own, branch)));
    apart.map(|branch| in_branch(trace, removals, removal, resource, made, branch)).fold(Truth::Yes, Truth::and)
}

fn is_same_arm(one: &Branch, other: &Branch) -> bool {
    one.of == other.of && one.arm == other.arm
}

fn in_branch<'r, R: Iterator<Item = &'r Removal>>(
    trace: &JobTrace,
    removals: &impl Fn() -> R,
    removal: &Removal,
    resource: &Resource,
    made: &[Arc<Branch>],
    branch: &Branch,
) -> Truth {
    if branch.fails || made.iter().any(|own| own.of == branch.of) {
        return Truth::No;
    }
    let is_same =
        |own: &Arc<Branch>| !own.written.is_empty() && own.written == branch.written && own.on_yes == branch.on_yes;
    let asks = branch.question == Question::Present
        || branch.on_yes && asks_for(trace, branch, removal, resource)
        || made.iter().any(is_same)
        || in_every_arm(trace, removals, resource, branch);
    if asks {
        return Truth::Yes;
    }
    let gives_up = branch.in_loop && !made.iter().any(|own| own.in_loop);
    match branch.question {
        Question::Values(_) if !gives_up => Truth::Unknown,
        _ => Truth::No,
    }
}

/// Whether each way through the statement removes it.
fn in_every_arm<'r, R: Iterator<Item = &'r Removal>>(
    trace: &JobTrace,
    removals: &impl Fn() -> R,
    resource: &Resource,
    branch: &Branch,
) -> bool {
    let removed_in = |arm: usize| {
        removals().filter(|other| selects(other, resource).is_yes()).any(|other| {
            let branches = trace.acts.get(other.act).map(|act| act.context.branches.as_slice()).unwrap_or_default();
            branches.iter().any(|own| own.of == branch.of && own.arm == arm)
        })
    };
    branch.arms > 0 && (0..branch.arms).all(removed_in)
}

/// Whether a branch asks for what is removed: by its name, by an id or a list of it that is not empty.
fn asks_for(trace: &JobTrace, branch: &Branch, removal: &Removal, resource: &Resource) -> bool {
    let is_named = |value: &Value| {
        let own = resource.name.iter().chain(&resource.parts);
        let taken = removal.selector.names.iter().map(|name| &name.value);
        own.chain(taken).any(|name| name.same(value).is_yes())
    };
    looks_at(trace, branch, resource.kind, &is_named)
}

/// Whether what a branch looks at, or runs, is about things of a kind: one of a name, or a listing.
fn looks_at(trace: &JobTrace, branch: &Branch, kind: ResourceKind, is_named: &dyn Fn(&Value) -> bool) -> bool {
    let read = |value: &Value| {
        let capture = trace.capture(value).filter(|_| value.as_literal().is_none());
        let lists = |call: &crate::docker::DockerCall| shows(&call.verb, kind, is_named);
        let listed = || {
            capture.is_some_and(|capture| capture.stages.iter().filter_map(|stage| stage.call.as_deref()).any(lists))
        };
        let variable = value.as_literal().is_none() && is_named(value);
        variable || capture.is_some_and(|capture| !capture.made_by.is_empty()) || listed()
    };
    let values = match &branch.question {
        Question::Values(values) => values.as_slice(),
        Question::Present | Question::Command => &[],
    };
    let acts = trace.acts.get(branch.asked.clone()).unwrap_or_default();
    values.iter().any(read)
        || acts.iter().any(|act| match (act.verb(), &act.kind) {
            (Some(verb), _) => shows(verb, kind, is_named),
            // `kind get clusters`
            (None, ActKind::Command { program, .. }) => {
                kind == ResourceKind::Cluster && matches!(program.as_str(), "kind" | "k3d" | "minikube")
            }
            _ => false,
        })
}

/// Whether a call shows whether something of a kind is there.
fn shows(verb: &Verb, kind: ResourceKind, is_named: &dyn Fn(&Value) -> bool) -> bool {
    match verb {
        Verb::Inspect { names, .. } => names.iter().any(|name| is_named(&name.value)),
        Verb::List(list) => is_of(list.kind, kind),
        Verb::Compose(compose) => kind == ResourceKind::Project && matches!(compose.verb, ComposeVerb::Ps { .. }),
        _ => false,
    }
}

fn is_of(listed: ObjectKind, kind: ResourceKind) -> bool {
    match listed {
        ObjectKind::Container => {
            matches!(kind, ResourceKind::Container | ResourceKind::Project | ResourceKind::Cluster)
        }
        ObjectKind::Network => kind == ResourceKind::Network,
        ObjectKind::Volume => kind == ResourceKind::Volume,
        _ => false,
    }
}

/// Whether something is made only where it is not there yet, to stay: `docker volume inspect c || docker volume
/// create c`, and `docker network create n || true` of a name that every run has.
pub fn ensures(trace: &JobTrace, resource: &Resource) -> bool {
    let Some(act) = trace.acts.get(resource.act) else { return false };
    let Some(name) = &resource.name else { return false };
    let is_named = |value: &Value| name.same(value).is_yes();
    let asks = |branch: &Arc<Branch>| {
        !branch.on_yes && looks_at(trace, branch, resource.kind, &is_named) && !lists_others(trace, branch, name)
    };
    let is_shared =
        matches!(resource.kind, ResourceKind::Network | ResourceKind::Volume) && name.unique().is_static().is_yes();
    let tolerated = act.context.tolerated && act.context.errexit;
    act.context.branches.iter().any(|branch| asks(branch) && !replaces(trace, resource, branch))
        || is_shared && (tolerated && !act.context.background || is_left_for_later(trace, resource.act))
}

/// Whether an act is the last that its job does, behind removals of a step that cleans after a failure, too: what it
/// makes there is for a later run, as in `docker system prune -f; docker network create --subnet 172.30.0.0/16 kind`.
fn is_left_for_later(trace: &JobTrace, index: usize) -> bool {
    let Some(act) = trace.acts.get(index) else { return false };
    let tells =
        |act: &Act| matches!(&act.kind, ActKind::Command { program, .. } if program == "echo" || program == "true");
    let is_last = trace.acts[index + 1..].iter().all(tells) && trace.unfollowed.iter().all(|call| call.step < act.step);
    let mut before = trace.acts[..index].iter().rev().take_while(|other| other.step == act.step);
    let conditions = trace.steps.get(act.step).map(|step| step.conditions.as_slice()).unwrap_or_default();
    let runs = |condition: &Condition| condition.truth(Status::FAILURE, &|_| Known::unknown()).may_be();
    let cleans = !conditions.is_empty() && conditions.iter().all(runs);
    is_last && cleans && before.any(|other| matches!(other.verb(), Some(Verb::Remove(_) | Verb::Prune(_))))
}

/// Whether a branch removes what was there before it makes something of the same name.
fn replaces(trace: &JobTrace, resource: &Resource, branch: &Arc<Branch>) -> bool {
    let before = trace.acts.get(branch.asked.end..resource.act).unwrap_or_default();
    before.iter().filter_map(Act::verb).any(|verb| match verb {
        Verb::Remove(remove) => remove.names.iter().any(|arg| {
            let is_it = |name: &Value| name.same(&arg.value).is_yes();
            is_of(remove.kind, resource.kind) && resource.name.as_ref().is_some_and(is_it)
        }),
        _ => false,
    })
}

/// Whether what a branch searches for is known to be something else.
fn lists_others(trace: &JobTrace, branch: &Branch, name: &Value) -> bool {
    let acts = trace.acts.get(branch.asked.clone()).unwrap_or_default();
    let filtered = acts.iter().filter_map(Act::verb).filter_map(|verb| match verb {
        Verb::List(list) => Some(list),
        _ => None,
    });
    let filters = filtered.flat_map(|list| &list.filters).filter(|filter| filter.is("name"));
    let searched = acts.iter().flat_map(super::listing::searched);
    let mut wanted = filters.map(|filter| filter.value.clone()).chain(searched);
    wanted.any(|pattern| name_filter_matches(&pattern, name).is_no())
}
