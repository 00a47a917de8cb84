//! Proof (d): what is found in the files as they would be.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::prove::Unproven;
use crate::check::Report;
use crate::edit::Fix;
use crate::facts::Confidence;
use crate::finding::Finding;
use crate::names::UNUSED_IGNORE;
use crate::rewrite::Rewrite;

/// What findings are counted by: rule, file, job. Fingerprints would not do: they change with the names that fixes
/// change, and equal findings trade theirs when one of them goes.
pub(super) type Key = (String, Arc<str>, Option<String>);

/// How many findings there are of each kind.
type Counts = BTreeMap<Key, usize>;

/// What is wrong, and by which kind of finding it was seen.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) unproven: Box<Unproven>,
    pub(super) at: Option<Key>,
    /// What the findings of that kind are about that are there still.
    pub(super) remain: Vec<String>,
}

impl From<Unproven> for Failed {
    fn from(unproven: Unproven) -> Self {
        Self { unproven: Box::new(unproven), at: None, remain: Vec::new() }
    }
}

pub(super) fn key(finding: &Finding) -> Key {
    (finding.rule.clone(), finding.location.path.clone(), finding.job.clone())
}

/// What counts: a fix may also add none of rules and files that were not asked for. What is hidden because nobody
/// is sure of it stays out: a container that an action starts may well be removed by the next one.
fn counts(report: &Report) -> Counts {
    let mut counts = Counts::new();
    let others = report.others.iter().filter(|finding| finding.confidence > Confidence::Low);
    for finding in report.findings.iter().chain(others) {
        *counts.entry(key(finding)).or_default() += 1;
    }
    counts
}

/// The findings that were to go are gone, and no others have come but those that a fix announces.
///
/// # Errors
/// [`Failed`]: what has remained or come.
pub(super) fn judged<'f>(
    fixes: &[&Fix],
    repaired: impl IntoIterator<Item = &'f Finding>,
    before: &Report,
    after: &Report,
) -> Result<(), Failed> {
    // Nothing is found in a repository that is not judged.
    if let Some(error) = after.errors.iter().find(|error| !before.errors.contains(error)) {
        return Err(Unproven::NotJudged(error.message.clone()).into());
    }
    let before = counts(before);
    let mut expected = before.clone();
    for finding in repaired {
        if let Some(count) = expected.get_mut(&key(finding)) {
            *count = count.saturating_sub(1);
        }
    }
    // A comment that silenced a finding which is gone, too, has nothing left to silence: that is worth saying.
    let announced =
        |rule: &str| rule == UNUSED_IGNORE || fixes.iter().any(|fix| Rewrite::follow_ups(fix).contains(&rule));
    for (key, found) in counts(after) {
        if found <= expected.get(&key).copied().unwrap_or_default() || announced(&key.0) {
            continue;
        }
        let was_there = before.get(&key).is_some_and(|count| found <= *count);
        let unproven = if was_there { Unproven::Remains } else { Unproven::NewFinding(key.0.clone(), key.1.clone()) };
        let remain = after.findings.iter().filter(|finding| self::key(finding) == key);
        let remain = remain.map(|finding| finding.subject.clone()).collect();
        return Err(Failed { unproven: Box::new(unproven), at: Some(key), remain });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::InputError;

    #[test]
    fn a_repository_that_cannot_be_judged_any_more_proves_nothing() {
        let report = |messages: &[&str]| {
            let error =
                |message: &&str| InputError { path: "w.yml".into(), span: None, message: (*message).to_owned() };
            Report { errors: messages.iter().map(error).collect(), ..Report::default() }
        };
        let judged = |before: &[&str], after: &[&str]| judged(&[], [], &report(before), &report(after));
        assert!(judged(&[], &[]).is_ok() && judged(&["a"], &["a"]).is_ok() && judged(&["a"], &[]).is_ok());
        let failed = judged(&["a"], &["a", "b"]).expect_err("it is not judged");
        assert!(matches!(&*failed.unproven, Unproven::NotJudged(why) if why == "b"), "{failed:?}");
    }
}
