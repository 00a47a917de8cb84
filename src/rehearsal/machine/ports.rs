//! Who holds which port of the host.

use super::answer::{Claim, Refusal};
use super::daemon::Machine;
use super::programs;
use super::spec::{Mode, PortWish, Protocol};
use super::state::{Binding, Container, Listener};
use crate::docker::images::well_known;
use crate::symbol::Value;

/// Where docker begins to look for a free port.
const FIRST_FREE: u16 = 32768;
const LAST_FREE: u16 = 60999;

/// Who holds a port.
enum Holder {
    Container(String),
    Process,
}

/// Whether a port bound to the one address keeps it from the other.
fn overlap(one: &str, other: &str) -> bool {
    let is_six = |ip: &str| ip.contains(':');
    let is_all = |ip: &str| matches!(ip, "0.0.0.0" | "::");
    one == other || is_six(one) == is_six(other) && (is_all(one) || is_all(other))
}

impl Machine {
    /// Takes the ports that a container publishes.
    ///
    /// # Errors
    /// One of them is held by another.
    pub(super) fn bind(&mut self, container: &Container) -> Result<Vec<Binding>, Refusal> {
        let mut bindings: Vec<Binding> = Vec::new();
        for wish in wishes(container) {
            let ips: Vec<String> = match wish.ip.as_deref() {
                None | Some("") => vec!["0.0.0.0".to_owned(), "::".to_owned()],
                Some(ip) => vec![ip.trim_matches(['[', ']']).to_owned()],
            };
            let is_free = |machine: &Self, bindings: &[Binding], port| {
                let own = |binding: &Binding| {
                    binding.host == port
                        && binding.protocol == wish.protocol
                        && ips.iter().any(|ip| overlap(ip, &binding.ip))
                };
                !bindings.iter().any(own)
                    && ips.iter().all(|ip| machine.holder(ip, port, wish.protocol, &container.id).is_none())
            };
            let (first, last) = wish.host.unwrap_or((FIRST_FREE, LAST_FREE));
            let range = (ips.first().cloned().unwrap_or_default(), wish.protocol, first, last);
            let after = self.last_ports.get(&range).copied().unwrap_or(last);
            let mut ports =
                (first..=last).filter(|port| *port > after).chain((first..=last).filter(|port| *port <= after));
            let Some(host) = ports.find(|port| is_free(self, &bindings, *port)) else {
                return Err(self.taken(&container.name, &ips, first, wish.protocol, &container.id));
            };
            self.last_ports.insert(range, host);
            let binding = |ip| Binding { ip, host, container: wish.container, protocol: wish.protocol };
            bindings.extend(ips.into_iter().map(binding));
        }
        Ok(bindings)
    }

    fn taken(&mut self, name: &str, ips: &[String], port: u16, protocol: Protocol, id: &str) -> Refusal {
        let ip = ips.first().map(String::as_str).unwrap_or_default();
        let why = match ips.iter().find_map(|ip| self.holder(ip, port, protocol, id)) {
            Some(Holder::Container(holder)) => {
                if let Some(holder) = self.at(&holder) {
                    let object = holder.object();
                    self.refused(Claim::Port(ip.to_owned(), port), object);
                }
                format!("Bind for {ip}:{port} failed: port is already allocated")
            }
            _ => format!("Error starting userland proxy: listen tcp4 {ip}:{port}: bind: address already in use"),
        };
        Refusal::daemon(format!("driver failed programming external connectivity on endpoint {name}: {why}"))
    }

    /// Who holds a port of the host, other than this container.
    fn holder(&self, ip: &str, port: u16, protocol: Protocol, except: &str) -> Option<Holder> {
        let others = || self.containers.iter().filter(|other| other.id != except && other.state.is_up());
        let holds =
            |binding: &Binding| binding.host == port && binding.protocol == protocol && overlap(ip, &binding.ip);
        let published = others().find(|other| other.bindings.iter().any(holds));
        let on_host = |other: &&std::sync::Arc<Container>| {
            other.spec.mode == Mode::Host
                && protocol == Protocol::Tcp
                && programs::listens(&other.spec).is_some_and(|ports| ports.contains(&port))
        };
        if let Some(holder) = published.or_else(|| others().find(on_host)) {
            return Some(Holder::Container(holder.id.clone()));
        }
        let listens = |listener: &&Listener| listener.port == port && overlap(ip, &listener.ip);
        (protocol == Protocol::Tcp && self.listeners.iter().any(|listener| listens(&listener)))
            .then_some(Holder::Process)
    }

    /// Whether a program that listens on the host's own network finds its port taken.
    pub(super) fn is_taken_on_host(&mut self, container: &Container) -> bool {
        let ports = programs::listens(&container.spec).unwrap_or_default();
        let Some(port) =
            ports.into_iter().find(|port| self.holder("0.0.0.0", *port, Protocol::Tcp, &container.id).is_some())
        else {
            return false;
        };
        if let Some(Holder::Container(holder)) = self.holder("0.0.0.0", port, Protocol::Tcp, &container.id)
            && let Some(holder) = self.at(&holder)
        {
            let object = holder.object();
            self.refused(Claim::Port("0.0.0.0".to_owned(), port), object);
        }
        true
    }
}

/// The ports to publish, those of `-P` included.
fn wishes(container: &Container) -> Vec<PortWish> {
    let spec = &container.spec;
    if spec.mode != Mode::Own || container.endpoints.is_empty() {
        return Vec::new();
    }
    let mut wishes = spec.ports.clone();
    if spec.publish_all {
        for (port, protocol) in exposed(container) {
            if !wishes.iter().any(|wish| wish.container == port && wish.protocol == protocol) {
                wishes.push(PortWish { ip: None, host: None, container: port, protocol });
            }
        }
    }
    wishes.sort_by_key(|wish| (wish.container, wish.protocol));
    wishes
}

/// The ports that image and options say it listens on.
pub(super) fn exposed(container: &Container) -> Vec<(u16, Protocol)> {
    let image = well_known(&Value::literal(&*container.spec.image));
    let declared = image.map(|(image, _)| image.ports).unwrap_or_default();
    let mut ports: Vec<(u16, Protocol)> = declared.iter().map(|port| (*port, Protocol::Tcp)).collect();
    ports.extend(&container.spec.exposed);
    ports.sort_unstable();
    ports.dedup();
    ports
}
