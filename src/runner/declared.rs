//! What the configuration, or a runner's own, says of a label.

use super::kind::{Daemon, Mode, Network, Program, Version};
use super::label::glob;
use crate::truth::Truth;

/// What a label of a runner starts: `name[:schema[:argument]]` (gitea-runner's internal/pkg/labels/labels.go).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// `docker://image`: a container.
    Docker,
    /// `host`: the runner's machine.
    Host,
    /// None is written: host on gitea-runner, a container on forgejo-runner.
    Bare,
    /// `lxc://`, forgejo-runner's: a system container of its own.
    Lxc,
}

/// A label as a pattern, and what it starts if that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelPattern {
    /// The label; `*` stands for any text.
    pub name: String,
    /// What it starts.
    pub schema: Option<Schema>,
}

/// What is declared of the runners with some labels. What is `None` or unknown is not declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// The labels.
    pub labels: Vec<LabelPattern>,
    /// The program.
    pub program: Option<Program>,
    /// Its version.
    pub version: Option<Version>,
    /// Whether the daemon outlives the job.
    pub daemon: Daemon,
    /// Where steps run, whatever the label says.
    pub mode: Mode,
    /// The network of jobs and services in containers.
    pub network: Network,
    /// How many jobs run at once.
    pub capacity: Option<u32>,
    /// Whether jobs can use Docker.
    pub docker: Truth,
    /// Whether the socket is mounted into job containers.
    pub socket: Truth,
    /// Whether `berth-run` is there.
    pub helper: bool,
    /// Whether the checkout is a directory of the host at the same path (`container.bind_workdir`).
    pub bind_workdir: Truth,
    /// Whether the runner runs a script of its own after each job.
    pub hook: Truth,
}

impl Declared {
    /// Nothing but labels.
    pub fn of(labels: Vec<LabelPattern>) -> Self {
        Self {
            labels,
            program: None,
            version: None,
            daemon: Daemon::Unknown,
            mode: Mode::Unknown,
            network: Network::Unknown,
            capacity: None,
            docker: Truth::Unknown,
            socket: Truth::Unknown,
            helper: false,
            bind_workdir: Truth::Unknown,
            hook: Truth::Unknown,
        }
    }

    /// The pattern that fits one of a job's labels.
    pub fn fits<'l>(&self, labels: impl IntoIterator<Item = &'l str>) -> Option<&LabelPattern> {
        labels.into_iter().find_map(|label| {
            let label = label.to_ascii_lowercase();
            self.labels.iter().find(|pattern| glob(&pattern.name.to_ascii_lowercase(), &label))
        })
    }

    /// Whether it is of every label.
    pub(super) fn is_of_all(&self) -> bool {
        self.labels.iter().any(|pattern| pattern.name == "*")
    }
}
