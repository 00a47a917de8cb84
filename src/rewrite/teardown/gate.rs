//! A step that only removes: its condition becomes `always()`.

use super::condition;
use super::doubts::Doubts;
use super::leak::{Leak, Owner, takes_named_volumes};
use super::tolerance::{gives_up, is_housework, prints, silenced, unforgiving};
use crate::edit::Fix;
use crate::rewrite::{Draft, NewValue, Place, Scene, Withheld};
use crate::trace::{Act, ActKind};
use crate::workflow::Step;

/// Whether a step of the trace is one of the job's own that only removes, and whose condition can be read.
pub(super) fn can_widen(place: &Place<'_>, step: usize) -> bool {
    let Some(own) = own_step(place, step).filter(|own| !own.aliased) else { return false };
    let trace = &place.job.trace;
    let mut acts = trace.acts_of(step);
    let only_removes = acts.clone().all(|index| is_housework(place, index));
    let unfollowed = trace.unfollowed.iter().any(|call| call.step == step);
    let old = own.condition.as_ref().map_or("", |field| field.value.value());
    // Logs that are wanted after a failure are not wanted after each run.
    let shows = acts.any(|index| {
        let act = &trace.acts[index];
        prints(act)
            && !matches!(&act.kind, ActKind::Command { program, .. } if program == "echo" || program == "printf")
    });
    let merged = own.condition.as_ref().is_some_and(|field| field.merged || field.value.aliased);
    let wider = new_condition(place, step, own).is_some_and(|new| new != old);
    // A script that stops at what is not there leaves the rest: a step of our own does not.
    let robust = unforgiving(place, step).iter().all(|strict| strict.act.chain.is_empty());
    let is_teardown = only_removes && !gives_up(place, step);
    is_teardown && robust && !unfollowed && !merged && wider && !(shows && condition::is_for_failure(old))
}

/// The job's own step that a step of the trace is: none for one in a local action.
pub(super) fn own_step<'a>(place: &Place<'a>, step: usize) -> Option<&'a Step> {
    let trace = place.job.trace.steps.get(step)?;
    place.step(step).filter(|_| trace.at.path == place.analysed.path)
}

/// Whether the step with an id comes before the one at `step` in the trace.
pub(super) fn is_before(place: &Place<'_>, id: &str, step: usize) -> bool {
    let mut steps = place.job.trace.steps.iter();
    steps.position(|known| known.id.as_deref() == Some(id)).is_some_and(|known| known < step)
}

fn new_condition(place: &Place<'_>, step: usize, own: &Step) -> Option<String> {
    let old = own.condition.as_ref().map_or("", |field| field.value.value());
    // What a removal waits for is the creation, and all before the first creation has been decided by then.
    let first = place.first_creating_step().filter(|creator| *creator < step).unwrap_or(0);
    let mut gates = condition::gates(old, &|id| is_before(place, id, first))?;
    if !gates.is_empty() && makes_in_any_case(place, step) {
        gates.clear();
    }
    Some(condition::in_braces_of(old, &condition::always(&gates)))
}

/// What else the condition of a removal asks, where what it removes is made in any case: it holds the removal back where
/// there is something to remove.
fn gates_of_its_own(place: &Place<'_>, step: usize) -> Vec<String> {
    let old = own_step(place, step).and_then(|own| own.condition.as_ref()).map_or("", |field| field.value.value());
    let first = place.first_creating_step().filter(|creator| *creator < step).unwrap_or(0);
    let gates = condition::gates(old, &|id| is_before(place, id, first)).unwrap_or_default();
    if !gates.is_empty() && makes_in_any_case(place, step) { gates } else { Vec::new() }
}

/// Whether all that the job makes before a step is made by steps of its own without an `if:`.
fn makes_in_any_case(place: &Place<'_>, step: usize) -> bool {
    let makers = place.job.resources.iter().filter_map(|resource| place.job.trace.acts.get(resource.act));
    let mut makers = makers.filter(|act| act.step < step).peekable();
    let is_plain =
        |act: &Act| own_step(place, act.step).is_some_and(|own| own.condition.is_none()) && !act.context.conditional;
    makers.peek().is_some() && makers.all(is_plain)
}

/// The fix.
pub(super) fn widened(scene: &Scene<'_>, place: &Place<'_>, step: usize, leaks: &[Leak<'_>]) -> Result<Fix, Withheld> {
    leaks.iter().try_for_each(|leak| leak.is_of_this_run(scene, place, "theirs in more cases"))?;
    let mut draft = Draft::new(scene);
    let new = widen(&mut draft, place, step)?;
    leaks.iter().try_for_each(|leak| leak.means_its_project(place))?;
    let mut doubts = Doubts::default();
    if leaks.iter().any(|leak| leak.owner(scene, place) != Owner::Own) {
        doubts.add("another run may have something of the same name, which this step would remove");
    }
    if takes_named_volumes(place, leaks) {
        doubts.add("it removes volumes with a name of their own, which other runs may use");
    }
    for gate in gates_of_its_own(place, step) {
        doubts.add(format!(
            "the removal waited for `{gate}`, and what it removes is made in any case: from now on it always runs"
        ));
    }
    silenced(place, step).iter().for_each(|doubt| doubts.add(doubt));
    doubts.finish(draft, &format!("run the teardown with `{new}`"))
}

/// Lets the step run in every outcome, and end well where there is nothing to remove. Gives back its condition.
///
/// # Errors
/// When the condition that it has cannot be read.
pub(super) fn widen(draft: &mut Draft<'_>, place: &Place<'_>, step: usize) -> Result<String, Withheld> {
    let unclear = || Withheld::because("the condition of its step cannot be taken apart");
    let own = own_step(place, step).ok_or_else(unclear)?;
    let new = new_condition(place, step, own).ok_or_else(unclear)?;
    let path = &place.analysed.path;
    match &own.condition {
        Some(field) => draft.set(path, field.node, &new)?,
        None => {
            let after = own.id.as_ref().or(own.name.as_ref()).map(|field| field.node);
            draft.insert_entry(path, own.node, after, "if", &NewValue::Text(new.clone()))?;
        }
    }
    for strict in unforgiving(place, step) {
        if let Some(end) = strict.force_at {
            let at = strict.act.frame.location(end..end);
            draft.replace(&at, " -f")?;
        }
        if strict.tolerate {
            let (before, behind) = strict.tolerance();
            if !before.is_empty() {
                draft.insert(&strict.head(), true, before)?;
            }
            draft.append(&strict.act.at, behind)?;
        }
    }
    Ok(new)
}
