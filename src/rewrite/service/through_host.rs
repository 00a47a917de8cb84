//! Containers that are not on the job's network and come to a service through the daemon's host.

use super::address::addresses;
use super::inside::{Seat, is_gateway};
use super::{What, uses};
use crate::address::reader::{self, addresses_of};
use crate::docker::NetworkChoice;
use crate::rewrite::doubt::hard_coded::GATEWAYS;
use crate::rewrite::{Place, Withheld};
use crate::source::Location;

/// Nothing where no other container comes to a service through the host.
///
/// # Errors
/// Where one does: it knows no id of a service, and only a published port lets it in.
pub fn through_host(place: &Place<'_>, service: usize) -> Result<(), Withheld> {
    let is_through = |found: &&super::Use| {
        found.service == service && !found.by_name && found.seat != Seat::Job && found.what == What::Address
    };
    if let Some(found) = uses(place).iter().find(is_through) {
        return Err(withheld(place, &found.at));
    }
    // What a variable hands on is not written at the call.
    let Some(address) = addresses(&place.job.job).into_iter().nth(service) else { return Ok(()) };
    for act in &place.job.trace.acts {
        let comes = addresses_of(act).into_iter().any(|asked| {
            let by_host = match &asked.seat {
                reader::Seat::Made(NetworkChoice::Host) => asked.is_own(),
                reader::Seat::Made(_) | reader::Seat::Other => false,
                reader::Seat::Job | reader::Seat::Elsewhere => return false,
            };
            // A host that only the run knows may well be the machine's: nobody has to look for a service's name.
            let in_container = matches!(asked.seat, reader::Seat::Made(_) | reader::Seat::Other);
            let by_host = by_host || asked.host_text().map_or(in_container, is_gateway);
            by_host && asked.port_number().is_some_and(|port| address.by_host(port).is_some())
        });
        if comes {
            return Err(withheld(place, &act.at));
        }
    }
    // The port may stand anywhere else: in another variable, or in a file of the program's own.
    let names_host = |text: &str| GATEWAYS.iter().chain(&["host-gateway"]).any(|gateway| text.contains(gateway));
    let mut sources = place.job.stacks.values().flat_map(|stack| &stack.sources);
    match sources.find(|source| names_host(source.text())) {
        Some(source) => Err(Withheld::because(format!(
            "`{}` names the daemon's host: a container may come to the service by it, and `ports:` is the only way in",
            source.path()
        ))),
        None => Ok(()),
    }
}

fn withheld(place: &Place<'_>, at: &Location) -> Withheld {
    let source = place.tree.source();
    let line = source.place(at.span.start).line;
    let place = if at.path == *source.path() { format!("line {line}") } else { format!("`{}`", at.path) };
    Withheld::because(format!(
        "{place} reaches it from another container through the host, where the service's id does not resolve and \
         `ports:` is the only way in"
    ))
}
