//! Compose projects: the files of a call, merged into the services that it means.
//!
//! `find` finds the files, `env_file` reads `.env`, `interpolate` puts variables in, `service` and `merge`
//! make one service of several definitions, `load` follows `include` and `extends`, `started` tells what
//! comes up.

mod env_file;
mod find;
mod interpolate;
mod load;
mod merge;
mod service;
mod started;
#[cfg(test)]
mod tests;

pub use env_file::env_file;
pub use find::{DEFAULT_NAMES, OVERRIDES};
pub use interpolate::interpolate;
pub use load::load;
pub use service::{EffectiveResource, EffectiveService, Placed};
pub use started::{enabled, started};

use super::{Directory, RepoPath, Surroundings, Unfollowed};
use crate::source::Source;
use crate::symbol::Value;
use crate::workflow::{Field, Scalar};

/// A call of compose.
#[derive(Clone, Copy)]
pub struct ComposeCall<'c> {
    /// Where it runs.
    pub directory: &'c Directory,
    /// Each `-f`; none means `COMPOSE_FILE`, else the default names.
    pub files: &'c [Value],
    /// `--project-directory`.
    pub project_directory: Option<&'c Value>,
    /// Each `--env-file`; none means `.env` in the project directory.
    pub env_files: &'c [Value],
    /// The environment.
    pub around: &'c dyn Surroundings,
}

/// A project, as the files of one call make it.
#[derive(Clone, Debug)]
pub struct Project {
    /// The last `name:` in its files; `-p` and `COMPOSE_PROJECT_NAME` win over it.
    pub name: Option<Placed<Box<Field<Scalar>>>>,
    /// Its services, merged, in the order of their first definitions.
    pub services: Vec<EffectiveService>,
    /// Its networks.
    pub networks: Vec<EffectiveResource>,
    /// Its volumes.
    pub volumes: Vec<EffectiveResource>,
    /// The project directory: its last component is the project's name when nothing else says one.
    pub directory: RepoPath,
    /// Every file that was read, those of `-f` first.
    pub files: Vec<(RepoPath, Source)>,
    /// The variables of its `.env`, in order.
    pub env: Vec<(String, Value)>,
    /// `COMPOSE_PROFILES`, of the environment or `.env`.
    pub profiles: Vec<Value>,
    /// What could not be followed: the project is not known as a whole.
    pub gaps: Vec<Unfollowed>,
}

impl Project {
    /// A text of its files with the variables of `around`, then of `.env`, put in.
    pub fn interpolate(&self, text: &str, around: &dyn Surroundings) -> Value {
        interpolate(text, &|name| around.variable(name).or_else(|| set(&self.env, name)))
    }
}

/// The last setting of a variable.
fn set(env: &[(String, Value)], name: &str) -> Option<Value> {
    env.iter().rev().find(|(set, _)| set == name).map(|(_, value)| value.clone())
}
