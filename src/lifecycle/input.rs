//! What the lifecycle of a job is read from.

use crate::stack::Stack;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::kinds::Kinds;
use super::name_index::NameIndex;
use super::outcomes::PerOutcome;
use super::peers::Others;
use super::removal::Removal;
use super::resource::Resource;
use crate::expr::Resolver;
use crate::follow::RepoPath;
use crate::runner::Substrate;
use crate::site::Site;
use crate::source::{Location, Source};
use crate::symbol::Value;
use crate::trace::JobTrace;
use crate::truth::Truth;
use crate::workflow::Job;

/// How the steps of a job and the removals in them stand to the end of the job.
#[derive(Debug, Default)]
pub struct Endings {
    /// When each step runs, as far as that hangs on none of the others.
    pub(super) steps: OnceCell<Vec<Option<PerOutcome<Truth>>>>,
    /// The removals by what they do.
    pub(super) kinds: OnceCell<Kinds>,
}

/// Whether a path of the checkout is a file; nothing when it is not there.
pub type IsFile<'a> = &'a dyn Fn(&RepoPath) -> Option<bool>;

/// A job, its trace and what is known of where it runs.
#[derive(Clone, Copy)]
pub struct JobInput<'a> {
    /// The job.
    pub job: &'a Job,
    /// The workflow's file.
    pub source: &'a Source,
    /// What it does.
    pub trace: &'a JobTrace,
    /// Where it runs.
    pub substrate: &'a Substrate,
    /// It is one leg of a matrix.
    pub in_matrix: bool,
    /// For each step of the trace: by its names (or the job's `environment:`) it brings up what is to stay.
    pub deploy: &'a [bool],
    /// Whether a step of the trace tests.
    pub is_test: &'a dyn Fn(usize) -> bool,
    /// What is known of the contexts of its conditions.
    pub resolve: Resolver<'a>,
    /// What a text of the workflow with `${{ }}` in it stands for.
    pub text: &'a dyn Fn(&str) -> Value,
    /// The compose files of its compose calls, by act.
    pub stacks: &'a BTreeMap<usize, Stack>,
    /// What it makes.
    pub resources: &'a [Resource],
    /// What it removes.
    pub removals: &'a [Removal],
    /// Which of those have to do with each other.
    pub meets: &'a NameIndex,
    /// When its steps run.
    pub endings: &'a Endings,
    /// The other jobs of its workflow.
    pub others: Others<'a>,
    /// The calls of its workflow that can run at the same time in one run.
    pub calls: &'a Arc<Vec<Location>>,
    /// What the repository's scheduled sweeps remove.
    pub sweeps: &'a [Removal],
    /// Networks that the configuration says are there, shared by jobs.
    pub networks: &'a [String],
    /// Whether a path of the checkout is a file.
    pub is_file: IsFile<'a>,
    /// Whether the runner ignores an option of its job's container or services: `network`, `name`.
    pub ignores_option: &'a dyn Fn(&str) -> Truth,
}

impl<'a> JobInput<'a> {
    /// The job where it runs.
    pub fn site(&self) -> Site<'a> {
        let Self { job, trace, source, substrate, .. } = *self;
        Site { job, trace, source, substrate }
    }

    /// Whether a step is a deploy by its names.
    pub fn is_deploy(&self, step: usize) -> bool {
        self.deploy.get(step).copied().unwrap_or_default()
    }

    /// Whether a step after this one tests.
    pub fn tests_after(&self, step: usize) -> bool {
        (step + 1..self.trace.steps.len()).any(self.is_test)
    }

    /// The removals that may select a resource, in order.
    pub fn removals_of(&self, resource: &Resource) -> Vec<&'a Removal> {
        self.meets.removals_of(resource).into_iter().map(|index| &self.removals[index]).collect()
    }

    /// Whether something that the job runs could not be followed.
    pub fn has_unfollowed(&self) -> bool {
        self.trace.has_unread()
    }
}
