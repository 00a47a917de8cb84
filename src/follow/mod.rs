//! Finding and reading what a step calls: scripts, make, just, Task and npm targets, local actions and
//! reusable workflows, compose files.
//!
//! Everything goes through [`Files`], which never leaves the repository. What cannot be followed is an
//! [`Unfollowed`] with its reason, never a guess; every walk here is bounded.
//!
//! Paths come as symbolic strings. [`Directory`] says which opaque sources it understands.
//!
//! A runner of named scripts is one file with a function from a [`ScriptCall`] to what it runs, [`Followed`], and an
//! arm of [`scripts`]. It finds its file, a [`RepoPath`], by `call.file_in(call.directory, files, &["justfile"],
//! "justfile")?`, which looks in the directory and above and says itself what it did not find; the file's folder is
//! `path.parent()`. It reads the file by `files.follow(&path, FileKind::Justfile)`, and makes a [`Recipe`] of what is
//! called.
//! `package.rs` is the smallest example: it shows how a recipe is put together, and says what it cannot follow; only
//! the way to its file is npm's own. `task.rs` is one for YAML, `just.rs` one for a language of its own, whose text
//! `builder` puts together.
//!
//! Scripts that stand within quotes of another language (TOML, HCL) go through `Builder::put(text, span)`: the text as
//! the shell gets it, without the quotes, and the span of the whole string, as the places of its bytes are not told.
//! There is no reader of such a language yet; its few lines are read by hand: `source.line(number)` is the `Option<Span>`
//! of one, its line end not in it, for numbers from 1 to `source.line_count()`.

pub mod compose;
pub mod make;

mod action;
mod builder;
mod directory;
mod files;
mod interpreter;
mod just;
mod makefile;
mod package;
mod path;
mod recipe;
mod script_call;
mod shell_directory;
mod task;
mod template;
mod unfollowed;

pub use action::{local_action, local_workflow};
pub use directory::{Directory, Resolved, resolve};
pub use files::{Asked, Files, Missing};
pub use interpreter::ScriptInterpreter;
pub use path::RepoPath;
#[cfg(test)]
pub use recipe::Nothing;
pub use recipe::{Followed, Line, Recipe, Surroundings};
pub use script_call::ScriptCall;
pub use unfollowed::Unfollowed;

use crate::command::script::TaskRunner;

/// What a call of named scripts runs, in the order in which it runs.
///
/// # Errors
/// [`Unfollowed`] when its file cannot be found or read, or has no such script.
pub fn scripts(files: &Files, runner: TaskRunner, call: &ScriptCall<'_>) -> Result<Followed, Unfollowed> {
    if let Some(name) = call.names.first().filter(|name| name.as_literal().is_none()) {
        return Err(Unfollowed::new(format!("it is not known what `{name}` names")));
    }
    match runner {
        TaskRunner::Just => just::recipes(files, call),
        TaskRunner::Task => task::recipes(files, call),
        TaskRunner::Package => package::recipes(files, call),
    }
}
