//! Finding and reading what a step calls: scripts, make, just, Task and npm targets, local actions and
//! reusable workflows, compose files.
//!
//! Everything goes through [`Files`], which never leaves the repository. What cannot be followed is an
//! [`Unfollowed`] with its reason, never a guess; every walk here is bounded.
//!
//! Paths come as symbolic strings. [`Directory`] says which opaque sources it understands.

pub mod compose;
pub mod just;
pub mod make;
pub mod package;
pub mod task;

mod action;
mod builder;
mod directory;
mod files;
mod interpreter;
mod makefile;
mod path;
mod recipe;
mod shell_directory;
mod template;

pub use action::{local_action, local_workflow};
pub use directory::{Directory, Resolved, resolve};
pub use files::{Asked, Files, Missing};
pub use interpreter::ScriptInterpreter;
pub use path::RepoPath;
#[cfg(test)]
pub use recipe::Nothing;
pub use recipe::{Followed, Line, Recipe, Surroundings};

use crate::source::Location;

/// Something that was not followed, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Unfollowed {
    /// The reason, as a clause: `there is no file ci/x.sh`.
    pub why: String,
    /// Where it shows, when that is in a file that was read.
    pub at: Option<Location>,
}

impl Unfollowed {
    /// For a reason that has no place in a file.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), at: None }
    }

    /// For a reason that shows somewhere.
    pub fn at(why: impl Into<String>, at: Location) -> Self {
        Self { why: why.into(), at: Some(at) }
    }
}
