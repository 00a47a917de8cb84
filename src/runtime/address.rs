//! Where a running sibling is reached, read from the daemon's answer.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use bollard::models::{ContainerInspectResponse, PortBinding, PortMap};

use super::export::{self, Address, Port};
use super::{Error, Result};

/// The bindings that publish these ports on 127.0.0.1, each under a free port of the host.
pub fn bindings(ports: &[Port]) -> PortMap {
    let anywhere = PortBinding { host_ip: Some(Ipv4Addr::LOCALHOST.to_string()), host_port: Some(String::new()) };
    ports.iter().map(|port| (port.docker(), Some(vec![anywhere.clone()]))).collect()
}

/// The container's address; `published` says that it was made with [`bindings`].
///
/// # Errors
/// The daemon's answer holds no address, or not every published port.
pub fn read(container: &ContainerInspectResponse, ports: &[Port], published: bool) -> Result<Address> {
    if !published {
        return Ok(Address { host: export::address(&own(container))?, published: HashMap::new() });
    }
    let settings = container.network_settings.as_ref().and_then(|s| s.ports.as_ref());
    let mut map = HashMap::new();
    for port in ports {
        let bound = settings.and_then(|all| all.get(&port.docker())?.as_ref()?.first()?.host_port.clone());
        let number = bound.and_then(|text| text.parse().ok()).ok_or_else(|| {
            Error::failed(
                format!("the daemon did not publish port {}", port.docker()),
                "it may be out of free ports: docker ps shows what is published",
            )
        })?;
        map.insert(port.number, number);
    }
    Ok(Address { host: IpAddr::V4(Ipv4Addr::LOCALHOST), published: map })
}

/// The address on the one network the container was put on; empty when it has stopped.
fn own(container: &ContainerInspectResponse) -> String {
    let ends = container.network_settings.as_ref().and_then(|s| s.networks.as_ref());
    let addresses = ends
        .into_iter()
        .flat_map(|ends| ends.values())
        .flat_map(|end| [end.ip_address.clone(), end.global_ipv6_address.clone()]);
    addresses.flatten().find(|address| !address.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::NetworkSettings;

    const PG: Port = Port { number: 5432, tcp: true };

    #[test]
    fn a_stopped_container_has_no_address() {
        assert!(read(&ContainerInspectResponse::default(), &[PG], false).is_err());
    }

    #[test]
    fn every_published_port_must_be_known() {
        let with = |ports: PortMap| ContainerInspectResponse {
            network_settings: Some(NetworkSettings { ports: Some(ports), ..Default::default() }),
            ..Default::default()
        };
        let binding = |port: &str| PortBinding { host_port: Some(port.to_owned()), host_ip: None };
        let good = with(PortMap::from([(PG.docker(), Some(vec![binding("32770")]))]));
        assert_eq!(read(&good, &[PG], true).expect("published").of(PG).port(), 32770);
        assert!(read(&with(PortMap::from([(PG.docker(), None)])), &[PG], true).is_err());
        assert!(read(&with(PortMap::new()), &[PG], true).is_err());
    }
}
