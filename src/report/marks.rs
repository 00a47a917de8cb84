//! What a line is marked with whose finding can be mended.

use crate::edit::Applicability;
use crate::finding::Finding;

/// By a safe fix.
pub(super) const SAFE: &str = "[*]";
/// By one that is not safe.
pub(super) const UNSAFE: &str = "[-]";

/// What marks a finding; the summary says what the marks mean.
pub(super) fn mark(finding: &Finding) -> Option<&'static str> {
    match finding.fixable()? {
        Applicability::Safe => Some(SAFE),
        Applicability::Unsafe => Some(UNSAFE),
        Applicability::Display => None,
    }
}
