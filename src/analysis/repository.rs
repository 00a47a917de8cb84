//! A whole repository: every job of every workflow, traced, and the facts of all of them.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::callers::{Callers, callers};
use super::deploy::{self, Level, Purpose};
use super::memory::Memory;
use super::{left, queued};
use crate::address::{service_use, unreachable};
use crate::expr::{Condition, Path, Resolver, empty_on_act};
use crate::facts::{Datum, Fact, Field, StepRef};
use crate::follow::Files;
use crate::host::{kill, port_probe, process, server};
use crate::lifecycle::JobInput;
use crate::lifecycle::Meets;
use crate::lifecycle::coverage::{Coverage, Endings, coverage};
use crate::lifecycle::declared::{Declaration, declared};
use crate::lifecycle::name_clusters;
use crate::lifecycle::peers::{Needs, Others, Peer, Peers, in_order};
use crate::lifecycle::removal::Removal;
use crate::lifecycle::removals::removals;
use crate::lifecycle::resource::Resource;
use crate::lifecycle::resources::resources;
use crate::lifecycle::{docker_facts, helper, own_name, sweep};
use crate::runner::table::Trait;
use crate::runner::{
    Declared, Forge, Mode, Network, Program, Setting as RunnerSetting, Substrate, Version, queues, serialises_twins,
    substrate,
};
use crate::site as jobs;
use crate::source::{Location, Source};
use crate::stack::Stack;
use crate::stack::stacks;
use crate::symbol::Value;
use crate::syntax::{condition, gate, idiom, key, twin};
use crate::trace::contexts::Contexts;
use crate::trace::{JobTrace, Setting, Target, trace_job};
use crate::truth::Truth;
use crate::workflow::{Job, Matrix, Workflow};
use crate::yaml::Tree;

/// Whether a matrix makes more than one job, as far as is known.
pub(super) fn has_several_legs(matrix: &Matrix) -> bool {
    let legs = matrix.legs();
    !legs.complete || legs.legs.len() > 1
}

/// What a repository's facts are derived from.
#[derive(Debug)]
pub struct AnalysisInput<'a> {
    /// Its files.
    pub files: &'a Files,
    /// Its workflows.
    pub workflows: &'a [&'a Tree],
    /// Whether calls are followed into other files.
    pub follow: bool,
    /// Who reads the workflows, when told; else their folder says it.
    pub forge: Option<Forge>,
    /// The Gitea server's version.
    pub gitea: Option<Version>,
    /// Runners as declared.
    pub runners: &'a [Declared],
    /// Labels of the owner's machines, from `.github/actionlint.yaml`.
    pub self_hosted: &'a [String],
    /// Networks that are there for all.
    pub networks: &'a [String],
    /// Checks that a merge needs, when configured.
    pub required_checks: Option<&'a [String]>,
    /// What programs make, as declared.
    pub declared: &'a [Declaration],
    /// Variables that must not reach a container.
    pub forbidden_env: &'a [String],
    /// What is known from the last look at it.
    pub memory: Option<&'a Memory>,
}

