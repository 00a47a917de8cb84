//! `service-address`: a service that peers cannot meet. What it becomes depends on the runner and its network.

mod address;
mod await_service;
mod belief;
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
mod variant;

pub(super) use address::{Address, Port};
pub(super) use await_service::await_service;

pub(super) use scan::What;
pub(super) use steps::readers;
pub(super) use through_host::through_host;
pub(super) use uses::{Site, Use, has_port_beside, is_by_name, uses, uses_of};

use variant::{Variant, variant};

use crate::edit::Fix;
use crate::finding::Finding;
use crate::rewrite::{Scene, Withheld};

/// Gives a service an address of its own.
///
/// # Errors
/// Where the runner is not known well enough, or the service cannot be moved.
pub fn service_address(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
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
            let service = service.ok_or_else(|| Withheld::because("the finding is about no single service"))?;
            match other {
                Variant::Unpublish => unpublish::fix(scene, finding, place, service),
                _ => random_port::fix(scene, finding, place, service),
            }
        }
    }
}
