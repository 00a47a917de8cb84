//! Fixes, proven and written: edits are applied to copies in memory, judged again, and only then reach the disk.
//!
//! `apply` makes the new texts, `prove` holds them against what the fixes mean (`second` reads YAML with a parser of
//! another family), `judge` looks at what is found in them, `rounds` goes on until nothing is left to mend, `write`
//! puts all files of a repository in place or none, `patch` prints what would be written.

mod apply;
mod candidate;
mod code;
mod commands;
mod comments;
mod join;
mod judge;
mod lines;
mod outcome;
pub mod patch;
mod prove;
mod rounds;
mod second;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod write;

pub use outcome::{Applied, Changed, Dropped, Outcome};
pub use prove::Unproven;
pub use rounds::fix;
pub use write::{Unwritten, write};

use std::sync::Arc;

use crate::check::Report;
use crate::edit::Fix;
use crate::finding::Finding;

/// Takes away the planned fixes of a report that fail the proofs which their texts alone allow, and says why in their
/// place.
pub fn prove_planned(report: &mut Report) {
    let mut fixes: Vec<Arc<Fix>> = Vec::new();
    for fix in report.findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        if !fixes.iter().any(|known| Arc::ptr_eq(known, fix)) {
            fixes.push(fix.clone());
        }
    }
    let text_of = |path: &str| report.sources.get(path).map(|source| source.text().to_owned());
    // Together, where none are in each other's way, they are proven at once.
    let mut failed = Vec::new();
    while !fixes.is_empty() {
        let (mut group, mut rest): (Vec<Arc<Fix>>, Vec<_>) = (Vec::new(), Vec::new());
        for fix in fixes {
            let is_apart = !group.iter().any(|known| apply::overlap(known, &fix));
            if is_apart { group.push(fix) } else { rest.push(fix) }
        }
        fixes = rest;
        let together: Vec<&Fix> = group.iter().map(Arc::as_ref).collect();
        if prove::texts(&together, &text_of).is_err() {
            for fix in group {
                if let Err(unproven) = prove::texts(&[&fix], &text_of) {
                    failed.push((fix, unproven));
                }
            }
        }
    }
    for finding in &mut report.findings {
        let own = |(known, _): &&(Arc<Fix>, _)| finding.fix.as_ref().is_some_and(|fix| Arc::ptr_eq(fix, known));
        if let Some((_, unproven)) = failed.iter().find(own) {
            withhold(finding, unproven);
        }
    }
}

/// Takes a finding's fix away, and says why.
fn withhold(finding: &mut Finding, why: &Unproven) {
    if let Some(fix) = finding.fix.take() {
        finding.withheld = Some(format!("a fix ({}) was made and dropped: {why}", fix.title));
    }
}
