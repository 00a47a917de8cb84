//! The first proof of what is planned: before anything is judged again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::apply::Taken;
use super::prove::{self, Unproven};
use crate::check::Report;
use crate::edit::Fix;
use crate::finding::Finding;

/// Takes away the planned fixes of a report that fail the proofs which their texts alone allow, and says why in their
/// place.
pub fn prove_planned(report: &mut Report) {
    let mut seen: HashSet<*const Fix> = HashSet::new();
    let planned = report.findings.iter().filter_map(|finding| finding.fix.as_ref());
    let mut fixes: Vec<Arc<Fix>> = planned.filter(|fix| seen.insert(Arc::as_ptr(fix))).cloned().collect();
    let text_of = |path: &str| report.sources.get(path).map(|source| source.text().to_owned());
    // Together, where none are in each other's way, they are proven at once.
    let mut failed = HashMap::new();
    while !fixes.is_empty() {
        let mut taken = Taken::default();
        let (mut group, mut rest): (Vec<Arc<Fix>>, Vec<_>) = (Vec::new(), Vec::new());
        for fix in fixes {
            if taken.meets(&fix) {
                rest.push(fix);
            } else {
                taken.take(&fix);
                group.push(fix);
            }
        }
        fixes = rest;
        prove::by_halves(
            &group,
            &|fixes: &[Arc<Fix>]| {
                let together: Vec<&Fix> = fixes.iter().map(Arc::as_ref).collect();
                prove::texts(&together, &text_of).map(drop)
            },
            &mut |fix, unproven| drop(failed.insert(Arc::as_ptr(fix), unproven)),
        );
    }
    for finding in &mut report.findings {
        let own = finding.fix.as_ref().and_then(|fix| failed.get(&Arc::as_ptr(fix)));
        if let Some(unproven) = own {
            withhold(finding, unproven);
        }
    }
}

/// Takes a finding's fix away, and says why.
pub(super) fn withhold(finding: &mut Finding, why: &Unproven) {
    if let Some(fix) = finding.fix.take() {
        finding.withheld = Some(format!("a fix ({}) was made and dropped: {why}", fix.title));
    }
}
