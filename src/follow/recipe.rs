//! What make, just, Task and npm run: shell text with its place.

use super::{Directory, Unfollowed};
use crate::source::{Location, Source, Text};
use crate::symbol::Value;

/// What a target, recipe, task or script runs.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Its name.
    pub target: String,
    /// The file it stands in.
    pub source: Source,
    /// Its name in that file.
    pub at: Location,
    /// What it runs, in order: each line is a shell of its own, and a failing one ends the run unless it
    /// says [`Line::ignores_errors`].
    pub lines: Vec<Line>,
    /// Where it runs.
    pub directory: Directory,
    /// What `${{ given.N }}` in the lines stands for: variables of the runner's own language of which not
    /// all is known. They were replaced before the shell saw the text.
    pub given: Vec<Value>,
    /// Variables that it adds to the environment.
    pub environment: Vec<(String, Value)>,
    /// The shell with its options, when not `sh` or the runner's default: `bash -euo pipefail -c`.
    pub shell: Option<String>,
    /// It runs only if a condition holds of which nothing is known.
    pub conditional: bool,
}

/// A line of a recipe: shell text.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The text. What was put in for a variable of make, just or Task is in none of its runs.
    pub text: Text,
    /// `@`: it is not printed.
    pub is_silent: bool,
    /// `-`: its failure is ignored.
    pub ignores_errors: bool,
    /// It runs only if a condition holds of which nothing is known.
    pub conditional: bool,
    /// It runs at the end, whatever happens before: Task's `defer`.
    pub deferred: bool,
}

impl Line {
    /// A line without marks.
    pub(super) fn plain(text: Text) -> Self {
        Self { text, is_silent: false, ignores_errors: false, conditional: false, deferred: false }
    }
}

/// What a call runs, in the order in which it runs.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    /// The recipes, what they depend on first, each once.
    pub recipes: Vec<Recipe>,
    /// What of it could not be followed.
    pub gaps: Vec<Unfollowed>,
}

/// What a call finds around it.
pub trait Surroundings {
    /// An environment variable; `None` when nobody knows whether it is set.
    fn variable(&self, name: &str) -> Option<Value>;

    /// What a shell command prints.
    fn output(&self, command: &str) -> Value {
        Value::unknown(format!("$({command})"))
    }
}

/// Surroundings of which nothing is known.
#[cfg(test)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

#[cfg(test)]
impl Surroundings for Nothing {
    fn variable(&self, _: &str) -> Option<Value> {
        None
    }
}
