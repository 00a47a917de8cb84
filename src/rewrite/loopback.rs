//! `loopback`: the address in place of a name that may mean IPv6.

use super::{Draft, Scene, Withheld};
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;

/// The fix of a finding.
///
/// # Errors
/// When the name is written with escapes.
pub fn loopback(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let mut draft = Draft::new(scene);
    draft.replace(&finding.location, "127.0.0.1")?;
    draft.finish("loopback", Applicability::Safe, "write `127.0.0.1`", None)
}
