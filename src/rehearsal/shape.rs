//! What a job does at the daemon by some files: jobs that do the same there are changed alike by what changes these.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::staged::Staged;
use crate::runner::Substrate;
use crate::trace::ActKind;

/// The commands in some files that ask the daemon for a job, and for those that need it: where each is written, and
/// under which condition of its step. With where the jobs run, and how often at once.
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

/// A command: its file, its place in it, and the condition of its step.
type Asks = (Arc<str>, usize, Option<String>);

impl Shape {
    /// That of a job and of those that need it, by the files that `is_changed`.
    pub fn of(jobs: &[Staged<'_>], is_changed: &dyn Fn(&str) -> bool) -> Self {
        Self(jobs.iter().map(|job| OfJob::of(job, is_changed)).collect())
    }
}

impl OfJob {
    fn of(job: &Staged<'_>, is_changed: &dyn Fn(&str) -> bool) -> Self {
        let asks = job
            .trace
            .acts
            .iter()
            .filter(|act| matches!(act.kind, ActKind::Docker(_) | ActKind::Action(_)) && is_changed(&act.at.path));
        let condition = |step: usize| {
            let written = job.trace.steps.get(step).and_then(|traced| job.job.steps.get(traced.index))?;
            written.condition.as_ref().map(|condition| condition.value.value().to_owned())
        };
        Self {
            asks: asks.map(|act| (act.at.path.clone(), act.at.span.start, condition(act.step))).collect(),
            services: job.job.services.len(),
            substrate: job.substrate.clone(),
            has_several_legs: job.has_several_legs,
            has_several_calls: job.has_several_calls,
            is_swept: job.is_swept,
        }
    }
}