#[cfg(test)]
impl<'a> AnalysisInput<'a> {
    /// One that nothing is configured for.
    pub(super) fn unconfigured(files: &'a Files, workflows: &'a [&'a Tree]) -> Self {
        Self {
            memory: None,
            files,
            workflows,
            follow: true,
            forge: None,
            gitea: None,
            runners: &[],
            self_hosted: &[],
            networks: &[],
            required_checks: None,
            declared: &[],
            forbidden_env: &[],
        }
    }
}

/// What was found out about a repository.
#[derive(Debug, Default)]
pub struct Analysis {
    /// The facts.
    pub facts: Vec<Fact>,
    /// Every file that a fact may point into.
    pub sources: Vec<Source>,
    /// Commands that run on another daemon or machine.
    pub elsewhere: usize,
    /// Where a limit of the reader was reached, and what was reached.
    pub unread: Vec<(Location, String)>,
    /// The workflows, in the order given.
    pub workflows: Vec<Analysed>,
}

/// A workflow, and what is known of its jobs: what rewrites read.
#[derive(Clone, Debug)]
pub struct Analysed {
    /// The file, as shown.
    pub path: Arc<str>,
    /// What it says.
    pub workflow: Workflow,
    /// Who reads it.
    pub forge: Forge,
    /// Its jobs that have steps and can run, in the file's order.
    pub jobs: Arc<Vec<TracedJob>>,
}

/// A job that was traced.
#[derive(Clone, Debug)]
pub struct TracedJob {
    /// What the file says of it.
    pub job: Job,
    /// What it does.
    pub trace: JobTrace,
    /// Where it runs.
    pub substrate: Substrate,
    /// Its `if:`.
    pub condition: Condition,
    /// What expressions in its steps' conditions can mean.
    pub contexts: Contexts,
    /// What it makes.
    pub resources: Vec<Resource>,
    /// What it removes.
    pub removals: Vec<Removal>,
    /// Which of those have to do with each other.
    pub meets: Meets,
    /// For each step of the trace whether its names say that it deploys.
    pub deploy: Vec<bool>,
    /// For each step of the trace whether it tests.
    pub tests: Vec<bool>,
    /// Whether its label is one that the configuration declares for docker; nothing when none is declared.
    pub pinned: Option<bool>,
    /// The stacks that its compose calls bring up, by act.
    pub stacks: BTreeMap<usize, Stack>,
    /// The calls of its workflow that can run at the same time in one run.
    pub calls: Arc<Vec<Location>>,
    /// Whether its matrix makes more than one job, as far as is known.
    pub has_several_legs: bool,
}

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
    let scheduled = read.iter().zip(&traced).filter(|((_, workflow), _)| is_scheduled(workflow));
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

fn is_scheduled(workflow: &Workflow) -> bool {
    workflow.on.event("schedule").is_some()
}

fn trace_workflow(
    repository: &AnalysisInput<'_>,
    source: &Source,
    workflow: &Workflow,
    callers: Option<&Callers>,
) -> Vec<TracedJob> {
    let callers = callers.cloned().unwrap_or_default();
    let forge = Forge::of(source.path(), repository.forge);
    let setting = RunnerSetting {
        forge,
        runners: repository.runners,
        self_hosted: repository.self_hosted,
        calls: &callers.calls,
    };
    let mut needs: Arc<BTreeMap<(String, String), Value>> = Arc::default();
    let mut traced = Vec::new();
    for job in in_order(workflow) {
        let condition = job.condition.as_ref().map_or(Condition::MISSING, |field| Condition::read(field.value.value()));
        let contexts = Contexts {
            job: job.id.value().to_owned(),
            inputs: callers.inputs.clone(),
            flags: callers.flags.clone(),
            ..Contexts::default()
        };
        if condition.is_never(&|path| contexts.resolve(path)) || job.uses.is_some() {
            continue;
        }
        let substrate = substrate(job, workflow, &setting);
        let is_github = substrate.runner == Some(Program::Github);
        let (trace, outputs) = trace_job(&Setting {
            files: repository.files,
            follow: repository.follow,
            source,
            workflow,
            job,
            has_job_index: is_github,
            container_env_wins: !is_github,
            inputs: callers.inputs.clone(),
            flags: callers.flags.clone(),
            needs: needs.clone(),
        });
        let id = job.id.value().to_owned();
        Arc::make_mut(&mut needs).extend(outputs.into_iter().map(|(name, value)| ((id.clone(), name), value)));
        let mut trace = trace;
        if substrate.elsewhere.is_some() {
            for act in &mut trace.acts {
                if act.context.target == Target::Here && matches!(act.kind, crate::trace::ActKind::Docker(_)) {
                    act.context.target = Target::Elsewhere;
                }
            }
        }
        let mut contexts = Contexts { env: env_of(&trace), has_job_index: is_github, ..contexts };
        if let Some(matrix) = job.matrix() {
            contexts.set_matrix(matrix);
        }
        let stacks = stacks(repository.files, &trace, &contexts);
        let removed = removals(&trace, &stacks);
        let deploy = deploys(source, workflow, job, &trace);
        let tests: Vec<bool> = trace
            .steps
            .iter()
            .map(|step| {
                deploy::is_test_step(step.name.as_deref().unwrap_or_default(), step.run.as_deref().unwrap_or_default())
            })
            .collect();
        let mut made = resources(&trace, &stacks);
        name_clusters(repository.files, &trace, &mut made);
        made.extend(declared(repository.declared, source.path(), &trace, &tests));
        let docker: Vec<&Declared> = repository.runners.iter().filter(|declared| declared.docker.is_yes()).collect();
        let labels = || substrate.labels.iter().map(String::as_str);
        let pinned = (!docker.is_empty() && !substrate.labels.is_empty())
            .then(|| docker.iter().any(|declared| declared.fits(labels()).is_some()));
        traced.push(TracedJob {
            pinned,
            job: job.clone(),
            trace,
            substrate,
            condition,
            contexts,
            meets: Meets::new(&made, &removed),
            resources: made,
            removals: removed,
            deploy,
            tests,
            stacks,
            calls: callers.side_by_side.clone(),
            has_several_legs: job.matrix().is_some_and(has_several_legs),
        });
    }
    traced.sort_by_key(|traced| traced.job.span.start);
    traced
}

/// What `env.*` can be in the conditions of a job's steps: what any step finds there.
fn env_of(trace: &JobTrace) -> BTreeMap<String, Value> {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, value) in trace.steps.iter().flat_map(|step| &step.env) {
        all.entry(name.clone()).or_default().push(value.clone());
    }
    all.into_iter().map(|(name, values)| (name, Value::one_of(values))).collect()
}

