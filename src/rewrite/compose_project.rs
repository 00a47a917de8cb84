//! `compose-project`.

use super::{Scene, Withheld};
use crate::edit::Fix;
use crate::finding::Finding;

/// The fix of a finding.
///
/// # Errors
/// When the project's name is set where it cannot be changed.
pub fn compose_project(_scene: &Scene<'_>, _finding: &Finding) -> Result<Fix, Withheld> {
    Err(Withheld::because("not yet"))
}
