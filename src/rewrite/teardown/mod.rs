//! `teardown`: what a job makes on the shared daemon is removed in every outcome.
//!
//! Three repairs, by what is there: a step that does nothing but remove runs `always()` from then on (`gate`); a
//! removal at the end of a script that can fail before it gets a step of its own (`tail`); what nothing removes,
//! or only a trap or half a step, is removed by one new step at the end of the job (`end`). A process is stopped there
//! by its number (`process`). What cannot get a name of the run's own is removed by the run's label (`labelled`).

mod always;
mod client;
mod condition;
mod doubts;
mod end;
mod gate;
mod hand_on;
mod join;
mod labelled;
mod leak;
mod naming;
mod new_name;
mod portable;
mod process;
mod removal;
mod repair;
mod tail;
mod things;
mod told;
mod tolerance;

use std::sync::Arc;

use super::removal::after_scope;
use super::{Draft, Place, Scene, Withheld};
use crate::edit::Fix;
use crate::expr::Outcome;
use crate::finding::Finding;
pub(super) use client::clearing;
pub(super) use end::behind_the_work;
pub(super) use labelled::labelled;
use leak::{Leak, leaks_at};
pub(super) use new_name::NewName;
pub(super) use portable::is_lasting;
use repair::{Repair, repair};

/// Makes the removal run in every outcome.
pub fn teardown(scene: &Scene<'_>, finding: &Finding) -> Result<Arc<Fix>, Withheld> {
    let place = scene.place(finding)?;
    let own: Vec<Leak<'_>> = leaks_at(&place, &finding.location);
    let Some(first) = own.first() else {
        return process::stopped(scene, &place, finding).map(Arc::new);
    };
    let repair = repair(scene, &place, first);
    if repair != Repair::End {
        let removers = own.iter().filter_map(|leak| place.job.removals.get(leak.coverage.remover?));
        for remover in removers.filter_map(|removal| place.job.trace.acts.get(removal.act)) {
            after_scope(scene, remover.called_at())?;
        }
    }
    match repair {
        Repair::Gate(step) => gate::widened(scene, &place, step, &own).map(Arc::new),
        Repair::Tail(step) => tail::moved(scene, &place, step, &own).map(Arc::new),
        Repair::End => end::appended(scene, finding),
    }
}

/// What an act makes and nothing takes away after some end of the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stays {
    /// After which, in words.
    pub after: &'static str,
    /// The step that has only to run more often; else one of its own is to remove it.
    pub gate: Option<usize>,
    /// Whether that is certain: no removal may be about it, or not.
    pub sure: bool,
}

/// Whether the act makes something that stays after some end of the steps.
pub(super) fn stays_after(scene: &Scene<'_>, place: &Place<'_>, act: usize) -> Option<Stays> {
    let leak = &leak::leak_of(place, act)?;
    let stays = |outcome| leak.coverage.uncovered.contains(&outcome);
    let after = match (stays(Outcome::Success), stays(Outcome::Failure)) {
        (true, true) => "each run",
        (true, false) => "each run that succeeds",
        (false, true) => "each run that fails before the removal",
        (false, false) if stays(Outcome::Cancelled) || stays(Outcome::TimedOut) => "each run that is cancelled",
        (false, false) => return None,
    };
    let gate = match repair(scene, place, leak) {
        Repair::Gate(step) => Some(step),
        Repair::Tail(_) | Repair::End => None,
    };
    Some(Stays { after, gate, sure: leak.coverage.sure })
}

/// Whether the act makes something that nothing removes although all went well.
pub(super) fn stays_after_success(place: &Place<'_>, act: usize) -> bool {
    leak::leak_of(place, act).is_some_and(|leak| leak.stays_after_success())
}

/// Lets a step that only removes run in every outcome.
///
/// # Errors
/// When its condition cannot be read.
pub(super) fn widen(draft: &mut Draft<'_>, place: &Place<'_>, step: usize) -> Result<(), Withheld> {
    gate::widen(draft, place, step).map(drop)
}

/// Adds a step at the end of the job that removes what gets other names in the same fix: each act that makes
/// something, with the new name; without one its command says the name as before. It goes right behind the step
/// `behind`, where that removed all of them so far. Gives back what makes that doubtful.
///
/// # Errors
/// When it cannot be told at the job's end, or another job uses it.
pub(super) fn add_renamed(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    names: &[(usize, Option<NewName>)],
    behind: Option<usize>,
) -> Result<Vec<String>, Withheld> {
    end::add_renamed(draft, place, names, behind)
}