/// For each step whether its names, or the job's `environment:`, say that it brings up what is to stay.
fn deploys(source: &Source, workflow: &Workflow, job: &Job, trace: &JobTrace) -> Vec<bool> {
    let file = source.path().rsplit('/').next().unwrap_or_default();
    let file = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    trace
        .steps
        .iter()
        .map(|step| {
            let mut names: Vec<(Level, &str)> = Vec::new();
            names.extend(step.name.as_deref().or(step.id.as_deref()).map(|name| (Level::Step, name)));
            names.extend(job.name.as_ref().map(|name| (Level::JobName, name.value.value())));
            names.push((Level::JobId, job.id.value()));
            names.extend(workflow.name.as_ref().map(|name| (Level::Workflow, name.value.value())));
            names.push((Level::File, file));
            deploy::by_names(&names, job.environment.is_some()) == Some(Purpose::Deploy)
        })
        .collect()
}

/// The facts of one workflow, but for what a cancel leaves: that is said once in a repository.
#[derive(Clone, Debug, Default)]
pub(super) struct WorkflowFacts {
    /// Those of its expressions.
    conditions: Vec<Fact>,
    /// Those of its jobs, by job.
    jobs: Vec<Vec<Fact>>,
    /// Those of its keys, and of what checks and caches do.
    keys: Vec<Fact>,
    /// Commands that run on another daemon or machine.
    elsewhere: usize,
}

impl WorkflowFacts {
    fn of(
        repository: &AnalysisInput<'_>,
        tree: &Tree,
        workflow: &Workflow,
        jobs: &[TracedJob],
        sweeps: &[Removal],
        callers: Option<&Callers>,
    ) -> Self {
        let mut facts = workflow_facts(repository, tree, workflow, jobs, sweeps);
        if let Some(callers) = callers {
            for fact in facts.conditions.iter_mut().chain(facts.jobs.iter_mut().flatten()) {
                fact.called_by.clone_from(&callers.jobs);
                for chain in fact.chains.values_mut().chain([&mut fact.chain]) {
                    chain.splice(0..0, callers.link.clone());
                }
            }
        }
        let readers: Vec<key::Reader<'_>> =
            jobs.iter().map(|traced| key::Reader { job: &traced.job, substrate: &traced.substrate }).collect();
        facts.keys.extend(key::facts(tree, workflow, &readers, repository.gitea));
        facts.keys.extend(gate::untracked(tree, workflow));
        for traced in jobs {
            facts.keys.extend(gate::forbidden(tree, &traced.job, &traced.trace, repository.forbidden_env));
            // Elsewhere the cache is all that a job finds.
            if traced.substrate.is_shared().is_yes() {
                facts.keys.extend(gate::go_caches(tree, &traced.job));
            }
        }
        facts
    }
}

