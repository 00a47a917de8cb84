//! From the files of a repository to its facts.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::callers::callers;
use super::model::{Analysed, Analysis, AnalysisInput, TracedJob};
use super::tracing::trace_workflow;
use super::workflow_facts::WorkflowFacts;
use super::{left, queued};
use crate::lifecycle::helper;
use crate::lifecycle::peers::Needs;
use crate::lifecycle::removal::Removal;
use crate::runner::{Forge, queues};
use crate::source::{Location, Source};
use crate::syntax::{gate, twin};
use crate::workflow::Workflow;
use crate::yaml::Tree;

/// Derives the facts of a repository.
pub fn analyse(repository: &AnalysisInput<'_>) -> Analysis {
    let mut analysis = Analysis::default();
    let read: Vec<(&Tree, Workflow)> =
        repository.workflows.iter().filter_map(|tree| Some((*tree, Workflow::read(tree).ok()?))).collect();
    let called = callers(repository.files, &read);
    // What the forge never reads never runs, unless another workflow calls it.
    let shadowed = twin::shadowed(&read, repository.forge);
    let never_runs = |index: usize, tree: &Tree| shadowed[index] && !called.contains_key(tree.source().path());
    let traced: Vec<Arc<Vec<TracedJob>>> = read
        .iter()
        .enumerate()
        .map(|(index, (tree, workflow))| {
            let (source, callers) = (tree.source(), called.get(tree.source().path()));
            let trace = || trace_workflow(repository, source, workflow, callers);
            match repository.memory {
                _ if never_runs(index, tree) => Arc::default(),
                Some(memory) => memory.jobs(repository.files, source, callers, trace),
                None => Arc::new(trace()),
            }
        })
        .collect();
    let scheduled = read.iter().zip(&traced).filter(|((_, workflow), _)| workflow.is_scheduled());
    let sweepers: Vec<Arc<Vec<TracedJob>>> = scheduled.map(|(_, jobs)| jobs.clone()).collect();
    let jobs = sweepers.iter().flat_map(|jobs| jobs.iter());
    let sweeps: Vec<Removal> =
        jobs.flat_map(|job| job.removals.iter().cloned().chain(helper::sweeps(&job.trace))).collect();
    let mut told = BTreeSet::new();
    // The workflow of each fact.
    let mut of: Vec<usize> = Vec::new();
    for (index, ((tree, workflow), jobs)) in read.iter().zip(&traced).enumerate() {
        if never_runs(index, tree) {
            continue;
        }
        let path = tree.source().path();
        let callers = called.get(path);
        let derive = || WorkflowFacts::of(repository, tree, workflow, jobs, &sweeps, callers);
        let mut facts = match repository.memory {
            Some(memory) => memory.facts(path, jobs, &sweepers, derive),
            None => derive(),
        };
        for (facts, traced) in facts.jobs.iter_mut().zip(jobs.iter()) {
            left::on_cancel(facts, &traced.substrate, &mut told);
        }
        analysis.elsewhere += facts.elsewhere;
        analysis.facts.extend(facts.conditions.into_iter().chain(facts.jobs.into_iter().flatten()).chain(facts.keys));
        of.resize(analysis.facts.len(), index);
    }
    let waiting: Vec<queued::Waiting<'_>> = read
        .iter()
        .zip(&traced)
        .enumerate()
        .flat_map(|(index, ((tree, workflow), jobs))| {
            jobs.iter().map(move |traced| waiting(repository, tree.source(), workflow, index, traced))
        })
        .collect();
    let needs: Vec<OnceCell<Needs<'_>>> = read.iter().map(|_| OnceCell::new()).collect();
    let in_turn = |workflow: usize, one: &str, other: &str| {
        needs[workflow].get_or_init(|| Needs::of(&read[workflow].1)).in_turn(one, other)
    };
    queued::mark(&mut analysis.facts, &of, &waiting, &in_turn);
    analysis.facts.extend(repository.required_checks.into_iter().flat_map(|checks| gate::required(&read, checks)));
    analysis.facts.extend(twin::facts(&read, &shadowed, repository.forge));
    analysis.facts.extend(left::unswept(&analysis.facts));
    let jobs = traced.iter().flat_map(|jobs| jobs.iter());
    let limits = jobs.clone().flat_map(|job| &job.trace.unfollowed).filter(|gap| gap.limit);
    let unread: BTreeSet<(Location, String)> = limits.map(|gap| (gap.at.clone(), gap.why.clone())).collect();
    analysis.unread = unread.into_iter().collect();
    let of_acts = jobs.clone().flat_map(|job| &job.trace.acts).map(|act| &act.frame.source);
    let of_stacks = jobs.flat_map(|job| job.stacks.values()).flat_map(|stack| &stack.sources);
    let sources: BTreeMap<_, Source> =
        of_acts.chain(of_stacks).map(|source| (source.path().clone(), source.clone())).collect();
    analysis.sources = sources.into_values().collect();
    analysis.workflows = read
        .into_iter()
        .zip(traced)
        .map(|((tree, workflow), jobs)| {
            let path = tree.source().path().clone();
            Analysed { forge: Forge::of(&path, repository.forge), path, workflow, jobs }
        })
        .collect();
    analysis
}

/// A job as far as its runs wait for others.
fn waiting<'a>(
    repository: &AnalysisInput<'_>,
    source: &Source,
    workflow: &Workflow,
    index: usize,
    traced: &'a TracedJob,
) -> queued::Waiting<'a> {
    queued::Waiting {
        workflow: index,
        job: traced.job.id.value(),
        queues: queues(source.path(), workflow, &traced.job, repository.gitea, &traced.substrate),
        several_legs: traced.has_several_legs || !traced.calls.is_empty(),
    }
}
