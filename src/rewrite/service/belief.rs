//! What the jobs of one runner show of its network, where nothing says it: not all of them can be right.

use std::collections::BTreeMap;

use super::address::Address;
use super::variant::{Variant, variant};
use crate::rewrite::{Place, Scene};
use crate::runner::Network;

/// By the label: what a first job's addresses show, and the first job that shows it.
struct Shown(BTreeMap<String, Vec<(Variant, String)>>);

/// Why a fix for a runner of unknown network may be wrong: another job of the same label shows another network.
pub(super) fn contradicted(scene: &Scene<'_>, place: &Place<'_>) -> Option<String> {
    let (label, own) = shown(place)?;
    let all = place.reading.of_all(|| {
        let mut all = Shown(BTreeMap::new());
        for there in scene.jobs() {
            let Some((label, variant)) = shown(&there) else { continue };
            let known = all.0.entry(label).or_default();
            if !known.iter().any(|(known, _)| *known == variant) {
                known.push((variant, format!("`{}` of `{}`", there.job.job.id.value(), there.analysed.path)));
            }
        }
        all
    });
    let (_, other) = all.0.get(&label)?.iter().find(|(variant, _)| *variant != own)?;
    let network = |variant| match variant {
        Variant::Unpublish => "a network of the job's own",
        Variant::Sibling | Variant::RandomPort => "the network of the machine",
    };
    let (mine, theirs) = match own {
        Variant::Unpublish => (network(own), network(Variant::Sibling)),
        _ => (network(own), network(Variant::Unpublish)),
    };
    Some(format!(
        "this job's addresses point to {mine}, and those of the job {other} on the same label to {theirs}: one of the \
         two fixes is wrong, so declare `network:` under `runners:` first"
    ))
}

/// The label of a job that publishes ports on a runner of unknown network, and what its addresses show.
fn shown(place: &Place<'_>) -> Option<(String, Variant)> {
    let job = &place.job.job;
    let publishes =
        job.services.iter().any(|service| Address::of(service).ports.iter().any(|port| port.host.is_some()));
    if place.job.substrate.network != Network::Unknown || !publishes {
        return None;
    }
    Some((place.job.substrate.labels.join(", "), variant(place).ok()?))
}
