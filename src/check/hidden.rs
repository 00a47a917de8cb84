//! Findings that are not sure enough to be shown, counted.

use std::collections::{HashMap, HashSet};

use super::report::Hidden;
use crate::facts::Fact;
use crate::finding::Finding;
use crate::rules::{self, Rule};
use crate::source::Location;

/// The fields that only knowledge about the runner can tell.
const RUNNER_FIELDS: [&str; 11] = [
    "daemon",
    "mode",
    "job-network",
    "runner",
    "runner-version",
    "sees-peers",
    "shares-host-network",
    "apart",
    "dropped",
    "cancel-skips-steps",
    "reaped",
];

/// Counts hidden findings, apart where their rule asks for something that only knowledge about the runner can tell.
pub(super) fn count(hidden: &[Finding], own_rules: &[Rule], facts: &[Fact], counts: &mut Hidden) {
    if hidden.is_empty() {
        return;
    }
    let wanted: HashSet<&Location> = hidden.iter().map(|finding| &finding.location).collect();
    let mut about: HashMap<(&Location, Option<&str>), Vec<&Fact>> = HashMap::new();
    for fact in facts {
        for place in fact.spans.values().flat_map(|places| places.iter()).filter(|place| wanted.contains(place)) {
            about.entry((place, fact.job.as_deref())).or_default().push(fact);
        }
    }
    for finding in hidden {
        let rule = rules::built_in().iter().chain(own_rules).find(|rule| rule.id == finding.rule);
        let near = || about.get(&(&finding.location, finding.job.as_deref())).into_iter().flatten();
        let doubts =
            |fact: &Fact| rule.is_some_and(|rule| rule.doubts(fact).iter().any(|name| RUNNER_FIELDS.contains(name)));
        if !near().copied().any(doubts) {
            counts.other += 1;
            continue;
        }
        counts.runner += 1;
        match near().find_map(|fact| fact.text("forge")) {
            Some("github") => counts.on_github += 1,
            Some("forgejo") => counts.on_forgejo += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RUNNER_FIELDS;
    use crate::facts::vocabulary::KINDS;

    #[test]
    fn what_only_the_runner_tells_is_in_the_vocabulary() {
        for name in RUNNER_FIELDS {
            assert!(KINDS.iter().any(|kind| kind.field(name).is_some()), "{name}");
        }
    }
}
