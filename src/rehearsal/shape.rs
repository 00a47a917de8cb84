//! What a job does at the daemon: jobs that do the same there behave alike, whatever else they do.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::staged::Staged;
use crate::runner::Substrate;
use crate::trace::ActKind;

/// The commands of a job, and of those that need it, that ask the daemon: where each is written, and under which
/// conditions of its step. With where the jobs run, and how often at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape(Vec<OfJob>);

/// The same of one job.
#[derive(Clone, Debug, PartialEq)]
struct OfJob {
    asks: BTreeSet<Asks>,
    services: usize,
    substrate: Substrate,
    has_several_legs: bool,
    has_several_calls: bool,
    is_swept: bool,
}

/// A command: its file, its place in it, and the conditions of its step.
type Asks = (Arc<str>, usize, Vec<String>);

impl Shape {
    /// That of a job and of those that need it.
    pub fn of(jobs: &[Staged<'_>]) -> Self {
        Self(jobs.iter().map(OfJob::of).collect())
    }
}

impl OfJob {
    fn of(job: &Staged<'_>) -> Self {
        let asks = job.trace.acts.iter().filter(|act| matches!(act.kind, ActKind::Docker(_) | ActKind::Action(_)));
        let conditions = |step: usize| -> Vec<String> {
            let written = job.trace.steps.get(step).and_then(|traced| job.job.steps.get(traced.index));
            let own = written.and_then(|step| step.condition.as_ref());
            own.map(|condition| condition.value.value().to_owned()).into_iter().collect()
        };
        Self {
            asks: asks.map(|act| (act.at.path.clone(), act.at.span.start, conditions(act.step))).collect(),
            services: job.job.services.len(),
            substrate: job.substrate.clone(),
            has_several_legs: job.has_several_legs,
            has_several_calls: job.has_several_calls,
            is_swept: job.is_swept,
        }
    }
}
