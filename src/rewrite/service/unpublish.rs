//! The service is reached by its name, and publishes nothing.

use crate::edit::Fix;
use crate::finding::Finding;
use crate::rewrite::{Place, Scene, Withheld};

/// Drops `ports:` and names the service wherever the host was named.
pub(super) fn fix(_scene: &Scene<'_>, _finding: &Finding, _place: Place<'_>, _service: usize) -> Result<Fix, Withheld> {
    Err(Withheld::because("this runner gives each job a network of its own, where nothing is rewritten yet"))
}
