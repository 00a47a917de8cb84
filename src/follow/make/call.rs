//! A call of make, as its command line says it.

use crate::follow::{Directory, Surroundings};
use crate::symbol::Value;

/// A call of make.
#[derive(Clone, Copy)]
pub struct MakeCall<'c> {
    /// Where it runs, `-C` taken into account.
    pub directory: &'c Directory,
    /// Each `-f`; none means the default names.
    pub files: &'c [Value],
    /// The goals; none means the default goal.
    pub targets: &'c [Value],
    /// `NAME=value` on the command line.
    pub variables: &'c [(String, Value)],
    /// The environment.
    pub around: &'c dyn Surroundings,
}
