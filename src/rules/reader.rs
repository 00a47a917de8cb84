//! What goes along while a rule is read: its mistakes, and how closely it is looked at.

use super::RuleError;

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// The binary: a test has read it already, its prose is elsewhere.
    BuiltIn,
    /// A file.
    Checked,
}

/// Collects mistakes.
pub(super) struct Reader {
    pub(super) errors: Vec<RuleError>,
    pub(super) trust: Trust,
}

impl Reader {
    pub(super) fn new(trust: Trust) -> Self {
        Self { errors: Vec::new(), trust }
    }

    pub(super) fn error(&mut self, line: usize, message: impl Into<String>, hint: impl Into<String>) {
        self.errors.push(RuleError::new(line, message, hint));
    }

    /// Compiling every pattern costs more than reading all rules.
    pub(super) fn checks_patterns(&self) -> bool {
        self.trust == Trust::Checked
    }
}
