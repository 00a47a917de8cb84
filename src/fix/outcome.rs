//! What mending comes to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::prove::Unproven;
use crate::check::Report;
use crate::difference::{LineBefore, lines_before};
use crate::edit::Fix;
use crate::source::Location;

/// A file that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Its bytes before; none when it is new.
    pub old: Option<Vec<u8>>,
    /// Its bytes after.
    pub new: Vec<u8>,
}

/// A fix that was applied, and what it repairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The fix.
    pub fix: Arc<Fix>,
    /// The findings, as they were: rule and place.
    pub findings: Vec<(String, Location)>,
}

/// A fix that was not, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropped {
    /// The fix.
    pub fix: Arc<Fix>,
    /// The rules of its findings.
    pub rules: Vec<String>,
    /// The proof that failed.
    pub why: Unproven,
}

/// What mending comes to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The files that change, by shown path.
    pub files: BTreeMap<String, Changed>,
    /// The fixes, in the order they were applied.
    pub applied: Vec<Applied>,
    /// The fixes that failed a proof.
    pub dropped: Vec<Dropped>,
    /// How many findings have a fix that failed a proof.
    pub withheld: usize,
    /// How many findings there were at first, by rule and file.
    pub before: BTreeMap<(String, Arc<str>), usize>,
    /// What is found afterwards; the findings of dropped fixes say why they have none.
    pub report: Report,
}

impl Changed {
    /// Where each line of the new text stands as long as nothing is written.
    pub fn lines_on_disk(&self) -> Vec<LineBefore> {
        let old = self.old.as_deref().map(String::from_utf8_lossy);
        lines_before(old.as_deref(), &String::from_utf8_lossy(&self.new))
    }
}

/// How many findings there are, by rule and file.
pub(super) fn counted(report: &Report) -> BTreeMap<(String, Arc<str>), usize> {
    let mut counts = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry((finding.rule.clone(), finding.location.path.clone())).or_default() += 1;
    }
    counts
}

impl Outcome {
    /// How many of the findings that there were are no more: a fix may repair more than those that it was made for.
    pub fn mended(&self) -> usize {
        let after = counted(&self.report);
        let gone =
            |(of, before): (&(String, Arc<str>), &usize)| before.saturating_sub(after.get(of).copied().unwrap_or(0));
        let gone: usize = self.before.iter().map(gone).sum();
        // What a fix brings to light and another one repairs was never reported.
        if gone > 0 || self.applied.is_empty() { gone } else { self.applied.iter().map(|one| one.findings.len()).sum() }
    }

    /// The fixes as reports show them.
    pub fn applied(&self) -> Vec<(&Fix, Vec<(&str, &str)>)> {
        let made = self.applied.iter().map(|applied| {
            let findings = applied.findings.iter().map(|(rule, at)| (rule.as_str(), at.path.as_ref()));
            (applied.fix.as_ref(), findings.collect())
        });
        made.collect()
    }
}
