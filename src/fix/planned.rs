//! The first proof of what is planned: before anything is judged again.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::apply::Taken;
use super::prove::{self, Unproven};
use crate::check::Report;
use crate::edit::Fix;
use crate::finding::{Finding, settle};

/// Takes away the planned fixes of a report that fail the proofs which their texts alone allow, and says why in their
/// place.
pub fn prove_planned(report: &mut Report) {
    let mut seen: HashSet<*const Fix> = HashSet::new();
    let planned = report.findings.iter().filter_map(|finding| finding.fix.as_ref());
    let mut fixes: Vec<Arc<Fix>> = planned.filter(|fix| seen.insert(Arc::as_ptr(fix))).cloned().collect();
    let text_of = |path: &str| report.sources.get(path).map(|source| source.text().to_owned());
    // Together, where none are in each other's way, they are proven at once.
    let mut failed: HashMap<*const Fix, Unproven> = HashMap::new();
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
        let unproven = by_shared_files(group).into_par_iter().flat_map_iter(|fixes| {
            let mut failed = Vec::new();
            let prove = |fixes: &[Arc<Fix>]| {
                let together: Vec<&Fix> = fixes.iter().map(Arc::as_ref).collect();
                prove::texts(&together, &text_of).map(drop)
            };
            prove::by_halves(&fixes, &prove, &mut |fix, unproven| failed.push((fix.clone(), unproven)));
            failed
        });
        let unproven: Vec<(Arc<Fix>, Unproven)> = unproven.collect();
        failed.extend(unproven.into_iter().map(|(fix, unproven)| (Arc::as_ptr(&fix), unproven)));
    }
    for finding in &mut report.findings {
        let own = finding.fix.as_ref().and_then(|fix| failed.get(&Arc::as_ptr(fix)));
        if let Some(unproven) = own {
            withhold(finding, unproven);
        }
    }
    let waiting = report.findings.iter().map(|finding| finding.waits.as_ref().map(|waits| waits.rule.clone()));
    let waiting: Vec<Option<String>> = waiting.collect();
    settle(&mut report.findings);
    // Who was to be mended once another is knows that the other is not.
    for (finding, promised) in report.findings.iter_mut().zip(waiting) {
        if let (None, Some(rule), Some(why)) = (&finding.waits, promised, &mut finding.withheld) {
            why.push_str(&format!("; the fix for `{rule}`, which comes first, is withheld, too"));
        }
    }
}

/// Fixes in sets of which none touches a file of another's: each set is proven by itself.
fn by_shared_files(fixes: Vec<Arc<Fix>>) -> Vec<Vec<Arc<Fix>>> {
    let mut sets: Vec<Vec<Arc<Fix>>> = Vec::new();
    let mut set_of: HashMap<Arc<str>, usize> = HashMap::new();
    let paths = |fix: &Fix| -> BTreeSet<Arc<str>> {
        let edited = fix.edits.iter().map(|edit| &edit.path);
        edited.chain(fix.creates.iter().map(|file| &file.path)).cloned().collect()
    };
    for fix in fixes {
        let own_paths = paths(&fix);
        let met: BTreeSet<usize> = own_paths.iter().filter_map(|path| set_of.get(path).copied()).collect();
        let own = met.first().copied().unwrap_or(sets.len());
        if own == sets.len() {
            sets.push(Vec::new());
        }
        for other in met.into_iter().skip(1) {
            let joined = std::mem::take(&mut sets[other]);
            set_of.extend(joined.iter().flat_map(|fix| paths(fix)).map(|path| (path, own)));
            sets[own].extend(joined);
        }
        sets[own].push(fix);
        set_of.extend(own_paths.into_iter().map(|path| (path, own)));
    }
    sets
}

/// Takes a finding's fix away, and says why.
pub(super) fn withhold(finding: &mut Finding, why: &Unproven) {
    if let Some(fix) = finding.fix.take() {
        finding.withheld = Some(format!("it was tried, and a proof failed ({}): {why}", fix.title));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Edit;
    use crate::fix::testing;
    use crate::source::Span;

    fn fix(paths: &[&str]) -> Arc<Fix> {
        let edit = |path: &&str| Edit {
            path: Arc::from(*path),
            span: Span::new(0, 0),
            old: String::new(),
            new: String::new(),
        };
        let fix = testing::fix(paths.iter().map(edit).collect(), Vec::new());
        Arc::new(Fix { title: paths.join(" "), ..fix })
    }

    #[test]
    fn a_set_shares_no_file_with_another() {
        let fixes = [&["a"][..], &["b"], &["c", "a"], &["d"], &["b", "d"], &["e"], &["c", "e"]];
        let sets = by_shared_files(fixes.map(fix).to_vec());
        let titles = |set: &Vec<Arc<Fix>>| set.iter().map(|fix| fix.title.clone()).collect::<Vec<_>>();
        let sets: Vec<Vec<String>> = sets.iter().map(titles).filter(|titles| !titles.is_empty()).collect();
        assert_eq!(sets, [vec!["a", "c a", "e", "c e"], vec!["b", "d", "b d"]]);
    }
}