fn workflow_facts(
    repository: &AnalysisInput<'_>,
    tree: &Tree,
    workflow: &Workflow,
    jobs: &[TracedJob],
    sweeps: &[Removal],
) -> WorkflowFacts {
    let mut all = WorkflowFacts::default();
    let source = tree.source();
    let forge = Forge::of(source.path(), repository.forge);
    let by_id: HashMap<&str, &TracedJob> = jobs.iter().rev().map(|traced| (traced.job.id.value(), traced)).collect();
    let acts_like_act = |job: Option<&str>| {
        let found = job.and_then(|job| by_id.get(job));
        found.map_or(forge != Forge::Github, |traced| {
            traced.substrate.runner.is_some_and(|program| program != Program::Github)
        })
    };
    let mut facts = condition::facts(workflow, tree, &|job, path| acts_like_act(job) && empty_on_act(path));
    for fact in &mut facts {
        fact.set("forge", forge.name());
    }
    all.conditions = facts;
    let peers = peers(workflow, jobs);
    for (index, traced) in jobs.iter().enumerate() {
        // A job in a network of the runner's shows that there is one.
        let own = match &traced.substrate.network {
            Network::Custom(name) => Some(name.clone()),
            _ => None,
        };
        let networks: Vec<String> = repository.networks.iter().cloned().chain(own).collect();
        let resolve = |path: &Path| traced.contexts.resolve(path);
        let text = |text: &str| traced.contexts.text(text);
        let endings = Endings::default();
        let input = JobInput {
            sweeps: if is_scheduled(workflow) { &[] } else { sweeps },
            networks: &networks,
            ignores_option: &|option| {
                let option = format!("--{}", option.trim_start_matches('-'));
                crate::runner::table::option_trait(&option).map_or(Truth::No, |what| !traced.substrate.does(what))
            },
            ..job_input(traced, source, peers.of(index), &endings, &resolve, &text)
        };
        let mut facts = docker_facts(&input);
        let (trace, job) = (&traced.trace, &traced.job);
        facts.extend(process::facts(trace, job));
        facts.extend(kill::facts(trace, job));
        facts.extend(server::facts(trace, job));
        facts.extend(port_probe::facts(trace, job));
        facts.extend(idiom::facts(trace, job, source));
        facts.extend(service_use::facts(trace, job, source));
        facts.extend(unreachable::facts(trace, job, source, &traced.stacks));
        facts.extend(jobs::facts(trace, job, source));
        if is_scheduled(workflow) {
            let ignored = ignored_guards(repository, traced);
            facts.extend(sweep::facts(trace, workflow, job, source, &ignored));
        }
        let serialised = serialises_twins(workflow, job, forge, repository.gitea);
        for fact in &mut facts {
            common(fact, traced, serialised, is_scheduled(workflow), repository.files);
        }
        all.elsewhere += trace.acts.iter().filter(|act| act.context.target == Target::Elsewhere).count();
        all.jobs.push(facts);
    }
    all
}

/// The jobs of a workflow as they see each other.
fn peers<'a>(workflow: &'a Workflow, jobs: &'a [TracedJob]) -> Peers<'a> {
    let peer = |traced: &'a TracedJob| Peer {
        job: &traced.job,
        trace: &traced.trace,
        condition: &traced.condition,
        resources: &traced.resources,
        removals: &traced.removals,
    };
    Peers::new(workflow, jobs.iter().map(peer).collect())
}

impl Analysed {
    /// Its jobs as they see each other.
    pub fn peers(&self) -> Peers<'_> {
        peers(&self.workflow, &self.jobs)
    }
}

impl TracedJob {
    /// The removals of a step of the trace.
    pub fn removals_of(&self, step: usize) -> &[Removal] {
        let acts = self.trace.acts_of(step);
        let from = self.removals.partition_point(|removal| removal.act < acts.start);
        let count = self.removals[from..].partition_point(|removal| removal.act < acts.end);
        &self.removals[from..from + count]
    }

    /// What removes each of its resources, and when: in their order.
    pub fn coverage(&self, source: &Source, others: Others<'_>) -> Vec<Coverage> {
        let (resolve, text) = (|path: &Path| self.contexts.resolve(path), |text: &str| self.contexts.text(text));
        let endings = Endings::default();
        let input = job_input(self, source, others, &endings, &resolve, &text);
        self.resources.iter().map(|resource| coverage(&input, resource)).collect()
    }
}

/// A job as its facts are derived from, by itself: without the sweeps and networks of its repository.
fn job_input<'a>(
    traced: &'a TracedJob,
    source: &'a Source,
    others: Others<'a>,
    endings: &'a Endings,
    resolve: Resolver<'a>,
    text: &'a dyn Fn(&str) -> Value,
) -> JobInput<'a> {
    JobInput {
        job: &traced.job,
        source,
        forge: traced.substrate.forge,
        trace: &traced.trace,
        status: traced.substrate.status_rules,
        cancel_skips_steps: traced.substrate.cancel_skips_steps,
        in_matrix: traced.has_several_legs,
        deploy: &traced.deploy,
        tests: &traced.tests,
        resolve,
        text,
        services_dropped: traced.substrate.services_dropped,
        stacks: &traced.stacks,
        resources: &traced.resources,
        removals: &traced.removals,
        meets: &traced.meets,
        endings,
        others,
        calls: &traced.calls,
        sweeps: &[],
        networks: &[],
        ignores_option: &|_| Truth::Unknown,
    }
}

