//! Whether all that a stack takes for itself can be made each run's own: a part of it repairs nothing.

use std::collections::BTreeMap;

use super::ups::ups;
use crate::rewrite::Place;
use crate::rewrite::doubt::taken;
use crate::stack::{Claim, Claimed, Stack};
use crate::symbol::Value;

/// What stays the same in every run of the stack that a claim is of, in words; `is_mended` says of a claim whether
/// there is a fix for it.
pub(super) fn blocker(place: &Place<'_>, claim: &Claim, is_mended: &dyn Fn(&Claim) -> bool) -> Option<String> {
    let blockers = place.reading.of_job(place.job, || {
        let one = |(act, stack): (&usize, &Stack)| (*act, of_stack(stack, is_mended));
        Blockers(place.job.stacks.iter().map(one).collect())
    });
    ups(place, claim).flat_map(|(act, _)| blockers.0.get(&act)).find_map(Clone::clone)
}

/// By the act that brings a stack up.
struct Blockers(BTreeMap<usize, Option<String>>);

fn of_stack(stack: &Stack, is_mended: &dyn Fn(&Claim) -> bool) -> Option<String> {
    let is_static = |value: &&Value| value.unique().is_static().is_yes();
    let networks = stack.networks.iter().filter(is_static).map(|network| format!("the network `{network}`"));
    let volumes = stack.volumes.iter().filter(is_static).map(|volume| format!("the volume `{volume}`"));
    // Who is on the host's network may listen there.
    let takes = |claim: &Claim| match &claim.what {
        Claimed::HostNetwork(..) => true,
        Claimed::Port(_) | Claimed::Name(_) => taken::is_taken(claim).is_yes(),
    };
    let stays = |claim: &&Claim| claim.started.is_yes() && takes(claim) && !is_mended(claim);
    let told = |claim: &Claim| match claim.what {
        Claimed::HostNetwork(..) => taken::told(claim),
        Claimed::Port(_) | Claimed::Name(_) => format!("{} (service `{}`)", taken::told(claim), claim.service),
    };
    let claims = stack.claims.iter().filter(stays).map(told);
    networks.chain(volumes).chain(claims).next()
}
