//! `loopback`: the address in place of a name that may mean IPv6.

use super::{Draft, Scene, Withheld};
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::runner::{Mode, Network};

/// The fix of a finding.
///
/// # Errors
/// When the name is written with escapes.
pub fn loopback(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let job = scene.place(finding)?.job;
    let in_container = job.substrate.mode == Mode::Container || job.job.container.is_some();
    if in_container && job.substrate.network != Network::Host {
        return Err(Withheld::because(
            "the job runs in a container, where `127.0.0.1` is the container itself: use the service's id as the host name",
        ));
    }
    let mut draft = Draft::new(scene);
    draft.replace(&finding.location, "127.0.0.1")?;
    draft.finish("loopback", Applicability::Safe, "write `127.0.0.1`", None)
}
