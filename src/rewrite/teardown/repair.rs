//! What is to be done about a leak.

use super::super::{Place, Scene};
use super::leak::Leak;
use super::tolerance::spares_strangers;
use super::{always, gate, tail};
use crate::lifecycle::coverage::Gap;

/// What is to be done about a leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repair {
    /// The condition of the step with this number in the trace.
    Gate(usize),
    /// The end of the script of the step with this number in the trace.
    Tail(usize),
    /// A step at the end of the job.
    End,
}

/// What repairs a leak.
pub(super) fn repair(scene: &Scene<'_>, place: &Place<'_>, leak: &Leak<'_>) -> Repair {
    let removal = leak.coverage.remover.and_then(|index| place.job.removals.get(index));
    let act = removal.and_then(|removal| place.job.trace.acts.get(removal.act));
    let Some(act) = act.filter(|_| leak.coverage.partial.is_none() && leak.coverage.gap != Gap::TrapOnly) else {
        return Repair::End;
    };
    // What stands beside it and may take what others made runs no more often for its sake.
    let spares = |index: usize| spares_strangers(scene, place, index) || removal.is_some_and(|own| own.act == index);
    let made_there = place.job.trace.acts.get(leak.resource.act).is_some_and(|creation| creation.step == act.step);
    let can_widen = || gate::can_widen(place, act.step) && always::may_run(place, act.step, leak);
    if !made_there && can_widen() && place.job.trace.acts_of(act.step).all(spares) {
        Repair::Gate(act.step)
    } else if tail::can_move(scene, place, act.step, leak) {
        Repair::Tail(act.step)
    } else {
        Repair::End
    }
}
