//! Fixes, proven and written: edits are applied to copies in memory, judged again, and only then reach the disk.
//!
//! `apply` makes the new text, `prove` holds one fix against its own words (`second` reads YAML with a parser of
//! another family), `rounds` goes on until nothing is left to mend, `write` puts all files in place or none,
//! `patch` prints what would be written.

mod apply;
mod commands;
mod comments;
mod lines;
pub mod patch;
mod prove;
mod rounds;
mod second;
#[cfg(test)]
mod testing;
mod write;

pub use rounds::{Applied, Changed, Dropped, Outcome, fix};
pub use write::{WriteError, write};

use crate::check::Report;

/// Takes away the planned fixes of a report that fail the proofs a file alone allows, and says why in their place.
pub fn prove_planned(report: &mut Report) {
    for finding in &mut report.findings {
        let Some(fix) = &finding.fix else { continue };
        let source = |path: &str| report.sources.get(path).map(|source| source.text().to_owned());
        if let Err(unproven) = prove::alone(fix, &source) {
            finding.fix = None;
            finding.withheld = Some(unproven.to_string());
        }
    }
}
