//! Removals that wait for an event, of what is made after others as well.

use super::input::JobInput;
use super::step_runs::conditions;
use crate::expr::{Condition, Known, Outcome, Path, Status};
use crate::trace::StepTrace;
use crate::truth::Truth;

/// The events of a workflow after which something is made, and none of these acts removes it: no run that they start does.
/// None where an act is another job's, or not all events are known.
pub(super) fn leaving(input: &JobInput<'_>, made_at: usize, removals: &[Option<usize>]) -> Vec<String> {
    let step = |act: usize| input.trace.steps.get(input.trace.acts.get(act)?.step);
    let steps: Option<Vec<&StepTrace>> = removals.iter().map(|act| step((*act)?)).collect();
    let Some((steps, maker)) = steps.zip(step(made_at)) else { return vec![] };
    // Whether a job that it waits for is skipped after an event, is not looked at.
    if input.job.needs.is_some() {
        return vec![];
    }
    let runs = |step: &StepTrace, event: &str| {
        let resolve = |path: &Path| match path.is("github.event_name") {
            true => Known::text(event),
            false => (input.resolve)(path),
        };
        let job = input.job.condition.as_ref().map(|condition| Condition::read(condition.value.value()));
        let job = job.map_or(Truth::Yes, |condition| condition.truth(Status::SUCCESS, &resolve));
        job.and(conditions(input, step, Outcome::Success, &resolve))
    };
    let is_left = |event: &&str| {
        let is_made = runs(maker, event) == Truth::Yes;
        is_made && steps.iter().all(|step| runs(step, event).is_no())
    };
    let events = input.others.events();
    let left: Vec<String> = events.iter().copied().filter(is_left).map(str::to_owned).collect();
    // Where all of them leave it, the condition is never true: that is another rule's.
    if left.len() < events.len() { left } else { vec![] }
}
