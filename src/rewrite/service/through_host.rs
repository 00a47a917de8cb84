//! Containers that are not on the job's network and come to a service through the daemon's host.

use super::address::{Address, addresses};
use super::inside::{GATEWAYS, Seat, is_gateway};
use super::{What, uses};
use crate::address::reader::{self, addresses_of};
use crate::docker::NetworkChoice;
use crate::rewrite::{Place, Withheld};
use crate::source::{Location, Span};

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
    let mut sources = place.job.stacks.values().flat_map(|stack| &stack.sources);
    let named = sources.find_map(|source| Some(source.location(gateway_in(source.text(), &address)?)));
    named.map_or(Ok(()), |at| Err(withheld(place, &at)))
}

/// Where a compose file names the daemon's host together with a port that the service has there.
fn gateway_in(text: &str, address: &Address) -> Option<Span> {
    let is_with_port = |(at, gateway): &(usize, &str)| {
        let port = text[at + gateway.len()..].strip_prefix(':').unwrap_or_default();
        let end = port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len());
        port[..end].parse().is_ok_and(|port| address.by_host(port).is_some())
    };
    let mut named = GATEWAYS.iter().flat_map(|gateway| text.match_indices(gateway)).filter(is_with_port);
    named.next().map(|(at, gateway)| Span::new(at, at + gateway.len()))
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
