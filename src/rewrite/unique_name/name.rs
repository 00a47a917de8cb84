//! A name that is to be unique.

use super::Kind;
use crate::symbol::Value;

/// What is to be unique.
#[derive(Clone, Debug)]
pub struct Name {
    /// What it names.
    pub kind: Kind,
    /// The name.
    pub value: Value,
    /// The act that makes it, in the job's trace.
    pub act: usize,
}
