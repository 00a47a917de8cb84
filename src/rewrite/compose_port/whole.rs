//! Whether all that a stack takes for itself can be made each run's own: a part of it repairs nothing (RULES 10.3).

use std::collections::BTreeMap;

use crate::docker::HostPort;
use crate::rewrite::Place;
use crate::source::Location;
use crate::stack::{Claim, Claimed, Stack};

/// What stays the same in every run of the stack that a claim is of, in words; `is_mended` says of a claim whether there
/// is a fix for it.
pub(super) fn blocker(place: &Place<'_>, claim: &Claim, is_mended: &dyn Fn(&Claim) -> bool) -> Option<String> {
    let blockers = place.reading.of_job(place.job, || {
        let one = |(act, stack): (&usize, &Stack)| (*act, of_stack(stack, is_mended));
        Blockers(place.job.stacks.iter().map(one).collect())
    });
    let own = place.job.stacks.iter().filter(|(_, stack)| stack.claims.iter().any(|other| other.at == claim.at));
    own.flat_map(|(act, _)| blockers.0.get(act)).find_map(Clone::clone)
}

/// By the act that brings a stack up.
struct Blockers(BTreeMap<usize, Option<String>>);

fn of_stack(stack: &Stack, is_mended: &dyn Fn(&Claim) -> bool) -> Option<String> {
    let is_static = |value: &&crate::symbol::Value| value.unique().is_static().is_yes();
    let networks = stack.networks.iter().find(is_static).map(|network| format!("the network `{network}`"));
    let volumes = || stack.volumes.iter().find(is_static).map(|volume| format!("the volume `{volume}`"));
    let mut seen: Vec<&Location> = Vec::new();
    let mut claims = || {
        let started = stack.claims.iter().filter(|claim| claim.started.is_yes());
        started.filter(|claim| is_taken(claim)).find_map(|claim| {
            if seen.contains(&&claim.at) {
                return None;
            }
            seen.push(&claim.at);
            (!is_mended(claim)).then(|| told(claim))
        })
    };
    networks.or_else(volumes).or_else(&mut claims)
}

/// Whether every run takes it.
fn is_taken(claim: &Claim) -> bool {
    match &claim.what {
        Claimed::Port(publish) => matches!(publish.host_port(), HostPort::Fixed(_) | HostPort::OneOf(_)),
        Claimed::Name(name) => name.unique().is_static().is_yes(),
        Claimed::HostNetwork(..) => true,
    }
}

fn told(claim: &Claim) -> String {
    match &claim.what {
        Claimed::Port(_) => format!("the host's port in `{}`", claim.written),
        Claimed::Name(name) => format!("the container's name `{name}`"),
        Claimed::HostNetwork(..) => format!("the host's network of `{}`", claim.service),
    }
}
