//! A container's places on networks, and its addresses there.

use std::sync::Arc;

use super::answer::Refusal;
use super::daemon::Machine;
use super::spec::Mode;
use super::state::{Container, Endpoint, Network};

impl Machine {
    /// Docker's own three networks.
    pub(super) fn make_own_networks(&mut self) {
        for (name, driver, prefix) in [("bridge", "bridge", "172.17.0."), ("host", "host", ""), ("none", "null", "")] {
            let (driver, prefix) = (driver.to_owned(), prefix.to_owned());
            let (id, maker, labels) = (self.new_id(), super::maker::Maker::default(), Vec::new());
            self.networks.push(Arc::new(Network { id, name: name.to_owned(), maker, driver, labels, prefix }));
        }
    }

    /// Gives a container that starts its addresses.
    ///
    /// # Errors
    /// A network is gone, or the container whose network it shares does not run.
    pub(super) fn join_networks(&self, container: &Container) -> Result<Vec<Endpoint>, Refusal> {
        if let Some(other) = &container.shares {
            let other = self.find_container(other)?;
            if other.id == container.id {
                return Err(Refusal::daemon("cannot join own network"));
            }
            if !other.state.is_up() {
                return Err(Refusal::daemon(format!("cannot join network of a non running container: {}", other.id)));
            }
        }
        let joined = container.endpoints.iter().map(|endpoint| {
            let network = self.find_network(&endpoint.network)?;
            let address = self.free_address(network);
            Ok(Endpoint { network: network.id.clone(), name: network.name.clone(), address, ..endpoint.clone() })
        });
        joined.collect()
    }

    /// The first address of a network that nobody has.
    pub(super) fn free_address(&self, network: &Network) -> Option<String> {
        if network.prefix.is_empty() {
            return None;
        }
        // The network's own, then the gateway's.
        let first = last_octets(&format!("{}0", network.prefix))?.checked_add(2)?;
        let free = self.addresses.get(&network.id).map_or(first, |held| held.free.max(first));
        if free == u16::MAX {
            return None;
        }
        let (network, _) = network.prefix.trim_end_matches('.').rsplit_once('.')?;
        Some(format!("{network}.{}.{}", free >> 8, free & 0xff))
    }

    /// A container has these addresses now.
    pub(super) fn hold(&mut self, endpoints: &[Endpoint]) {
        for (network, number) in numbers(endpoints) {
            self.addresses.entry(network.to_owned()).or_default().hold(number);
        }
    }

    /// A container has these addresses no longer.
    pub(super) fn let_go(&mut self, endpoints: &[Endpoint]) {
        for (network, number) in numbers(endpoints) {
            if let Some(held) = self.addresses.get_mut(network) {
                held.let_go(number);
            }
        }
    }

    /// The containers that are on a network, stopped ones included.
    pub(super) fn on_network<'a>(
        &'a self,
        network: &'a Network,
    ) -> impl Iterator<Item = (&'a Arc<Container>, &'a Endpoint)> {
        self.containers.iter().filter_map(|container| Some((container, container.endpoint(network)?)))
    }

    /// The addresses for the next network; `None` when docker has no more.
    pub(super) fn free_prefix(&self) -> Option<String> {
        let large = (18..32).map(|number| format!("172.{number}.0."));
        let small = (0..16).map(|number| format!("192.168.{}.", number * 16));
        let is_free = |prefix: &String| !self.networks.iter().any(|network| network.prefix == *prefix);
        large.chain(small).into_iter().find(is_free)
    }

    /// The endpoints a container is made with.
    pub(super) fn wished_endpoints(container: &super::spec::Spec) -> Vec<Endpoint> {
        let endpoint = |network: &str, aliases: Vec<String>| {
            let name = if network == "default" { "bridge" } else { network };
            Endpoint { network: name.to_owned(), name: name.to_owned(), aliases, address: None }
        };
        match container.mode {
            Mode::Own => {
                container.attachments.iter().map(|wish| endpoint(&wish.network, wish.aliases.clone())).collect()
            }
            Mode::Host => vec![endpoint("host", Vec::new())],
            Mode::Nothing => vec![endpoint("none", Vec::new())],
            Mode::Container(_) => Vec::new(),
        }
    }
}

/// The addresses of a container, each with the id of its network.
fn numbers(endpoints: &[Endpoint]) -> impl Iterator<Item = (&str, u16)> {
    endpoints
        .iter()
        .filter_map(|endpoint| Some((endpoint.network.as_str(), last_octets(endpoint.address.as_deref()?)?)))
}

/// The part of an address that tells containers of one network apart.
fn last_octets(address: &str) -> Option<u16> {
    let (rest, last) = address.rsplit_once('.')?;
    let (_, third) = rest.rsplit_once('.')?;
    Some(u16::from_be_bytes([third.parse().ok()?, last.parse().ok()?]))
}
