//! A rule as it was read.

use super::{Case, Group, Prose, prose};
use crate::facts::vocabulary::FactKind;
use crate::finding::Level;

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id: public interface.
    pub id: String,
    /// The family, its folder's name.
    pub family: String,
    /// One line: what is wrong.
    pub summary: String,
    /// The kind of fact it judges.
    pub on: &'static FactKind,
    /// The span a finding stands at.
    pub at: &'static str,
    /// The general case, `where` itself.
    pub base: Case,
    /// The special cases, `also`, in their order.
    pub also: Vec<Case>,
    /// What exempts a fact.
    pub unless: Vec<Group>,
    /// The rewrite that mends it, by name.
    pub fix: Option<String>,
    /// Whether it is on without being asked for.
    pub enabled: bool,
    pub(super) prose: prose::Source,
}

impl Rule {
    /// The level of the general case.
    pub fn level(&self) -> Level {
        self.base.level
    }

    /// Why it exists, and its examples.
    pub fn prose(&self) -> Prose {
        self.prose.read(&self.id)
    }
}
