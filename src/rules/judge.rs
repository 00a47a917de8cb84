//! Rules against facts.

use std::collections::{BTreeMap, BTreeSet};

use super::{Group, Rule};
use crate::facts::{Confidence, Fact};
use crate::finding::{Finding, Related};
use crate::truth::Truth;

/// What the rules find in the facts: in the order of the facts, and for each in the order of the rules.
///
/// A fact that lacks the span a rule points at gives no finding. The fingerprint stays empty, and `callers` has only
/// the jobs of other workflows.
pub fn judge<'r>(rules: impl IntoIterator<Item = &'r Rule>, facts: &[Fact]) -> Vec<Finding> {
    let mut by_kind: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        by_kind.entry(rule.on.name).or_default().push(rule);
    }
    let judged = facts.iter().flat_map(|fact| {
        let rules = by_kind.get(fact.kind.name).map_or(&[][..], Vec::as_slice);
        rules.iter().filter_map(move |rule| finding(rule, fact))
    });
    judged.collect()
}

fn finding(rule: &Rule, fact: &Fact) -> Option<Finding> {
    let location = fact.spans.get(rule.at)?.first()?;
    let exempt = exempts(&rule.unless, fact);
    if exempt.is_yes() {
        return None;
    }
    let decision = rule.decide(fact)?;
    let known = if exempt.is_no() { Confidence::High } else { Confidence::Low };
    let related = decision.case.show.iter().flat_map(|show| {
        let places = fact.spans.get(show.span).map_or(&[][..], |places| places.as_slice());
        let mut told = BTreeSet::from([location]);
        let places = places.iter().filter(move |place| told.insert(*place));
        places.map(|place| Related { location: place.clone(), message: show.text.render(fact) })
    });
    Some(Finding {
        rule: rule.id.clone(),
        family: rule.family.clone(),
        level: decision.level,
        confidence: fact.confidence.min(decision.confidence).min(known),
        message: decision.case.message.render(fact),
        help: decision.case.help.as_ref().and_then(|help| help.render(fact)),
        location: location.clone(),
        job: fact.job.clone(),
        step: fact.step.clone(),
        related: related.collect(),
        chain: fact.chain_to(rule.at).to_vec(),
        callers: fact.called_by.clone(),
        subject: fact.subject.clone(),
        fingerprint: String::new(),
        fix: None,
        withheld: None,
        waits: None,
        label: decision.case.show.iter().find(|show| show.span == rule.at).map(|show| show.text.render(fact)),
    })
}

impl Rule {
    /// The fields of a fact on which the rule cannot decide because they are not known.
    pub fn doubts(&self, fact: &Fact) -> Vec<&'static str> {
        let cases = self.also.iter().chain([&self.base]).map(|case| &case.conditions);
        let mut doubts: Vec<&'static str> = cases.chain(&self.unless).flat_map(|group| group.doubts(fact)).collect();
        doubts.sort_unstable();
        doubts.dedup();
        doubts
    }
}

/// Whether one of the groups exempts the fact.
fn exempts(groups: &[Group], fact: &Fact) -> Truth {
    groups.iter().fold(Truth::No, |exempt, group| exempt.or(group.holds(fact)))
}
