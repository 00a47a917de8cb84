//! What the job itself uses of a port that Docker chooses: it is read back behind `docker compose up`, and handed on.

use std::collections::BTreeSet;

use super::super::random_port::{self, Claim as Published, shared_project, what_is_left};
use super::super::{Draft, Place, Scene, Withheld};
use super::ups::ups;
use crate::docker::{HostPort, Publish};
use crate::stack::{Claim, Claimed};

/// What the reading back comes to.
pub(super) struct ReadBack {
    /// Variables of the job that have the port in them, and get their values anew.
    pub moved: BTreeSet<String>,
    /// Why the fix is not safe.
    pub doubts: Vec<String>,
}

/// Reads the port back behind the command that brings the service up, and gives it to whoever in the job uses it.
///
/// # Errors
/// When it cannot be asked for, or somebody who uses it cannot be told.
pub(super) fn read_back(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    claim: &Claim,
    publish: &Publish,
) -> Result<ReadBack, Withheld> {
    let published = published(place, claim, publish)?;
    if published.is_asked {
        return Err(Withheld::because(format!(
            "the job asks for the port of `{}` in one place and names it in another",
            claim.service
        )));
    }
    let runner = random_port::reaches_loopback(place)?;
    let rewired = random_port::rewire(draft, place, &published)?;
    let comments = random_port::drop_moved(draft, place, &published, &rewired)?;
    random_port::read_back(draft, &published, &rewired, comments)?;
    let left = published.what_is_left(draft.scene(), place)?;
    let doubts = rewired.doubts.into_iter().chain(left).chain(runner).collect();
    Ok(ReadBack { moved: rewired.moved, doubts })
}

/// What every run of the claim's stack still has in common, as a doubt.
///
/// # Errors
/// When that would stay.
pub(super) fn still_shared(scene: &Scene<'_>, place: &Place<'_>, claim: &Claim) -> Result<Vec<String>, Withheld> {
    let shared = ups(place, claim).find_map(|(up, _)| Some((up, shared_project(place, up)?)));
    shared.map_or_else(|| Ok(Vec::new()), |(up, shared)| what_is_left(scene, place, up, Some(&shared)))
}

/// The port, as what the one command publishes that brings its service up.
fn published<'a>(place: &Place<'a>, claim: &Claim, publish: &Publish) -> Result<Published<'a>, Withheld> {
    let unclear = || Withheld::because("it is not a single port of the host");
    let HostPort::Fixed(host) = publish.host_port() else { return Err(unclear()) };
    let container = publish.container_ports().filter(|ports| ports.len() == 1).and_then(|ports| ports.first().copied());
    let container = container.ok_or_else(unclear)?;
    let protocol = publish.protocol.as_ref().and_then(|protocol| protocol.as_literal()).unwrap_or_default();
    let protocol = if protocol.is_empty() { String::new() } else { format!("/{protocol}") };
    let mut ups = ups(place, claim);
    let (Some((index, stack)), None) = (ups.next(), ups.next()) else {
        return Err(Withheld::because("several commands of the job bring it up"));
    };
    let service = stack.services.iter().find(|service| service.id == claim.service);
    let image = service.and_then(|service| service.image.as_ref()?.as_literal()).unwrap_or_default();
    let is_other = |other: &&Claim| {
        other.service == claim.service && other.at != claim.at && matches!(other.what, Claimed::Port(_))
    };
    let is_alone = !stack.claims.iter().any(|other| is_other(&other));
    Published::of_stack(place, index, (&claim.service, image), (host, container, protocol), is_alone)
}
