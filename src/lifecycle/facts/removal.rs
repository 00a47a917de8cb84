//! TODO.

use super::Model;
use crate::facts::Fact;

pub fn facts(_model: &Model<'_>) -> Vec<Fact> {
    Vec::new()
}
