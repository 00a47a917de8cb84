//! A name that is to be unique.

use super::NameKind;
use crate::symbol::Value;

/// What is to be unique.
#[derive(Clone, Debug)]
pub struct Name {
    /// What it names.
    pub kind: NameKind,
    /// The name.
    pub value: Value,
    /// The act that makes it, in the job's trace.
    pub act: usize,
}
