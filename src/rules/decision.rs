//! Which of its cases a rule finds in a fact.

use super::{Case, Rule};
use crate::facts::{Confidence, Fact};
use crate::finding::Level;
use crate::truth::Truth;

/// The case that a fact is.
pub struct Decision<'r> {
    /// The case, whose message and help are said.
    pub case: &'r Case,
    /// How bad it is: the mildest of the cases that it can be.
    pub level: Level,
    /// How sure it can be at most.
    pub confidence: Confidence,
}

impl Rule {
    /// Which case a fact is. The special cases come first, in their order, the general one last: so an
    /// `also` can take a part out of what `where` says as well as add to it.
    ///
    /// The first case that certainly holds decides. A case before it that may hold as well can only soften
    /// it: there certainly is a finding, and it is reported in the milder form. Where none certainly
    /// holds, the finding is of low confidence.
    pub fn decide(&self, fact: &Fact) -> Option<Decision<'_>> {
        let mut possible: Option<Decision> = None;
        for case in self.also.iter().chain([&self.base]) {
            let this = Decision { case, level: case.level, confidence: case.confidence };
            match case.conditions.holds(fact) {
                Truth::No => {}
                Truth::Yes => return Some(this.softened_by(possible)),
                Truth::Unknown => possible = Some(this.softened_by(possible)),
            }
        }
        possible.map(|decision| Decision { confidence: Confidence::Low, ..decision })
    }
}

impl<'r> Decision<'r> {
    fn softened_by(self, other: Option<Decision<'r>>) -> Self {
        let Some(other) = other else { return self };
        let case =
            if (other.level, other.confidence) <= (self.level, self.confidence) { other.case } else { self.case };
        Self { case, level: self.level.min(other.level), confidence: self.confidence.min(other.confidence) }
    }
}
