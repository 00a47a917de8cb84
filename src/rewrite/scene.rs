//! What a rewrite can see: the files of a repository, and what the model knows of its jobs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use super::Withheld;
use super::reading::{Reading, Workflows};
use super::run_by::RunBy;
use crate::analysis::{Analysed, TracedJob};
use crate::command::powershell::speaks_powershell;
use crate::config::Emit;
use crate::expr::Status;
use crate::finding::Finding;
use crate::follow::{Files, RepoPath};
use crate::lifecycle::Peers;
use crate::runner::Declared;
use crate::source::{Location, Source};
use crate::trace::Act;
use crate::truth::Truth;
use crate::workflow::Step;
use crate::yaml::Tree;

/// Commands that may take what others made, by their places, with a rule that says so.
pub type Strangers = HashMap<Location, String>;

/// A repository, to be rewritten.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Its workflows and local actions, by shown path.
    pub trees: &'a BTreeMap<Arc<str>, Tree>,
    /// All its files.
    pub files: Option<&'a Files>,
    /// Its workflows and their jobs.
    pub workflows: &'a Workflows<'a>,
    /// What was read of all that for other findings.
    pub reading: &'a Reading,
    /// How what is started is written.
    pub emit: Emit,
    /// Where siblings go.
    pub sibling_network: Option<&'a str>,
    /// A step's text that makes `berth-run` available.
    pub helper_install: Option<&'a str>,
    /// What stands before the repository's paths when they are shown.
    pub prefix: &'a str,
    /// Runners as declared.
    pub runners: &'a [Declared],
    /// All that is found in it: a repair may serve several findings.
    pub findings: &'a [Finding],
    /// The commands that may take what others made, and the rules that say so: also where nobody asked for them, a
    /// comment silences them, or they are not sure enough to be shown.
    pub strangers: &'a Strangers,
}

/// Where a finding is: its workflow and job.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The workflow.
    pub analysed: &'a Analysed,
    /// The workflow's file.
    pub tree: &'a Tree,
    /// The job.
    pub job: &'a TracedJob,
    /// The workflow's jobs as they see each other.
    pub peers: &'a Peers<'a>,
    /// What was read of them for other findings.
    pub reading: &'a Reading,
}

/// A file of a repository as YAML.
#[derive(Clone, Debug)]
pub enum YamlFile<'a> {
    /// A workflow, or a local action.
    Own(&'a Tree),
    /// Another.
    Other(Arc<Tree>),
}

impl Deref for YamlFile<'_> {
    type Target = Tree;

    fn deref(&self) -> &Tree {
        match self {
            Self::Own(tree) => tree,
            Self::Other(tree) => tree,
        }
    }
}

impl<'a> Scene<'a> {
    /// The workflow and job that a finding is about: for one in a followed file, the first caller's.
    ///
    /// # Errors
    /// When it is about no job that runs.
    pub fn place(&self, finding: &Finding) -> Result<Place<'a>, Withheld> {
        // Innermost first: a reusable workflow's jobs are called from another workflow.
        let links = finding.chain.iter().rev().map(|link| &link.location.path);
        let found = std::iter::once(&finding.location.path)
            .chain(links)
            .find_map(|path| self.job(path, finding.job.as_deref()?));
        found.ok_or_else(|| Withheld::because("it is not in a job that can be edited"))
    }

    /// Every job that a finding is about: [`Scene::place`], and those that reach the same script. A job that calls a
    /// workflow is none of them: the steps are those of the called workflow's job, which is there by itself.
    ///
    /// # Errors
    /// As [`Scene::place`].
    pub fn places(&self, finding: &Finding) -> Result<Vec<Place<'a>>, Withheld> {
        let mut places = vec![self.place(finding)?];
        for caller in &finding.callers {
            let Some((path, job)) = caller.rsplit_once('#') else { continue };
            let Some(found) = self.job(path, job) else {
                if self.is_call(path, job) {
                    continue;
                }
                return Err(Withheld::because(format!("`{caller}` runs it as well, and cannot be edited from here")));
            };
            if !places.iter().any(|known| std::ptr::eq(known.job, found.job)) {
                places.push(found);
            }
        }
        Ok(places)
    }

    /// All jobs of the repository that run, in order.
    pub fn jobs(&self) -> impl Iterator<Item = Place<'a>> {
        let (trees, workflows, reading) = (self.trees, self.workflows, self.reading);
        let of_file = move |analysed: &'a Analysed| {
            let tree = trees.get(&analysed.path)?;
            let (_, peers) = workflows.in_file(&analysed.path)?;
            Some(analysed.jobs.iter().map(move |job| Place { analysed, tree, job, peers, reading }))
        };
        workflows.iter().filter_map(of_file).flatten()
    }

    /// Which jobs run something of which file.
    pub fn run_by(&self) -> Rc<RunBy> {
        RunBy::of(self.workflows, self.reading)
    }

    /// The jobs that a change of a file may change: those of a workflow, those that run something of a file, or read it as
    /// a compose file. In order.
    pub fn jobs_of(&self, path: &Arc<str>) -> Vec<Place<'a>> {
        let mut jobs: BTreeSet<(Arc<str>, usize)> = self.run_by().file(path).cloned().collect();
        if let Some((analysed, _)) = self.workflows.in_file(path) {
            jobs.extend((0..analysed.jobs.len()).map(|at| (path.clone(), at)));
        }
        jobs.iter().filter_map(|(path, at)| self.job_at(path, *at)).collect()
    }

    /// Whether a job is the call of another workflow.
    fn is_call(&self, path: &str, id: &str) -> bool {
        let called = self.workflows.in_file(path).and_then(|(analysed, _)| analysed.workflow.job(id));
        called.is_some_and(|job| job.uses.is_some())
    }

    fn job(&self, path: &str, id: &str) -> Option<Place<'a>> {
        let (_, peers) = self.workflows.in_file(path)?;
        self.job_at(path, peers.position(id)?)
    }

    /// A job by its place among those of a workflow that run.
    fn job_at(&self, path: &str, at: usize) -> Option<Place<'a>> {
        let (analysed, peers) = self.workflows.in_file(path)?;
        let job = analysed.jobs.get(at)?;
        Some(Place { analysed, tree: self.trees.get(&analysed.path)?, job, peers, reading: self.reading })
    }

    /// A file of the repository as YAML, by shown path: a workflow, an action, a compose file.
    pub fn tree(&self, path: &Arc<str>) -> Option<YamlFile<'a>> {
        let other = || Some(YamlFile::Other(self.files?.tree(&self.relative(path)?)?));
        self.trees.get(path).map(YamlFile::Own).or_else(other)
    }

    /// The text of a file of the repository, by shown path.
    pub fn source(&self, path: &Arc<str>) -> Option<Source> {
        let known = self.trees.get(path).map(|tree| tree.source().clone());
        known.or_else(|| self.files?.read(&self.relative(path)?))
    }

    /// The text of a file of the repository, by its path from the root.
    pub fn named(&self, path: &str) -> Option<Source> {
        self.files?.read(&RepoPath::new(path)?)
    }

    fn relative(&self, path: &str) -> Option<RepoPath> {
        RepoPath::new(path.strip_prefix(self.prefix)?)
    }
}