/// Keys that a sweep need not have because this server ignores them.
fn ignored_guards(repository: &AnalysisInput<'_>, traced: &TracedJob) -> Vec<&'static str> {
    let keys =
        [("permissions", "permissions"), ("concurrency", "concurrency"), ("timeout-minutes", "jobs.*.timeout-minutes")];
    let Substrate { forge, runner, version, .. } = traced.substrate;
    let is_ignored = |key| crate::runner::ignored(key, forge, repository.gitea, runner, version).is_yes();
    keys.into_iter().filter(|(_, key)| is_ignored(key)).map(|(name, _)| name).collect()
}

/// Sets what every fact of a job says.
fn common(fact: &mut Fact, traced: &TracedJob, serialised: Truth, scheduled: bool, files: &Files) {
    let substrate = &traced.substrate;
    fact.confidence = fact.confidence.min(match substrate.daemon {
        crate::runner::Daemon::Unknown => crate::facts::Confidence::High,
        _ => substrate.confidence,
    });
    let known = |fact: &mut Fact, name, word: Option<&str>| {
        match word {
            Some(word) => fact.set(name, word),
            None => fact.unknown(name),
        };
    };
    known(fact, "daemon", substrate.daemon.name());
    known(fact, "mode", substrate.mode.name());
    fact.set_some("likely-mode", substrate.likely_mode.name());
    known(fact, "job-network", substrate.network.name());
    known(fact, "runner", substrate.runner.map(Program::name));
    fact.set("forge", substrate.forge.name());
    match substrate.version {
        Some(version) => fact.set("runner-version", version.to_string()),
        None => fact.unknown("runner-version"),
    };
    fact.set_truth("serialised", serialised).set("in-matrix", traced.has_several_legs);
    if scheduled {
        fact.set("sweeper", true);
    }
    by_substrate(fact, traced);
    if let Some(place) = fact.kind.spans.iter().find_map(|span| fact.spans.get(span.name)?.first()) {
        let steps = &traced.trace.steps;
        let in_workflow = fact.chain.is_empty() || steps.iter().any(|step| step.at.path == place.path);
        let label = own_name::label(files.kind(&place.path), in_workflow);
        fact.set("in-workflow", in_workflow).set("run-label", label);
    }
    fact.set("job-id", traced.job.id.value());
    fact.set("followed", !fact.chain.is_empty());
    fact.set("runs-on", substrate.labels.join(", "));
    fact.job = Some(traced.job.id.value().to_owned());
    let step = fact.step.clone().or_else(|| step_of(fact, traced));
    if !fact.fields.contains_key("deploy") {
        // Those of a local action have the number of the step that uses it.
        let steps = &traced.trace.steps;
        let first = |index: usize| steps.partition_point(|other| other.index < index);
        let index = step.as_ref().map(|step| (first(step.index), step.index));
        let index = index.filter(|(at, index)| steps.get(*at).is_some_and(|step| step.index == *index));
        let index = index.map(|(at, _)| at);
        let deploy = index.map_or_else(
            || !traced.deploy.is_empty() && traced.deploy.iter().all(|deploy| *deploy),
            |index| traced.deploy.get(index).copied().unwrap_or_default(),
        );
        fact.set("deploy", deploy);
    }
    if let Some(Field::Known(_)) | None = fact.fields.get("target")
        && !fact.fields.contains_key("target")
    {
        fact.set("target", "here");
    }
    fact.step = step;
}

/// Sets what a fact says that only knowledge about the runner can tell.
fn by_substrate(fact: &mut Fact, traced: &TracedJob) {
    let substrate = &traced.substrate;
    let on_host = match substrate.mode {
        Mode::Host => Truth::Yes,
        Mode::Container => Truth::No,
        Mode::Unknown => Truth::Unknown,
    };
    let host_network = match substrate.network {
        Network::Host => Truth::Yes,
        Network::Unknown => Truth::Unknown,
        _ => Truth::No,
    };
    let is_unknown = |fact: &Fact, name: &str| matches!(fact.fields.get(name), None | Some(Field::Unknown(_)));
    let is_true = |fact: &Fact, name: &str| fact.fields.get(name) == Some(&Field::Known(Datum::Bool(true)));
    match fact.kind.name {
        "kill" if is_unknown(fact, "sees-peers") => {
            fact.set_truth("sees-peers", on_host);
        }
        "port-claim" if fact.text("by") == Some("server") && is_unknown(fact, "shares-host-network") => {
            fact.set_truth("shares-host-network", on_host.or(host_network));
        }
        // Only what is known to be on the host's network collides there.
        "port-claim" if fact.text("by") == Some("service") => {
            let joins = substrate.network == Network::Host && !substrate.services_dropped.is_yes();
            fact.set("shares-host-network", joins);
        }
        "mount" => {
            fact.set_some("checkout", checkout(substrate));
            // Then the checkout is the host's as well; other paths of the job are not.
            if substrate.bind_workdir.is_yes() && is_true(fact, "in-checkout") {
                fact.set("job-local", false);
            }
        }
        "resource" if substrate.hook.is_yes() => {
            for name in ["on-success", "on-failure", "on-cancel", "on-timeout"] {
                if is_unknown(fact, name) || fact.text(name) == Some("nothing") {
                    fact.set(name, "hook");
                }
            }
        }
        "own-localhost" => {
            fact.set_truth("apart", apart(fact, substrate));
        }
        // What it does about one that is not there is not known.
        "option" if fact.text("of") == Some("service") && substrate.runner == Some(Program::GiteaRunner) => {
            let dies = match fact.text("option") {
                Some("--name") => true,
                Some("--network-alias") => substrate.network == Network::Host,
                _ => false,
            };
            fact.set("fatal", dies);
        }
        "service" => {
            fact.set_truth("dropped", substrate.services_dropped);
            if fact.fields.get("awaited") != Some(&Field::Known(Datum::Bool(true))) {
                fact.set_truth("awaited", substrate.does(Trait::WaitsForHealth));
            }
        }
        "job" => {
            if let Some(pinned) = traced.pinned {
                fact.set("pinned", pinned);
            }
            fact.set_truth("cancel-skips-steps", substrate.cancel_skips_steps);
            // A mode that nobody knows says nothing of the kind.
            fact.set("services-dropped", substrate.services_dropped.is_yes());
        }
        _ => {}
    }
}

/// What becomes of a job's checkout where the daemon looks for it.
fn checkout(substrate: &Substrate) -> Option<&'static str> {
    match (substrate.mode, substrate.runner) {
        // A folder of the host's is mounted into the job's container.
        _ if substrate.bind_workdir.is_yes() => Some("deleted"),
        (Mode::Host, Some(Program::Github)) => Some("replaced"),
        (Mode::Host, Some(_)) => Some("deleted"),
        (Mode::Container, _) => Some("not-there"),
        _ => None,
    }
}

