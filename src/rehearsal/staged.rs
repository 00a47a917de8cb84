//! What a job is played from.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::docker::{Run, Verb};
use crate::expr::Condition;
use crate::follow::Files;
use crate::runner::{Daemon, Mode, Network, Substrate};
use crate::source::Source;
use crate::symbol::Value;
use crate::trace::contexts::Contexts;
use crate::trace::{Act, JobTrace, Setting};
use crate::workflow::{Job, Workflow};

/// A job as the analysis has it, with all that its steps are walked from.
#[derive(Clone, Copy, Debug)]
pub struct Staged<'a> {
    /// The repository's files, as the text that is played has them.
    pub files: &'a Files,
    /// Whether calls are followed into other files.
    pub follow: bool,
    /// The workflow's file.
    pub source: &'a Source,
    /// The workflow.
    pub workflow: &'a Workflow,
    /// The job.
    pub job: &'a Job,
    /// Its `if:`.
    pub condition: &'a Condition,
    /// Where it runs.
    pub substrate: &'a Substrate,
    /// Inputs, flags, matrix: what expressions can mean.
    pub contexts: &'a Contexts,
    /// `needs.*.outputs.*` of jobs before it.
    pub needs: &'a Arc<BTreeMap<(String, String), Value>>,
    /// What it does, looked at: every way at once.
    pub trace: &'a JobTrace,
    /// Networks that are there for all.
    pub networks: &'a [String],
    /// Its matrix makes several legs.
    pub has_several_legs: bool,
    /// Its workflow is called from several places that can run at once.
    pub has_several_calls: bool,
    /// The runner's hook or a scheduled sweep takes what it leaves when nothing of it can run any more.
    pub is_swept: bool,
}

impl<'a> Staged<'a> {
    /// What the walker needs.
    pub(super) fn setting(&self) -> Setting<'a> {
        let is_github = self.is_on_github();
        Setting {
            files: self.files,
            follow: self.follow,
            source: self.source,
            workflow: self.workflow,
            job: self.job,
            has_job_index: is_github,
            is_self_hosted: self.substrate.is_self_hosted(),
            container_env_wins: !is_github,
            inputs: self.contexts.inputs.clone(),
            flags: self.contexts.flags.clone(),
            needs: self.needs.clone(),
        }
    }

    /// Whether GitHub's runner runs it.
    pub(super) fn is_on_github(&self) -> bool {
        self.substrate.runner == Some(crate::runner::Program::Github)
    }

    /// Whether anything of it can be seen on a daemon that others share.
    pub fn is_worth_playing(&self) -> bool {
        self.substrate.elsewhere.is_none() && !(self.trace.acts.is_empty() && self.job.services.is_empty())
    }

    /// Whether others can be on its daemon.
    pub(super) fn is_shared(&self) -> bool {
        self.substrate.daemon != Daemon::Ephemeral
    }

    /// Whether what it says to docker holds texts of which nothing is known.
    pub(super) fn has_unknown_texts(&self) -> bool {
        let is_unknown = |value: &Value| value.unique().unknown;
        let names =
            |run: &Run| run.name.iter().chain(&run.labels).chain(&run.publishes).any(|arg| is_unknown(&arg.value));
        self.trace.acts.iter().filter_map(Act::verb).any(|verb| match verb {
            Verb::Run(run) | Verb::Create(run) => names(run),
            Verb::Compose(compose) => compose.project.iter().any(|arg| is_unknown(&arg.value)),
            Verb::Make(make) => make.name.iter().any(|arg| is_unknown(&arg.value)),
            _ => false,
        })
    }

    /// Where its steps run and on which network, where that is known.
    pub(super) fn place(&self) -> (Mode, &'a Network) {
        (self.substrate.mode, &self.substrate.network)
    }
}
