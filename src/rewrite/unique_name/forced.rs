//! Removals in steps that run after a cancel: what still runs by then goes with `-f` alone.

use super::super::removal::call_of;
use super::super::shell_text::ShellText;
use super::super::{Draft, Place, Withheld};
use super::reference::same;
use super::{Name, NameKind};
use crate::command::Arg;
use crate::docker::{Action, ObjectKind, Verb};
use crate::expr::{Known, Status};
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
    for (index, act) in acts.iter().enumerate() {
        let removes = match act.verb() {
            Some(Verb::Remove(remove)) if remove.kind == ObjectKind::Container => {
                remove.force.is_no() && names_it(&remove.names)
            }
            _ => false,
        };
        let is_stopped = || {
            acts.iter().take(index).filter(|before| before.step == act.step).any(|before| match before.verb() {
                Some(Verb::Control(control)) => {
                    matches!(control.action, Action::Stop | Action::Kill) && names_it(&control.names)
                }
                _ => false,
            })
        };
        if !removes || !runs_after_all(place, act) || is_stopped() {
            continue;
        }
        let unclear = || Withheld::because("the removal is written in a way that cannot be edited: change it by hand");
        let found = call_of(texts, &act.at).ok_or_else(unclear)?;
        let text = texts.get(found.text).ok_or_else(unclear)?;
        draft.insert(&text.location(found.call.at.clone()).ok_or_else(unclear)?, false, " -f")?;
    }
    Ok(())
}

/// Whether an act's step runs after a success and after a failure.
pub fn runs_after_all(place: &Place<'_>, act: &Act) -> bool {
    let conditions = place.job.trace.steps.get(act.step).map_or(&[][..], |step| &step.conditions);
    let holds = |status| conditions.iter().all(|one| one.truth(status, &|_| Known::unknown()).is_yes());
    !conditions.is_empty() && holds(Status::SUCCESS) && holds(Status::FAILURE)
}
