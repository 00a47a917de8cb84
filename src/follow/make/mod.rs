//! Makefiles: which recipes a call of make runs.
//!
//! `load` walks a makefile's items, `state` keeps the variables and rules they make, `expand` gives a text's
//! value, `condition` judges `ifeq` and its kin, `order` walks the prerequisites.
//!
//! Read: explicit rules with all their targets, prerequisites, order-only ones too, `;` recipes, `@`, `-`
//! and `+`, continuations, `.RECIPEPREFIX`, `.ONESHELL`, `.PHONY`, `.DEFAULT_GOAL`, `SHELL` and
//! `.SHELLFLAGS`, `include`, conditionals, variables of every flavour, command-line variables. Not read:
//! pattern and suffix rules, `define` (its variable is unknown), `$(eval …)`, `$(call …)`, the values of
//! target-specific variables (unknown).

mod call;
mod condition;
mod expand;
mod function;
mod load;
mod order;
mod state;
#[cfg(test)]
mod tests;

use super::{Directory, Files, Followed, RepoPath, Resolved, Unfollowed, resolve};

pub use call::MakeCall;
pub(super) use expand::capped;

/// What make looks for without `-f`, the first first.
const NAMES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];

/// The recipes that a call runs, prerequisites first, each once. `$(MAKE)` in them is `make`: nested calls
/// are commands of the recipe's text.
///
/// # Errors
/// [`Unfollowed`] when the makefile cannot be found or read, or a goal has no rule.
pub fn recipes(files: &Files, call: &MakeCall<'_>) -> Result<Followed, Unfollowed> {
    let directory = match call.directory {
        Directory::Inside(path) => path,
        Directory::Outside(_) => return Err(Unfollowed::new("make runs outside the checkout")),
        Directory::Unknown => return Err(Unfollowed::new("it is not known in which directory make runs")),
    };
    let mut paths = Vec::new();
    for file in call.files {
        match resolve(call.directory, file, None) {
            Resolved::File(path) => paths.push(path),
            Resolved::Outside(_) => return Err(Unfollowed::new(format!("{file} lies outside the checkout"))),
            Resolved::Unknown => return Err(Unfollowed::new(format!("it is not known which makefile {file} is"))),
        }
    }
    if paths.is_empty() {
        let found = files.first(directory, &NAMES);
        paths.push(found.ok_or_else(|| Unfollowed::new(format!("there is no makefile in {directory}")))?);
    }
    let mut state = state::State::new(files, directory.clone(), call);
    for path in &paths {
        state.load(path).map_err(|why| unreadable(path, &why))?;
    }
    order::run(state, call.targets)
}

fn unreadable(path: &RepoPath, why: &super::Missing) -> Unfollowed {
    Unfollowed::new(format!("{path}: {why}"))
}