/// Whether a job that runs in a container reaches nothing of a listener by `localhost`: its network is not the
/// host's. A service's port that is mapped to another is nowhere to be reached on gitea-runner: on the host's
/// network it is discarded.
fn apart(fact: &Fact, substrate: &Substrate) -> Truth {
    let remapped = fact.fields.get("remapped") == Some(&Field::Known(Datum::Bool(true)));
    let discards = remapped && substrate.runner == Some(Program::GiteaRunner);
    match (substrate.mode, &substrate.network) {
        (Mode::Host, _) => Truth::No,
        (_, Network::Host | Network::Unknown) if discards => Truth::Yes,
        (_, Network::Host) => Truth::No,
        (_, Network::Unknown) => Truth::Unknown,
        _ => Truth::Yes,
    }
}

/// The job's step whose text holds the fact's place.
fn step_of(fact: &Fact, traced: &TracedJob) -> Option<StepRef> {
    let first = fact.kind.spans.iter().find_map(|span| fact.spans.get(span.name)?.first())?;
    let place: &Location = fact.chain.first().map_or(first, |link| &link.location);
    let steps = &traced.trace.steps;
    let step = steps.iter().find(|step| step.at.path == place.path && step.at.span.contains(place.span))?;
    Some(StepRef { index: step.index, name: step.name.clone() })
}
