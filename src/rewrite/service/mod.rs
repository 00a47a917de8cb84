//! `service-address`: a service that peers cannot meet. What it becomes depends on the runner and its network.

mod address;
mod await_service;
mod container;
mod inside;
mod number;
mod published;
mod random_port;
mod rewire;
mod scan;
mod sibling;
mod steps;
mod through_host;
mod unpublish;
mod uses;

pub(super) use address::{Address, Port};
pub(super) use await_service::await_service;

pub(super) use scan::What;
pub(super) use steps::readers;
pub(super) use through_host::through_host;
pub(super) use uses::{Site, Use, has_port_beside, uses, uses_of};

use crate::edit::Fix;
use crate::finding::Finding;
use crate::rewrite::{Place, Scene, Withheld};
use crate::runner::{Mode, Network, Program, Substrate};

/// What a service becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variant {
    /// A container that a step starts beside the job.
    Sibling,
    /// The same service, without `ports:`.
    Unpublish,
    /// The same service under a host port that Docker chooses.
    RandomPort,
}

/// Gives a service an address of its own.
///
/// # Errors
/// Where the runner is not known well enough, or the service cannot be moved.
pub fn fix(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let job = &place.job.job;
    if job.shared || job.services_expression.is_some() {
        return Err(Withheld::because("its `services:` are an alias or an expression"));
    }
    let here = |span: crate::source::Span| span.contains(finding.location.span);
    let service = job.services.iter().position(|service| here(service.span));
    match variant(&place)? {
        // Those of a job go together: what starts, addresses and stops them is one change.
        Variant::Sibling => sibling::fix(scene, finding, place),
        other => {
            let service = service.ok_or_else(|| Withheld::because("it is about no one service"))?;
            match other {
                Variant::Unpublish => unpublish::fix(scene, finding, place, service),
                _ => random_port::fix(scene, finding, place, service),
            }
        }
    }
}

/// The table of runners and networks.
fn variant(place: &Place<'_>) -> Result<Variant, Withheld> {
    let Substrate { runner, mode, network, .. } = &place.job.substrate;
    let Some(runner) = runner else {
        return Err(Withheld::because("it is not known which program runs the job; declare it under `runners:`"));
    };
    let in_container = *mode == Mode::Container || place.job.job.container.is_some();
    match (runner, network) {
        (Program::Github, _) if in_container => Ok(Variant::Unpublish),
        (Program::Github, _) => Ok(Variant::RandomPort),
        (_, _) if *mode == Mode::Host && *runner == Program::GiteaRunner => Ok(Variant::Sibling),
        (_, Network::Auto | Network::PerJob) => Ok(Variant::Unpublish),
        (Program::GiteaRunner, Network::Host | Network::Custom(_) | Network::Bridge) => Ok(Variant::Sibling),
        (Program::GiteaRunner, Network::Unknown) => {
            let uses = uses(place);
            // An address of this machine shows a network shared with it. A port that is mapped to another does
            // not: on the host's network Docker discards `ports:`.
            let own = |found: &Use| found.means.host.is_none_or(|host| host == found.means.container);
            let is_local = |found: &&Use| found.what == What::Address && found.host.is_some() && !found.by_name;
            let (own, mapped): (Vec<&Use>, Vec<&Use>) = uses.iter().filter(is_local).partition(|found| own(found));
            Ok(if !own.is_empty() && mapped.is_empty() { Variant::Sibling } else { Variant::Unpublish })
        }
        (Program::ForgejoRunner, _) => Err(Withheld::because(
            "forgejo-runner makes no network for services when its configuration names one, and gives jobs no Docker socket by default",
        )),
        (Program::Act, _) => Err(Withheld::because("act runs on a developer's machine")),
    }
}