/// Whether a `shell:` is one that reads POSIX scripts.
pub fn is_posix(shell: &str) -> bool {
    let program = shell.split_whitespace().next().unwrap_or_default();
    matches!(program.rsplit('/').next(), Some("sh" | "bash" | "dash" | "zsh"))
}

impl<'a> Place<'a> {
    /// Whether a step that says no shell has one that reads POSIX scripts.
    pub fn is_posix(&self) -> bool {
        let defaults = [&self.job.job.defaults, &self.analysed.workflow.defaults];
        let shell = defaults.iter().find_map(|defaults| defaults.shell.as_ref());
        shell.map_or_else(|| !self.speaks_powershell(), |shell| is_posix(shell.value.value()))
    }

    /// Whether a step that says no shell is PowerShell's, which is what a runner on Windows has: by the runner's label, or
    /// by what is written.
    fn speaks_powershell(&self) -> bool {
        if self.job.is_on_windows() {
            return true;
        }
        struct Speaks(bool);
        let read = || {
            let plain = self.job.job.steps.iter().filter(|step| step.shell.is_none());
            Speaks(plain.filter_map(|step| step.run.as_ref()).any(|run| speaks_powershell(run.value.text.value())))
        };
        self.reading.of_job(self.job, read).0
    }

    /// The job's steps that have an `env:` or a `with:`, in order.
    pub fn steps_with_values(&self) -> impl Iterator<Item = &'a Step> + use<'a> {
        struct WithValues(Vec<usize>);
        let has_some = |step: &Step| !(step.env.entries.is_empty() && step.with.entries.is_empty());
        let steps: &'a [Step] = &self.job.job.steps;
        let read = || WithValues((0..steps.len()).filter(|at| has_some(&steps[*at])).collect());
        let numbers = self.reading.of_job(self.job, read).0.clone();
        numbers.into_iter().filter_map(|at| steps.get(at))
    }

    /// The first step of the trace in which the job makes something.
    pub fn first_creating_step(&self) -> Option<usize> {
        struct First(Option<usize>);
        let makers = || self.job.resources.iter().filter_map(|resource| self.job.trace.acts.get(resource.act));
        self.reading.of_job(self.job, || First(makers().map(|act| act.step).min())).0
    }

    /// Another job of the same workflow, by its place among them.
    pub fn of(&self, job: usize) -> Option<Self> {
        Some(Self { job: self.analysed.jobs.get(job)?, ..*self })
    }

    /// Its own place among the jobs that are looked at.
    pub fn position(&self) -> Option<usize> {
        self.peers.position(self.job.job.id.value())
    }

    /// Whether steps run in a directory that `defaults.run` names: it may not be there before the checkout.
    pub fn has_default_directory(&self) -> bool {
        let defaults = [&self.job.job.defaults, &self.analysed.workflow.defaults];
        defaults.iter().any(|defaults| defaults.working_directory.is_some())
    }

    /// Whether an act's step runs when the job has this status by then.
    pub fn runs_after(&self, act: &Act, status: Status) -> Truth {
        self.runs_given(act, status, &[])
    }

    /// The same where some gates hold ([`crate::expr::Condition::gates`]).
    pub fn runs_given(&self, act: &Act, status: Status, gates: &[String]) -> Truth {
        let conditions = self.job.trace.steps.get(act.step).map_or(&[][..], |step| &step.conditions);
        conditions.iter().map(|one| one.truth_given(status, gates)).reduce(Truth::and).unwrap_or(Truth::No)
    }

    /// The job's own step that an act's step is, or is part of.
    pub fn step(&self, trace_step: usize) -> Option<&'a Step> {
        self.job.job.steps.get(self.job.trace.steps.get(trace_step)?.index)
    }
}

/// Whether a step with this `if:` runs wherever all goes well: it is no gate.
pub(super) fn is_no_gate(condition: &str) -> bool {
    matches!(condition, "always()" | "success()" | "!cancelled()")
}
