//! Workflows, actions and compose files: typed, and every value with its place.
//!
//! The view owns what it holds (texts are cheap to clone) and keeps the tree's node numbers, so that a
//! rewrite finds the entry again. Nothing is interpolated. What has the wrong shape becomes an [`Oddity`]
//! and the rest is read on: one malformed job does not stop the others.

mod action;
mod compose;
mod container;
mod field;
mod job;
mod matrix;
mod on;
mod read;
mod step;
#[cfg(test)]
mod tests;

pub use action::{Action, Runs};
pub use compose::{
    Build, Compose, ComposeService, Dependency, Extends, Include, Mount, MountKind, Port, Resource, ServiceNetwork,
};
pub use container::{Container, Service};
pub use field::{Datum, Field, Oddity, Scalar, Tag, Var, Vars, Words};
pub use job::{Concurrency, Defaults, Job};
pub use matrix::{Leg, Legs, Matrix};
pub use on::{Event, Input, On};
pub use step::{Retried, Step};

use std::sync::Arc;

use crate::source::Span;
use crate::yaml::{NodeKind, Tree};
use read::Reader;

/// A workflow file.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// `name:`
    pub name: Option<Box<Field<Scalar>>>,
    /// `on:`
    pub on: On,
    /// `env:`
    pub env: Vars,
    /// `defaults.run`
    pub defaults: Defaults,
    /// `concurrency:`
    pub concurrency: Option<Box<Field<Concurrency>>>,
    /// `permissions:`
    pub permissions: Option<Box<Field<Datum>>>,
    /// `jobs:`, in the file's order; those that are no mapping are left out.
    pub jobs: Vec<Arc<Job>>,
    /// What has the wrong shape.
    pub oddities: Vec<Oddity>,
}

/// Why a file is not what it was to be read as.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotThis {
    /// Where it shows.
    pub span: Span,
    /// What it lacks.
    pub message: &'static str,
}

impl NotThis {
    fn new(span: Span, message: &'static str) -> Self {
        Self { span, message }
    }
}

impl Workflow {
    /// Whether a schedule starts it, among others perhaps.
    pub fn is_scheduled(&self) -> bool {
        self.on.event("schedule").is_some()
    }

    /// Reads a workflow.
    ///
    /// # Errors
    /// [`NotThis`] when there is no `jobs:` mapping.
    pub fn read(tree: &Tree) -> Result<Self, NotThis> {
        let root = tree.root().ok_or_else(|| NotThis::new(Span::new(0, 0), "the file is empty"))?;
        let Some(jobs) = root.get("jobs").filter(|jobs| jobs.kind() == NodeKind::Mapping) else {
            return Err(NotThis::new(root.span(), "this is no workflow: it has no `jobs:` mapping"));
        };
        let mut reader = Reader::default();
        Ok(Self {
            name: reader.scalar(root, "name"),
            on: On::read(&mut reader, root),
            env: reader.vars(root, "env"),
            defaults: Defaults::read(&mut reader, root),
            concurrency: Concurrency::read(&mut reader, root),
            permissions: reader.datum(root, "permissions"),
            jobs: jobs.entries().filter_map(|entry| Job::read(&mut reader, entry)).map(Arc::new).collect(),
            oddities: reader.oddities,
        })
    }

    /// The job of that id.
    pub fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().map(|job| &**job).find(|job| job.id.value() == id)
    }
}
