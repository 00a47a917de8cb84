//! Removals that run because the disk is full: what spares anything does not do what they are for.

use crate::lifecycle::purpose::is_for_want_of_space;
use crate::lifecycle::removal::Removal;
use crate::rewrite::Place;

/// Whether a removal runs because the disk is full.
pub(super) fn is_urgent(place: &Place<'_>, removal: &Removal) -> bool {
    let Some(act) = place.job.trace.acts.get(removal.act) else { return false };
    let condition = place.step(act.step).and_then(|step| step.condition.as_ref());
    is_for_want_of_space(act, place.job.trace.steps.get(act.step), condition.map(|field| field.value.value()))
}
