//! From the files of a repository to its facts.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::callers::{Callers, callers};
use super::input::AnalysisInput;
use super::model::{Analysed, Analysis, TracedJob, WorkflowFacts};
use super::tracing::trace_workflow;
use super::{concurrency_groups, leftovers};
use crate::facts::Fact;
use crate::lifecycle::peers::Needs;
use crate::lifecycle::removal::Removal;
use crate::lifecycle::{helper_sweeps, sweep};
use crate::runner::{Forge, queues};
use crate::source::{Location, Source};
use crate::syntax::gate;
use crate::syntax::twin::{self, twin_facts};
use crate::trace::UnfollowedKind;
use crate::workflow::Workflow;
use crate::yaml::Tree;

/// A workflow, with the jobs of it that can run.
type Traced = Arc<Vec<TracedJob>>;

/// Derives the facts of a repository.
pub fn analyse(repository: &AnalysisInput<'_>) -> Analysis {
    let read: Vec<(&Tree, Workflow)> =
        repository.workflows.par_iter().filter_map(|tree| Some((*tree, Workflow::read(tree).ok()?))).collect();
    let called = callers(repository.files, &read);
    let shadowed = twin::shadowed(&read, repository.forge);
    // What the forge never reads never runs, unless another workflow calls it.
    let runs =
        |((tree, _), shadowed): (&(&Tree, Workflow), &bool)| !shadowed || called.contains_key(tree.source().path());
    let runs: Vec<bool> = read.iter().zip(&shadowed).map(runs).collect();
    let traced = trace(repository, &read, &called, &runs);
    let each = derive(repository, &read, &called, &runs, &traced);
    let elsewhere = each.iter().map(|facts| facts.elsewhere).sum();
    let (mut facts, of) = in_order(each);
    wait_in_turn(repository, &read, &traced, &mut facts, &of);
    facts.extend(repository.required_checks.into_iter().flat_map(|checks| gate::required(&read, checks)));
    facts.extend(twin_facts(&read, &shadowed, repository.forge));
    facts.extend(leftovers::unswept(&facts));
    let jobs = || traced.iter().flat_map(|jobs| jobs.iter());
    let (sources, unread, absent) = (sources(jobs()), limits(jobs()), absent(jobs()));
    let workflows = read.into_iter().zip(traced).map(|((tree, workflow), jobs)| {
        let path = tree.source().path().clone();
        let (forge, is_called) = (Forge::of(&path, repository.forge), called.contains_key(&path));
        Analysed { forge, is_called, path, workflow, jobs }
    });
    Analysis { facts, sources, elsewhere, unread, absent, workflows: workflows.collect() }
}

/// The jobs of each workflow that runs.
fn trace(
    repository: &AnalysisInput<'_>,
    read: &[(&Tree, Workflow)],
    called: &BTreeMap<Arc<str>, Callers>,
    runs: &[bool],
) -> Vec<Traced> {
    let trace = |(tree, workflow): &(&Tree, Workflow), runs: bool| {
        let (source, callers) = (tree.source(), called.get(tree.source().path()));
        let trace = || trace_workflow(repository, source, workflow, callers);
        match repository.memory {
            _ if !runs => Arc::default(),
            Some(memory) => memory.jobs(repository.files, source, callers, trace),
            None => Arc::new(trace()),
        }
    };
    match repository.memory {
        // What is remembered is known by the files it asked for: one look after the other.
        Some(_) => read.iter().zip(runs).map(|(read, runs)| trace(read, *runs)).collect(),
        None => read.par_iter().zip(runs).map(|(read, runs)| trace(read, *runs)).collect(),
    }
}

