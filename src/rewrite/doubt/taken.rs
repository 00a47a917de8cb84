//! What something takes of the host that only one can have.

use crate::docker::images::well_known;
use crate::docker::{HostPort, Publish};
use crate::stack::{Claim, Claimed};
use crate::symbol::Value;
use crate::truth::Truth;

/// Whether every run of a stack takes the same by this claim, as long as its service is started.
pub(in crate::rewrite) fn is_taken(claim: &Claim) -> Truth {
    match &claim.what {
        Claimed::Port(publish) => is_same_port(publish),
        Claimed::Name(name) => name.unique().is_static(),
        Claimed::HostNetwork(_, true) => Truth::Yes,
        Claimed::HostNetwork(image, false) => listens(image.as_ref()),
    }
}

/// Whether what runs of an image listens on a port.
pub(in crate::rewrite) fn listens(image: Option<&Value>) -> Truth {
    match image.and_then(well_known) {
        Some((image, certain)) => certain.and((image.server && !image.ports.is_empty()).into()),
        None => Truth::Unknown,
    }
}

/// What it takes, in words.
pub(in crate::rewrite) fn told(claim: &Claim) -> String {
    match &claim.what {
        Claimed::Port(_) => format!("the host's port in `{}`", claim.written),
        Claimed::Name(name) => format!("the container's name `{name}`"),
        Claimed::HostNetwork(..) => format!("the host's network of `{}`", claim.service),
    }
}

/// Whether a port of the host is the same in every run.
pub(in crate::rewrite) fn is_same_port(publish: &Publish) -> Truth {
    match publish.host_port() {
        HostPort::Free => Truth::No,
        HostPort::Fixed(_) | HostPort::OneOf(_) => Truth::Yes,
        // Of many host ports docker takes a free one, for a single port of the container's.
        HostPort::Range(first, last) => match publish.container_ports() {
            Some(ports) if ports.len() == 1 && last > first => Truth::No,
            _ => Truth::Yes,
        },
        HostPort::Unknown => publish.host.as_ref().map_or(Truth::Unknown, |host| host.unique().is_static()),
    }
}
