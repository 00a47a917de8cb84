//! Of what a fix mends a part: what two runs share of one thing goes together, or not at all.

use std::collections::BTreeSet;

use crate::docker::Verb;
use crate::rewrite::Place;
use crate::trace::Act;

/// The stacks that some acts bring up, by their compose files: other fixes change their projects' names.
pub fn of_stacks(place: &Place<'_>, acts: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
    let stacks = acts.into_iter().filter_map(|act| place.job.stacks.get(&act));
    stacks.flat_map(|stack| &stack.sources).map(|source| format!("file {}", source.path())).collect()
}

/// The containers that some acts make, by their order in the job: other fixes change their names and places.
pub fn of_containers(place: &Place<'_>, acts: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
    /// The acts that make containers, in order.
    struct Makers(Vec<usize>);
    let makers = place.reading.of_job(place.job, || {
        let acts = place.job.trace.acts.iter().enumerate();
        let makes = |act: &Act| matches!(act.verb(), Some(Verb::Run(_) | Verb::Create(_)));
        Makers(acts.filter(|(_, act)| makes(act)).map(|(index, _)| index).collect())
    });
    let numbers = acts.into_iter().filter_map(|act| makers.0.binary_search(&act).ok());
    numbers.map(|number| format!("container {number}")).collect()
}
