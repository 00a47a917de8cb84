//! What jobs are played from, as a check has found it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::known::Known;
use crate::analysis::{Analysed, TracedJob};
use crate::facts::{Datum, Fact, Field};
use crate::rehearsal::{Staged, leaves_servers};
use crate::runner::Daemon;

/// The jobs of what was checked, ready to be played.
#[derive(Clone, Default)]
pub struct Stage {
    known: Vec<Arc<Known>>,
    follow: bool,
}

/// A job of a workflow, by the file and its id.
pub type JobName = (Arc<str>, String);

impl Stage {
    pub(super) fn new(known: Vec<Arc<Known>>, follow: bool) -> Self {
        Self { known, follow }
    }

    /// The jobs that can be played: those that use the daemon or a fixed port of the host, on no machine elsewhere.
    pub fn jobs(&self) -> Vec<JobName> {
        let workflows = self.known.iter().flat_map(|known| &known.model.workflows);
        let jobs = workflows.flat_map(|workflow| {
            let playable = |traced: &&TracedJob| {
                let acts = || traced.trace.acts.iter();
                let uses_docker = || acts().any(|act| act.verb().is_some() || act.helper().is_some());
                let takes_something =
                    || !traced.job.services.is_empty() || uses_docker() || leaves_servers(&traced.trace, &traced.job);
                traced.substrate.elsewhere.is_none() && takes_something()
            };
            workflow
                .jobs
                .iter()
                .filter(playable)
                .map(|traced| (workflow.path.clone(), traced.job.id.value().to_owned()))
        });
        jobs.collect()
    }

    /// Those of them that were asked for: where files were named, what reads one of these.
    pub fn asked(&self) -> Vec<JobName> {
        let is_asked = |name: &JobName| {
            let only = self.find(name).and_then(|(known, ..)| known.repository.only.as_ref());
            only.is_none_or(|only| self.files(name).iter().any(|path| only.has(path)))
        };
        self.jobs().into_iter().filter(is_asked).collect()
    }

    /// The files that a job is read from.
    pub fn files(&self, name: &JobName) -> BTreeSet<Arc<str>> {
        let Some((_, workflow, traced)) = self.find(name) else { return BTreeSet::new() };
        let acts = traced.trace.acts.iter();
        let read =
            acts.flat_map(|act| act.chain.iter().map(|link| &link.location).chain([&act.at])).map(|at| at.path.clone());
        let stacks = traced.stacks.values().flat_map(|stack| stack.sources.iter().map(|source| source.path().clone()));
        read.chain(stacks).chain([workflow.path.clone()]).collect()
    }

    /// Whether others can be on a job's daemon, as far as is known.
    pub fn is_shared(&self, name: &JobName) -> bool {
        self.find(name).is_some_and(|(_, _, traced)| traced.substrate.daemon != Daemon::Ephemeral)
    }

    /// What `play` makes of a job and those that need it, in order; nothing when the job is not there.
    pub fn with<T>(&self, name: &JobName, play: impl FnOnce(&[Staged<'_>]) -> T) -> Option<T> {
        let (known, workflow, first) = self.find(name)?;
        let files = known.model.files.as_deref()?;
        let source = known.trees.get(&workflow.path)?.source();
        let config = &known.settings.config;
        let networks: Vec<String> = config.networks.iter().chain(&config.sibling_network).cloned().collect();
        let peers = workflow.peers();
        let needing = peers.position(first.job.id.value()).map(|own| peers.needing(own)).unwrap_or_default();
        let needing = needing.iter().filter_map(|at| workflow.jobs.get(*at));
        let jobs: Vec<Staged<'_>> = std::iter::once(first)
            .chain(needing)
            .map(|traced| Staged {
                files,
                follow: self.follow,
                source,
                workflow: &workflow.workflow,
                job: &traced.job,
                condition: &traced.condition,
                substrate: &traced.substrate,
                contexts: &traced.contexts,
                needs: &traced.needs,
                trace: &traced.trace,
                networks: &networks,
                has_several_legs: traced.has_several_legs,
                has_several_calls: !traced.calls.is_empty(),
                is_swept: traced.substrate.hook.is_yes() || known.is_swept(workflow, traced),
            })
            .collect();
        Some(play(&jobs))
    }

    fn find(&self, (path, id): &JobName) -> Option<(&Known, &Analysed, &TracedJob)> {
        self.known.iter().find_map(|known| {
            let workflow = known.model.workflows.iter().find(|workflow| workflow.path == *path)?;
            let traced = workflow.jobs.iter().find(|traced| traced.job.id.value() == id)?;
            Some((known.as_ref(), workflow, traced))
        })
    }
}

impl Known {
    /// Whether a scheduled sweep takes all that a job leaves on the daemon when nothing of it can run any more.
    fn is_swept(&self, workflow: &Analysed, traced: &TracedJob) -> bool {
        let id = traced.job.id.value();
        let is_own = |fact: &&Fact| {
            let first = fact.chain.first().map(|link| &link.location);
            let at = first.or_else(|| fact.spans.values().flat_map(|places| places.iter()).next());
            fact.kind.name == "resource"
                && fact.job.as_deref() == Some(id)
                && at.is_some_and(|at| at.path == workflow.path)
        };
        let is = |fact: &Fact, name: &str| fact.fields.get(name) == Some(&Field::Known(Datum::Bool(true)));
        let mut own = self.model.facts.iter().filter(is_own).filter(|fact| !is(fact, "deploy")).peekable();
        own.peek().is_some() && own.all(|fact| is(fact, "swept"))
    }
}
