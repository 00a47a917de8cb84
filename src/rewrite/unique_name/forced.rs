//! Removals in steps that run after a cancel: what still runs by then goes with `-f` alone.

use std::collections::{BTreeSet, HashMap};

use super::super::removal::call_of;
use super::super::shell_text::ShellText;
use super::super::{Draft, Place, Withheld};
use super::reference::{key, same};
use super::{Name, NameKind};
use crate::command::Arg;
use crate::docker::{Action, ObjectKind, Remove, Verb};
use crate::expr::{Condition, Status};
use crate::trace::Act;

/// Adds `-f` where a container is removed whatever happened: under the fixed name a later run came across what a
/// cancelled one had left, under a name of the run's own none does.
///
/// # Errors
/// When the command is written in a way that cannot be changed.
pub fn force(draft: &mut Draft<'_>, place: &Place<'_>, texts: &[ShellText], name: &Name) -> Result<(), Withheld> {
    if name.kind != NameKind::Container {
        return Ok(());
    }
    let names_it = |names: &[Arg]| names.iter().any(|one| same(name.kind, &one.value, &name.value));
    let acts = &place.job.trace.acts;
    for (index, act, remove) in AfterAll::removing(place, name) {
        let is_stopped = || {
            acts.iter().take(index).filter(|before| before.step == act.step).any(|before| match before.verb() {
                Some(Verb::Control(control)) => {
                    matches!(control.action, Action::Stop | Action::Kill) && names_it(&control.names)
                }
                _ => false,
            })
        };
        if !remove.force.is_no() || is_stopped() {
            continue;
        }
        let unclear = || Withheld::because("the removal is written in a way that cannot be edited: change it by hand");
        let found = call_of(texts, &act.at).ok_or_else(unclear)?;
        let text = texts.get(found.text).ok_or_else(unclear)?;
        draft.insert(&text.location(found.call.at.clone()).ok_or_else(unclear)?, false, " -f")?;
    }
    Ok(())
}

/// The removals of a job in steps that may run after a success and after a failure, by what they name.
struct AfterAll(HashMap<(NameKind, String), Vec<usize>>);

impl AfterAll {
    fn read(place: &Place<'_>) -> Self {
        let mut removals: HashMap<(NameKind, String), Vec<usize>> = HashMap::new();
        for (index, act) in place.job.trace.acts.iter().enumerate() {
            let Some(Verb::Remove(remove)) = act.verb() else { continue };
            let Some(kind) = kind_of(remove.kind).filter(|_| may_run_after_all(place, act)) else { continue };
            let names: BTreeSet<String> = remove.names.iter().map(|name| key(kind, &name.value)).collect();
            names.into_iter().for_each(|name| removals.entry((kind, name)).or_default().push(index));
        }
        Self(removals)
    }

    /// Those of a name that run wherever it was made, in order.
    fn removing<'a>(place: &Place<'a>, name: &Name) -> Vec<(usize, &'a Act, &'a Remove)> {
        let removals = place.reading.of_job(place.job, || Self::read(place));
        let alike = removals.0.get(&(name.kind, key(name.kind, &name.value)));
        let gates = gates(place, name.act);
        let removing = alike.into_iter().flatten().filter_map(|index| {
            let act = place.job.trace.acts.get(*index)?;
            STATUSES.into_iter().all(|status| place.runs_given(act, status, &gates).is_yes()).then_some(())?;
            let Some(Verb::Remove(remove)) = act.verb() else { return None };
            let names_it = remove.names.iter().any(|one| same(name.kind, &one.value, &name.value));
            names_it.then_some((*index, act, remove))
        });
        removing.collect()
    }
}

/// What a removal of such objects names.
fn kind_of(kind: ObjectKind) -> Option<NameKind> {
    match kind {
        ObjectKind::Container => Some(NameKind::Container),
        ObjectKind::Image => Some(NameKind::Image),
        _ => None,
    }
}

/// Whether a step that runs whatever happens removes what has the name, by the act `from` or a later one.
pub fn is_removed_after_all(place: &Place<'_>, name: &Name, from: usize) -> bool {
    AfterAll::removing(place, name).iter().any(|(index, ..)| *index >= from)
}

/// Whether an act's step runs after a success and after a failure.
pub fn runs_after_all(place: &Place<'_>, act: &Act) -> bool {
    STATUSES.into_iter().all(|status| place.runs_after(act, status).is_yes())
}

fn may_run_after_all(place: &Place<'_>, act: &Act) -> bool {
    STATUSES.into_iter().all(|status| place.runs_after(act, status).may_be())
}

/// How the steps before may have ended.
const STATUSES: [Status; 2] = [Status::SUCCESS, Status::FAILURE];

/// What holds where an act runs, besides the job's status.
fn gates(place: &Place<'_>, act: usize) -> Vec<String> {
    let step = place.job.trace.acts.get(act).and_then(|act| place.job.trace.steps.get(act.step));
    step.into_iter().flat_map(|step| &step.conditions).flat_map(Condition::gates).collect()
}
