//! The host port is chosen by Docker, and asked of the runner.

use crate::edit::Fix;
use crate::finding::Finding;
use crate::rewrite::{Place, Scene, Withheld};

/// Publishes a random port, and reads it from `job.services`.
pub(super) fn fix(_scene: &Scene<'_>, _finding: &Finding, _place: Place<'_>, _service: usize) -> Result<Fix, Withheld> {
    Err(Withheld::because("on this runner the port would be a random one, and nothing is rewritten yet"))
}
