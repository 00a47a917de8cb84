//! One finding for one place, however many jobs reach it; fingerprints; order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};

use crate::finding::Finding;
use crate::source::Location;

/// Merges what several jobs report at one place: what is surest comes first, what is every run's before what has the run
/// in it, then the shortest chain; `callers` has every job.
pub(super) fn merge(findings: Vec<Finding>) -> Vec<Finding> {
    let mut places: BTreeMap<(String, Location), Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        places.entry((finding.rule.clone(), finding.location.clone())).or_default().push(finding);
    }
    let mut merged: Vec<Finding> = places.into_values().flat_map(merge_place).collect();
    merged.sort_by(|one, other| order(one).cmp(&order(other)));
    merged
}

/// Merges and fingerprints. Where only some files are asked for, what their jobs find is told as they find it: another
/// workflow's job may give the shared script another name, and be surer of its runner. The fingerprint stays the one
/// that it has when all is asked for.
pub(super) fn told(prefix: &str, findings: Vec<Finding>, asked: Option<&dyn Fn(&Finding) -> bool>) -> Vec<Finding> {
    let own = asked.map(|is_asked| findings.iter().filter(|finding| is_asked(finding)).cloned().collect());
    let mut all = merge(findings);
    fingerprint(prefix, &mut all);
    let (Some(is_asked), Some(own)) = (asked, own) else { return all };
    let mut own = merge(own);
    let mut places: BTreeMap<(&str, &Location), Vec<&Finding>> = BTreeMap::new();
    for finding in &all {
        places.entry((&finding.rule, &finding.location)).or_default().push(finding);
    }
    for finding in &mut own {
        let there = places.get(&(finding.rule.as_str(), &finding.location)).map(Vec::as_slice).unwrap_or_default();
        let same = there.iter().find(|other| other.subject == finding.subject).or(there.first());
        if let Some(same) = same {
            finding.fingerprint.clone_from(&same.fingerprint);
            finding.callers.clone_from(&same.callers);
        }
    }
    all.retain(|finding| !is_asked(finding));
    all.append(&mut own);
    all.sort_by(|one, other| order(one).cmp(&order(other)));
    all
}

fn order(finding: &Finding) -> (&Location, &str, &str, &str) {
    (&finding.location, &finding.rule, &finding.subject, &finding.message)
}

/// Findings of one rule at one place. Those of one job stay apart when they are about different things.
fn merge_place(mut findings: Vec<Finding>) -> Vec<Finding> {
    if findings.len() > 1 {
        findings.sort_by(|one, other| order(one).cmp(&order(other)));
        findings.sort_by_cached_key(|finding| {
            let is_the_runs = finding.subject.contains("github.run_id");
            (Reverse(finding.confidence), is_the_runs, finding.chain.len(), finding.chain.clone(), caller(finding))
        });
    }
    let mut kept: Vec<Finding> = Vec::new();
    let mut about: HashMap<String, usize> = HashMap::new();
    for mut finding in findings {
        let job = caller(&finding);
        let same = match about.get(&finding.subject) {
            Some(same) => kept.get_mut(*same),
            None => kept.first_mut().filter(|first| caller(first) != job),
        };
        match same {
            Some(same) => {
                same.level = same.level.max(finding.level);
                same.confidence = same.confidence.max(finding.confidence);
                same.callers.append(&mut finding.callers);
                same.callers.extend(job);
            }
            None => {
                finding.callers.extend(job);
                about.insert(finding.subject.clone(), kept.len());
                kept.push(finding);
            }
        }
    }
    for finding in &mut kept {
        finding.callers.sort();
        finding.callers.dedup();
    }
    kept
}

/// The job it comes from: `path#job`.
fn caller(finding: &Finding) -> Option<String> {
    finding.job.as_ref().map(|job| format!("{}#{job}", finding.workflow()))
}

/// Sets the fingerprints of findings in their final order: what is equal is counted through. `prefix` stands before the
/// paths of their repository where they are shown: from which folder somebody looks makes no other finding.
pub(super) fn fingerprint(prefix: &str, findings: &mut [Finding]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for finding in findings {
        let job = finding.job.as_deref().unwrap_or_default();
        let path = finding.location.path.as_ref();
        let parts = [&finding.rule, path.strip_prefix(prefix).unwrap_or(path), job, &finding.subject];
        let key = parts.join("\0");
        let ordinal = seen.entry(key.clone()).and_modify(|count| *count += 1).or_default();
        let digest = Sha256::digest(format!("{key}\0{ordinal}"));
        finding.fingerprint = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    }
}
