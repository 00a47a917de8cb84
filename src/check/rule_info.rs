//! What lists say of a rule.

use crate::finding::Level;
use crate::rules::Rule;

/// A rule, for lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// Its id.
    pub id: String,
    /// Its family.
    pub family: String,
    /// Its level.
    pub level: Level,
    /// What it finds, in one line.
    pub summary: String,
    /// Whether it is on without being asked for.
    pub enabled: bool,
}

impl RuleInfo {
    pub(super) fn of(rule: &Rule) -> Self {
        Self {
            id: rule.id.clone(),
            family: rule.family.clone(),
            level: rule.level(),
            summary: rule.summary.clone(),
            enabled: rule.enabled,
        }
    }
}
