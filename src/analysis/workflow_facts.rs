//! The facts of one workflow.

use std::collections::HashMap;

use super::callers::Callers;
use super::common_fields::set_common;
use super::input::AnalysisInput;
use super::job_fact::job_fact;
use super::model::{TracedJob, WorkflowFacts, peers};
use super::reaching::Reaching;
use crate::address::service_use::service_facts;
use crate::address::unreachable::unreachable_facts;
use crate::expr::empty_on_act;
use crate::facts::Fact;
use crate::follow::RepoPath;
use crate::host::kill::kill_facts;
use crate::host::port_probe::port_probe_facts;
use crate::host::process::process_facts;
use crate::host::server::server_facts;
use crate::lifecycle::peers::Others;
use crate::lifecycle::removal::Removal;
use crate::lifecycle::sweep::sweep_facts;
use crate::lifecycle::{JobInput, docker_facts};
use crate::runner::table::{Trait, option_trait};
use crate::runner::{Forge, Network, Program, Substrate, serialises_twins};
use crate::source::{Location, Source};
use crate::syntax::condition::{Runners, condition_facts};
use crate::syntax::gate;
use crate::syntax::idiom::idiom_facts;
use crate::syntax::key::{Reader, key_facts};
use crate::trace::ActKind;
use crate::trace::{Act, Target};
use crate::truth::Truth;
use crate::workflow::Workflow;
use crate::yaml::Tree;

impl WorkflowFacts {
    /// Those of a workflow with these jobs, where `sweeps` is what the repository's scheduled jobs remove.
    pub(super) fn of(
        repository: &AnalysisInput<'_>,
        tree: &Tree,
        workflow: &Workflow,
        jobs: &[TracedJob],
        sweeps: &[Removal],
        callers: Option<&Callers>,
    ) -> Self {
        let peers = peers(workflow, jobs);
        // What sweeps is not itself swept.
        let sweeps = if workflow.is_scheduled() { &[] } else { sweeps };
        let of_job = |(index, traced)| job_facts(repository, tree.source(), workflow, traced, peers.of(index), sweeps);
        let away = |act: &&Act| act.context.target == Target::Elsewhere;
        let mut facts = Self {
            conditions: conditions(repository, tree, workflow, jobs),
            jobs: jobs.iter().enumerate().map(of_job).collect(),
            keys: keys(repository, tree, workflow, jobs),
            elsewhere: jobs.iter().map(|traced| traced.trace.acts.iter().filter(away).count()).sum(),
        };
        if let Some(callers) = callers {
            let mut reaching = Reaching::new(callers, jobs);
            for fact in facts.conditions.iter_mut().chain(facts.jobs.iter_mut().flatten()) {
                let calls = reaching.calls_to(fact);
                fact.called_by = calls.iter().filter_map(|call| callers.jobs.get(*call)).cloned().collect();
                let link = calls.first().and_then(|call| callers.links.get(*call));
                for chain in fact.chains.values_mut().chain([&mut fact.chain]) {
                    chain.splice(0..0, link.cloned());
                }
            }
        }
        facts
    }
}

/// What its expressions say that never holds.
fn conditions(repository: &AnalysisInput<'_>, tree: &Tree, workflow: &Workflow, jobs: &[TracedJob]) -> Vec<Fact> {
    let forge = Forge::of(tree.source().path(), repository.forge);
    let by_id: HashMap<&str, &TracedJob> = jobs.iter().rev().map(|traced| (traced.job.id.value(), traced)).collect();
    let runner = |job: Option<&str>| job.and_then(|job| by_id.get(job)).map(|traced| traced.substrate.runner);
    let no_index = |job: Option<&str>| match job.and_then(|job| by_id.get(job)) {
        Some(traced) => traced.substrate.does(Trait::SetsJobIndex).is_no(),
        None => forge != Forge::Github,
    };
    let is_github =
        |job: Option<&str>| runner(job).map_or(forge == Forge::Github, |known| known == Some(Program::Github));
    let runners = Runners { is_empty: &|job, path| no_index(job) && empty_on_act(path), is_github: &is_github };
    let mut facts = condition_facts(workflow, tree, &runners);
    for fact in &mut facts {
        fact.set("forge", forge.name());
        let step = fact.step.as_ref().map(|step| step.index);
        // A job that calls another workflow is not traced here.
        let of_job = |job: &str| by_id.get(job).map_or(Truth::Unknown, |traced| is_at_daemon(traced, step));
        let of_all = || jobs.iter().fold(Truth::No, |any, traced| any.or(is_at_daemon(traced, step)));
        fact.set_truth("at-daemon", fact.job.as_deref().map_or_else(of_all, of_job));
    }
    facts
}

