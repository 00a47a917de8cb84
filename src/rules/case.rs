//! The general case of a rule and its special cases.

use super::{Group, Show, Template};
use crate::facts::{Confidence, Fact};
use crate::finding::Level;

/// What a fact must be like, and what is said then.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it must be like; a special case's conditions already stand in place of the general one's.
    pub conditions: Group,
    /// How bad it is.
    pub level: Level,
    /// How sure it can be at most.
    pub confidence: Confidence,
    /// What happens on the shared daemon.
    pub message: Template,
    /// What to write.
    pub help: Option<Help>,
    /// Other spans of the fact that belong to a finding, with words.
    pub show: Vec<Show>,
}

/// What to write: of several texts the first whose conditions certainly hold. The last has none.
#[derive(Clone, Debug)]
pub struct Help(pub(super) Vec<(Group, Template)>);

impl Help {
    /// How many texts there are to choose from.
    pub fn choices(&self) -> usize {
        self.0.len()
    }

    /// Which of the texts is said of a fact.
    pub fn choice(&self, fact: &Fact) -> Option<usize> {
        self.0.iter().position(|(conditions, _)| conditions.holds(fact).is_yes())
    }

    pub(super) fn render(&self, fact: &Fact) -> Option<String> {
        self.choice(fact).map(|index| self.0[index].1.render(fact))
    }
}
