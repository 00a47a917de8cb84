//! Conditionals: which branch counts.

use super::state::State;
use crate::follow::makefile::Condition;
use crate::truth::Truth;

/// An open conditional.
pub(super) struct OpenCondition {
    /// Its number, and whether this is its bare `else`.
    pub(super) number: usize,
    pub(super) is_last: bool,
    /// Whether an earlier branch was taken.
    before: Truth,
    /// Whether this one is.
    now: Truth,
}

impl OpenCondition {
    pub(super) fn new(number: usize, condition: Truth) -> Self {
        Self { number, is_last: false, before: condition, now: condition }
    }

    /// `else`, with its own condition.
    pub(super) fn otherwise(&mut self, condition: Truth) {
        self.now = (!self.before).and(condition);
        self.before = self.before.or(condition);
    }
}

/// Whether what stands inside all of these counts.
pub(super) fn all(frames: &[OpenCondition]) -> Truth {
    frames.iter().fold(Truth::Yes, |all, frame| all.and(frame.now))
}

impl State<'_> {
    /// Whether a condition holds here.
    pub(super) fn holds(&self, condition: &Condition) -> Truth {
        let (truth, negated) = match condition {
            Condition::Equal { one, other, negated } => (self.value(one).same(&self.value(other)), *negated),
            Condition::Defined { name, negated } => (self.defined(name), *negated),
            Condition::Odd => (Truth::Unknown, false),
        };
        if negated { !truth } else { truth }
    }

    fn defined(&self, name: &str) -> Truth {
        let value = self.variable(name, 0);
        match value.empty() {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        }
    }
}
