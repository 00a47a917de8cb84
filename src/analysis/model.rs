//! What is found out about a repository, its workflows and their jobs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::deploy::TestSteps;
use crate::expr::{Condition, Path};
use crate::facts::Fact;
use crate::lifecycle::coverage::{Coverage, coverage};
use crate::lifecycle::peers::{Others, Peer, Peers};
use crate::lifecycle::removal::Removal;
use crate::lifecycle::resource::Resource;
use crate::lifecycle::{Endings, JobInput, NameIndex};
use crate::runner::{Forge, Substrate};
use crate::site::Site;
use crate::source::{Location, Source};
use crate::stack::Stack;
use crate::symbol::Value;
use crate::trace::JobTrace;
use crate::trace::contexts::Contexts;
use crate::truth::Truth;
use crate::workflow::{Job, Workflow};

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
    /// Where something is called that the repository does not have, and what.
    pub absent: Vec<(Location, String)>,
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
    /// Whether another workflow of the repository calls it.
    pub is_called: bool,
    /// Its jobs that have steps and can run, in the file's order.
    pub jobs: Arc<Vec<TracedJob>>,
}

/// A job that was traced.
#[derive(Clone, Debug)]
pub struct TracedJob {
    /// What the file says of it.
    pub job: Arc<Job>,
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
    pub meets: NameIndex,
    /// For each step of the trace whether its names say that it deploys.
    pub deploy: Vec<bool>,
    /// Which steps of the trace test.
    pub tests: TestSteps,
    /// Whether its label is one that the configuration declares for docker; nothing when none is declared.
    pub pinned: Option<bool>,
    /// `needs.*.outputs.*`, as jobs before it give them.
    pub needs: Arc<BTreeMap<(String, String), Value>>,
    /// The stacks that its compose calls bring up, by act.
    pub stacks: BTreeMap<usize, Stack>,
    /// The calls of its workflow that can run at the same time in one run.
    pub calls: Arc<Vec<Location>>,
    /// Whether its matrix makes more than one job, as far as is known.
    pub has_several_legs: bool,
}

/// The facts of one workflow, but for what a cancel leaves: that is said once in a repository.
#[derive(Clone, Debug, Default)]
pub(super) struct WorkflowFacts {
    /// Those of its expressions.
    pub(super) conditions: Vec<Fact>,
    /// Those of its jobs, by job.
    pub(super) jobs: Vec<Vec<Fact>>,
    /// Those of its keys, and of what checks and caches do.
    pub(super) keys: Vec<Fact>,
    /// Commands that run on another daemon or machine.
    pub(super) elsewhere: usize,
}

/// The jobs of a workflow as they see each other.
pub(super) fn peers<'a>(workflow: &'a Workflow, jobs: &'a [TracedJob]) -> Peers<'a> {
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

    /// Whether a label says that its runner is a Windows machine, where a step that says no shell gets PowerShell.
    pub fn is_on_windows(&self) -> bool {
        let mut words =
            self.substrate.labels.iter().flat_map(|label| label.split(|c: char| !c.is_ascii_alphanumeric()));
        words.any(|word| word.eq_ignore_ascii_case("windows"))
    }

    /// Whether a step of the trace tests.
    pub fn is_test(&self, step: usize) -> bool {
        self.trace.steps.get(step).is_some_and(|traced| self.tests.has(step, traced))
    }

    /// The job where it runs.
    pub fn site<'a>(&'a self, source: &'a Source) -> Site<'a> {
        Site { job: &self.job, trace: &self.trace, source, substrate: &self.substrate }
    }

    /// What removes each of its resources, and when: in their order.
    pub fn coverage(&self, source: &Source, others: Others<'_>) -> Vec<Coverage> {
        self.with_input(source, others, |input| {
            self.resources.iter().map(|resource| coverage(&input, resource)).collect()
        })
    }

    /// What `with` makes of the job as the lifecycle reads it, without the sweeps and networks of its repository.
    pub(super) fn with_input<T>(&self, source: &Source, others: Others<'_>, with: impl FnOnce(JobInput<'_>) -> T) -> T {
        with(JobInput {
            job: &self.job,
            source,
            trace: &self.trace,
            substrate: &self.substrate,
            in_matrix: self.has_several_legs,
            deploy: &self.deploy,
            is_test: &|step| self.is_test(step),
            resolve: &|path: &Path| self.contexts.resolve(path),
            text: &|text: &str| self.contexts.text(text),
            stacks: &self.stacks,
            resources: &self.resources,
            removals: &self.removals,
            meets: &self.meets,
            endings: &Endings::default(),
            others,
            calls: &self.calls,
            sweeps: &[],
            networks: &[],
            is_file: &|_| None,
            ignores_option: &|_| Truth::Unknown,
        })
    }
}
