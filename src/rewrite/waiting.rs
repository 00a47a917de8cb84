//! Findings that have no fix yet, because another finding's comes first.

use std::collections::HashMap;
use std::sync::Arc;

use crate::finding::{Finding, Waits, settle};
use crate::source::Location;

/// Gives each finding the one that its fix waits for: of those that its reason names, in the same job, the one about
/// the same thing, or about the same command; where none is, any. `after` are those names, by the number of the
/// finding.
pub(super) fn find<'r>(
    findings: &mut [Finding],
    after: &[(usize, Vec<String>)],
    rewrite_of: impl Fn(&str) -> Option<&'r str>,
) {
    if after.is_empty() {
        return;
    }
    type Key = (Arc<str>, Option<String>, String, Option<String>);
    let mut known: HashMap<Key, usize> = HashMap::new();
    let mut at: HashMap<(Key, &Location), usize> = HashMap::new();
    let key = |finding: &Finding, name: &str, subject: Option<&str>| -> Key {
        let path = finding.chain.first().map_or(&finding.location.path, |link| &link.location.path);
        (path.clone(), finding.job.clone(), name.to_owned(), subject.map(str::to_owned))
    };
    for (number, finding) in findings.iter().enumerate() {
        for name in [Some(finding.rule.as_str()), rewrite_of(&finding.rule)].into_iter().flatten() {
            known.entry(key(finding, name, Some(&finding.subject))).or_insert(number);
            at.entry((key(finding, name, None), &finding.location)).or_insert(number);
            // One that has a fix already stands for the job.
            let any = known.entry(key(finding, name, None)).or_insert(number);
            if findings[*any].fix.is_none() && finding.fix.is_some() {
                *any = number;
            }
        }
    }
    let mut waits: Vec<(usize, usize)> = Vec::new();
    for (number, names) in after {
        let waiting = &findings[*number];
        let of = |subject: Option<&str>| {
            let mut found = names.iter().filter_map(|name| known.get(&key(waiting, name, subject)));
            found.find(|found| *found != number).copied()
        };
        let there = || {
            let mut found = names.iter().filter_map(|name| at.get(&(key(waiting, name, None), &waiting.location)));
            found.find(|found| *found != number).copied()
        };
        let first = of(Some(&waiting.subject)).or_else(there).or_else(|| of(None));
        waits.extend(first.map(|first| (*number, first)));
    }
    for (number, first) in waits {
        let first = &findings[first];
        let waits = Waits {
            rule: first.rule.clone(),
            location: first.location.clone(),
            // What it comes to is settled below.
            applicability: crate::edit::Applicability::Unsafe,
        };
        findings[number].waits = Some(waits);
    }
    settle(findings);
}
