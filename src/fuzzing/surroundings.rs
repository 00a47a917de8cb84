//! What a call finds around it here.

use crate::follow::Surroundings;
use crate::symbol::Value;

/// Surroundings of which nothing is known.
pub(super) struct Nothing;

impl Surroundings for Nothing {
    fn variable(&self, _: &str) -> Option<Value> {
        None
    }
}

/// Surroundings in which every variable is empty.
pub(super) struct Empty;

impl Surroundings for Empty {
    fn variable(&self, _: &str) -> Option<Value> {
        Some(Value::default())
    }
}