/// The facts of each workflow that runs; what a cancel leaves is said of the first job with a label alone.
fn derive(
    repository: &AnalysisInput<'_>,
    read: &[(&Tree, Workflow)],
    called: &BTreeMap<Arc<str>, Callers>,
    runs: &[bool],
    traced: &[Traced],
) -> Vec<WorkflowFacts> {
    let scheduled = read.iter().zip(traced).filter(|((_, workflow), _)| workflow.is_scheduled());
    let sweepers: Vec<Traced> = scheduled.map(|(_, jobs)| jobs.clone()).collect();
    let sweepers_jobs = sweepers.iter().flat_map(|jobs| jobs.iter());
    let sweeps: Vec<Removal> = sweepers_jobs
        .flat_map(|job| sweep::sweeps(&job.removals).cloned().chain(helper_sweeps::sweeps(&job.trace)))
        .collect();
    let derive = |(((tree, workflow), jobs), runs): ((&(&Tree, Workflow), &Traced), &bool)| {
        if !runs {
            return WorkflowFacts::default();
        }
        let path = tree.source().path();
        let derive = || WorkflowFacts::of(repository, tree, workflow, jobs, &sweeps, called.get(path));
        match repository.memory {
            Some(memory) => memory.facts(path, jobs, &sweepers, derive),
            None => derive(),
        }
    };
    let mut each: Vec<WorkflowFacts> = read.par_iter().zip(traced).zip(runs).map(derive).collect();
    leftovers::on_cancel(&mut each, traced);
    each
}

/// All facts of the workflows, and for each the number of its workflow.
fn in_order(each: Vec<WorkflowFacts>) -> (Vec<Fact>, Vec<usize>) {
    let (mut facts, mut of) = (Vec::new(), Vec::new());
    for (index, workflow) in each.into_iter().enumerate() {
        facts.extend(workflow.conditions.into_iter().chain(workflow.jobs.into_iter().flatten()).chain(workflow.keys));
        of.resize(facts.len(), index);
    }
    (facts, of)
}

/// Says of names whose claimants all wait in one concurrency group that they do.
fn wait_in_turn(
    repository: &AnalysisInput<'_>,
    read: &[(&Tree, Workflow)],
    traced: &[Traced],
    facts: &mut [Fact],
    of: &[usize],
) {
    let mut waiting = Vec::new();
    for (index, ((tree, workflow), jobs)) in read.iter().zip(traced).enumerate() {
        waiting.extend(jobs.iter().map(|traced| concurrency_groups::Waiting {
            workflow: index,
            job: traced.job.id.value(),
            queues: queues(tree.source().path(), workflow, &traced.job, repository.gitea, &traced.substrate),
            several_legs: traced.has_several_legs || !traced.calls.is_empty(),
        }));
    }
    let needs: Vec<OnceCell<Needs<'_>>> = read.iter().map(|_| OnceCell::new()).collect();
    let in_turn = |workflow: usize, one: &str, other: &str| {
        needs[workflow].get_or_init(|| Needs::of(&read[workflow].1)).in_turn(one, other)
    };
    concurrency_groups::mark(facts, of, &waiting, &in_turn);
}

/// Every file that a fact may point into.
fn sources<'a>(jobs: impl Iterator<Item = &'a TracedJob> + Clone) -> Vec<Source> {
    let of_acts = jobs.clone().flat_map(|job| &job.trace.acts).map(|act| &act.frame.source);
    let of_stacks = jobs.flat_map(|job| job.stacks.values()).flat_map(|stack| &stack.sources);
    let mut sources: BTreeMap<&Arc<str>, &Source> = BTreeMap::new();
    let mut last: Option<&Source> = None;
    for source in of_acts.chain(of_stacks) {
        // What one file does stands together.
        let is_known = |last: &Source| Arc::ptr_eq(last.path(), source.path()) && last.kind() == source.kind();
        if !last.is_some_and(is_known) {
            sources.insert(source.path(), source);
            last = Some(source);
        }
    }
    sources.into_values().cloned().collect()
}

/// Where something is called that the repository does not have, and what.
fn absent<'a>(jobs: impl Iterator<Item = &'a TracedJob>) -> Vec<(Location, String)> {
    let absent = jobs.flat_map(|job| &job.trace.absent).cloned();
    absent.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Where a limit of the reader was reached, and what was reached.
fn limits<'a>(jobs: impl Iterator<Item = &'a TracedJob>) -> Vec<(Location, String)> {
    let gaps = jobs.flat_map(|job| &job.trace.unfollowed).filter(|call| call.kind == UnfollowedKind::Limit);
    let unread: BTreeSet<(Location, String)> = gaps.map(|gap| (gap.at.clone(), gap.why.clone())).collect();
    unread.into_iter().collect()
}