/// Whether a step of a job, or any where none is said, asks something of the daemon; what cannot be followed may.
fn is_at_daemon(traced: &TracedJob, step: Option<usize>) -> Truth {
    let trace = &traced.trace;
    let is_in = |at: usize| step.is_none_or(|step| trace.steps.get(at).is_some_and(|of| of.index == step));
    let made = traced.resources.iter().flat_map(|resource| &resource.acts);
    let makes = made.filter_map(|act| trace.acts.get(*act)).any(|act| is_in(act.step));
    let has_services = step.is_none() && !traced.job.services.is_empty();
    let calls = trace.acts.iter().any(|act| matches!(act.kind, ActKind::Docker(_)) && is_in(act.step));
    if makes || calls || has_services {
        return Truth::Yes;
    }
    let in_step = |at: &Location| {
        let mut steps = trace.steps.iter().enumerate().filter(|(number, _)| is_in(*number));
        steps.any(|(_, known)| known.at.path == at.path && known.at.span.contains(at.span))
    };
    let uses = |act: &Act| matches!(act.kind, ActKind::Uses { .. }) && is_in(act.step);
    let is_unseen = trace.unfollowed.iter().any(|call| is_in(call.step))
        || trace.absent.iter().any(|(at, _)| in_step(at))
        || trace.acts.iter().any(uses);
    if is_unseen { Truth::Unknown } else { Truth::No }
}

/// What a job does: to the daemon, on its machine, to its services, and in its texts.
fn job_facts(
    repository: &AnalysisInput<'_>,
    source: &Source,
    workflow: &Workflow,
    traced: &TracedJob,
    others: Others<'_>,
    sweeps: &[Removal],
) -> Vec<Fact> {
    // A job in a network of the runner's shows that there is one.
    let own = match &traced.substrate.network {
        Network::Custom(name) => Some(name.clone()),
        _ => None,
    };
    let networks: Vec<String> = repository.networks.iter().cloned().chain(own).collect();
    let ignores_option = |option: &str| {
        let option = format!("--{}", option.trim_start_matches('-'));
        option_trait(&option).map_or(Truth::No, |what| !traced.substrate.does(what))
    };
    let is_file = |path: &RepoPath| repository.files.is_file(path);
    let mut facts = traced.with_input(source, others, |alone| {
        docker_facts(&JobInput {
            sweeps,
            networks: &networks,
            is_file: &is_file,
            ignores_option: &ignores_option,
            ..alone
        })
    });
    let site = traced.site(source);
    facts.extend(process_facts(&site, traced.substrate.does(Trait::ReapsProcesses)));
    facts.extend(kill_facts(&site));
    facts.extend(server_facts(&site));
    facts.extend(port_probe_facts(&site));
    facts.extend(idiom_facts(&site));
    facts.extend(service_facts(&site));
    facts.extend(unreachable_facts(&site, &traced.stacks));
    facts.push(job_fact(&site, traced.pinned));
    let scheduled = workflow.is_scheduled();
    if scheduled {
        facts.extend(sweep_facts(&site, workflow, &ignored_guards(repository, traced)));
    }
    let forge = Forge::of(source.path(), repository.forge);
    let serialised = serialises_twins(workflow, &traced.job, forge, repository.gitea);
    for fact in &mut facts {
        set_common(fact, traced, serialised, scheduled, repository.files);
    }
    facts
}

/// What its keys do that its server or runner ignores, and what weakens checks and caches.
fn keys(repository: &AnalysisInput<'_>, tree: &Tree, workflow: &Workflow, jobs: &[TracedJob]) -> Vec<Fact> {
    let readers: Vec<Reader<'_>> =
        jobs.iter().map(|traced| Reader { job: &traced.job, substrate: &traced.substrate }).collect();
    let mut facts = key_facts(tree, workflow, &readers, repository.gitea);
    facts.extend(gate::untracked(tree, workflow));
    for traced in jobs {
        facts.extend(gate::forbidden(tree, &traced.job, &traced.trace, repository.forbidden_env));
        // Elsewhere the cache is all that a job finds.
        if traced.substrate.is_shared().is_yes() {
            facts.extend(gate::go_caches(tree, &traced.job));
        }
    }
    facts
}

/// Keys that a sweep need not have because this server ignores them.
fn ignored_guards(repository: &AnalysisInput<'_>, traced: &TracedJob) -> Vec<&'static str> {
    let keys =
        [("permissions", "permissions"), ("concurrency", "concurrency"), ("timeout-minutes", "jobs.*.timeout-minutes")];
    let Substrate { forge, runner, version, .. } = traced.substrate;
    let is_ignored = |key| crate::runner::ignored(key, forge, repository.gitea, runner, version).is_yes();
    keys.into_iter().filter(|(_, key)| is_ignored(key)).map(|(name, _)| name).collect()
}
