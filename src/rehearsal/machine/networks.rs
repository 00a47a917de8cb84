//! `docker network create`, `rm`, `connect`, `disconnect`.

use std::sync::Arc;

use super::answer::{Claim, Refusal, What};
use super::daemon::Machine;
use super::maker::Maker;
use super::spec::Mode;
use super::state::{Endpoint, Network};

impl Machine {
    /// Makes a network; its id. A second one of a name is refused, as docker's client asks for it.
    ///
    /// # Errors
    /// The name is taken or Docker's own, or there are no more addresses.
    pub fn make_network(
        &mut self,
        name: &str,
        driver: Option<&str>,
        labels: Vec<(String, String)>,
        maker: Maker,
    ) -> Result<String, Refusal> {
        if matches!(name, "bridge" | "host" | "none" | "default") {
            return Err(Refusal::daemon(format!("operation is not permitted on predefined {name} network")));
        }
        if let Some(holder) = self.networks.iter().find(|network| network.name == name) {
            let object = holder.object();
            self.refused(Claim::NetworkName(name.to_owned()), object);
            return Err(Refusal::daemon(format!("network with name {name} already exists")));
        }
        self.add_network(name, driver, labels, maker)
    }

    /// Makes a network, whether another has its name or not: what asks the daemon without checking gets a second one.
    ///
    /// # Errors
    /// There are no more addresses.
    pub fn add_network(
        &mut self,
        name: &str,
        driver: Option<&str>,
        labels: Vec<(String, String)>,
        maker: Maker,
    ) -> Result<String, Refusal> {
        let Some(prefix) = self.free_prefix() else {
            let message = if self.is_old() {
                "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network"
            } else {
                "all predefined address pools have been fully subnetted"
            };
            return Err(Refusal::daemon(message));
        };
        let (id, driver) = (self.new_id(), driver.unwrap_or("bridge").to_owned());
        let network = Network { id: id.clone(), name: name.to_owned(), maker, driver, labels, prefix };
        self.did(What::Made, network.object());
        self.networks.push(Arc::new(network));
        Ok(id)
    }

    /// `docker network rm`: containers that do not run do not keep it.
    ///
    /// # Errors
    /// It is not there, Docker's own, or in use.
    pub fn remove_network(&mut self, name: &str) -> Result<(), Refusal> {
        let network = self.find_network(name)?.clone();
        if network.is_own() {
            let name = &network.name;
            return Err(Refusal::daemon(format!("{name} is a pre-defined network and cannot be removed")));
        }
        if self.is_in_use(&network) {
            self.refused(Claim::Removal, network.object());
            let Network { name, id, .. } = &*network;
            let message = format!("error while removing network: network {name} id {id} has active endpoints");
            return Err(Refusal::daemon(message));
        }
        self.drop_network(&network.id);
        Ok(())
    }

    /// Whether a container that is up is on it.
    pub(super) fn is_in_use(&self, network: &Network) -> bool {
        self.containers.iter().any(|container| container.state.is_up() && container.endpoint(network).is_some())
    }

    /// Takes a network away.
    pub(super) fn drop_network(&mut self, id: &str) {
        if let Some(at) = self.networks.iter().position(|network| network.id == id) {
            let network = self.networks.remove(at);
            self.addresses.remove(&network.id);
            self.did(What::Removed, network.object());
        }
    }

    /// `docker network connect`.
    ///
    /// # Errors
    /// What the daemon says.
    pub fn connect(&mut self, network: &str, container: &str, aliases: Vec<String>) -> Result<(), Refusal> {
        let container = self.find_container(container)?.clone();
        let up = container.state.is_up();
        let network = match self.find_network(network) {
            Ok(network) => network.clone(),
            // One that does not run is told the name alone, and asks for the network when it starts.
            Err(_) if !up && !matches!(container.spec.mode, Mode::Container(_)) => {
                let name = network.to_owned();
                let endpoint = Endpoint { network: name.clone(), name, aliases, address: None };
                self.change(&container.id, |container| {
                    if !container.endpoints.iter().any(|known| known.name == endpoint.name) {
                        container.endpoints.push(endpoint);
                    }
                });
                return Ok(());
            }
            Err(refusal) => return Err(refusal),
        };
        if !aliases.is_empty() && network.is_own() {
            let message = "network-scoped alias is supported only for containers in user defined networks";
            let head = if self.is_old() { "" } else { "invalid endpoint settings:\n" };
            return Err(Refusal::daemon(format!("{head}{message}")));
        }
        let known = container.endpoint(&network).is_some();
        match container.spec.mode {
            Mode::Host | Mode::Container(_) => {
                let message = "container sharing network namespace with another container or host cannot be \
                               connected to any other network";
                return Err(Refusal::daemon(message));
            }
            Mode::Nothing if network.name != "none" => {
                let message = "container cannot be connected to multiple networks with one of the networks in \
                               private (none) mode";
                return Err(Refusal::daemon(message));
            }
            _ if network.name == "host" => {
                let message = "container cannot be disconnected from host network or connected to host network";
                return Err(Refusal::daemon(message));
            }
            _ if network.name == "none" && !known => {
                let message = "container cannot be connected to multiple networks with one of the networks in \
                               private (none) mode";
                return Err(Refusal::daemon(message));
            }
            _ if known && up => {
                let (container, network) = (&container.name, &network.name);
                let message = format!("endpoint with name {container} already exists in network {network}");
                return Err(Refusal::daemon(message));
            }
            _ if known => return Ok(()),
            _ => {}
        }
        let address = if up { self.free_address(&network) } else { None };
        let at = if up { &network.id } else { &network.name };
        let endpoint = Endpoint { network: at.clone(), name: network.name.clone(), aliases, address };
        self.hold(std::slice::from_ref(&endpoint));
        self.change(&container.id, |container| container.endpoints.push(endpoint));
        self.did(What::Connected, network.object());
        Ok(())
    }

    /// `docker network disconnect`.
    ///
    /// # Errors
    /// What the daemon says.
    pub fn disconnect(&mut self, network: &str, container: &str, force: bool) -> Result<(), Refusal> {
        let container = self.find_container(container)?.clone();
        let found = self.find_network(network).cloned();
        let up = container.state.is_up();
        let by_name = !up || found.is_err() && force;
        if let (Err(refusal), false) = (&found, by_name) {
            return Err(refusal.clone());
        }
        let name = found.as_ref().map_or(network, |network| network.name.as_str());
        if container.spec.mode == Mode::Host && name == "host" {
            let message = "container cannot be disconnected from host network or connected to host network";
            return Err(Refusal::daemon(message));
        }
        let is_it = |endpoint: &Endpoint| match &found {
            Ok(network) if up => endpoint.is_on(network),
            _ => endpoint.name == name,
        };
        if !container.endpoints.iter().any(is_it) {
            let article = if by_name && self.is_old() { "the " } else { "" };
            let message = format!("container {} is not connected to {article}network {name}", container.id);
            return Err(Refusal::daemon(message));
        }
        let left: Vec<Endpoint> = container.endpoints.iter().filter(|endpoint| is_it(endpoint)).cloned().collect();
        self.let_go(&left);
        self.change(&container.id, |container| {
            container.endpoints.retain(|endpoint| !is_it(endpoint));
            // What is published goes through another of its networks, while there is one.
            if container.endpoints.is_empty() {
                container.bindings.clear();
            }
        });
        if let Ok(network) = found {
            self.did(What::Disconnected, network.object());
        }
        Ok(())
    }
}
