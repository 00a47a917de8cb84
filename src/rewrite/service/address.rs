//! What a service listens on, and under which host port.

use crate::docker::images::well_known;
use crate::docker::servers;
use crate::symbol::Value;
use crate::workflow::{Job, Service};

/// A port of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// The host's, where it is fixed.
    pub host: Option<u16>,
    /// The container's own.
    pub container: u16,
}

/// How a service is reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// Its id, which is its host name in the job's network.
    pub id: String,
    /// What it runs.
    pub image: String,
    /// Its TCP ports: those of `ports:`, in their order, then those its image is known for.
    pub ports: Vec<Port>,
    /// How many of them `ports:` names.
    pub written: usize,
}

/// The addresses of a job's services.
pub fn addresses(job: &Job) -> Vec<Address> {
    job.services.iter().map(Address::of).collect()
}

impl Address {
    /// How a service is reached.
    pub fn of(service: &Service) -> Self {
        let image = service.container.image.as_ref().map_or("", |image| image.value());
        let entries = service.container.ports.iter().flat_map(|ports| &ports.value);
        let mut ports: Vec<Port> = entries.filter_map(|entry| Port::read(entry.value())).collect();
        let written = ports.len();
        if let Some((known, _)) = well_known(&Value::literal(image)) {
            for &container in known.ports {
                if !ports.iter().any(|port| port.container == container) {
                    ports.push(Port { host: None, container });
                }
            }
        }
        Self { id: service.id.value().to_owned(), image: image.to_owned(), ports, written }
    }

    /// The port that is meant by a number behind `localhost`.
    pub fn by_host(&self, number: u16) -> Option<Port> {
        self.ports.iter().copied().find(|port| port.host == Some(number))
    }

    /// The port that is meant by a number behind the service's own name.
    pub fn by_container(&self, number: u16) -> Option<Port> {
        self.ports.iter().copied().find(|port| port.container == number)
    }

    /// Whether a word (`pg`, `mysql`) is in the image's or service's name.
    pub fn is_kind(&self, word: &str) -> bool {
        let word = word.to_ascii_lowercase();
        let name = self.image.split([':', '@']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        servers::is_meant(&word, &[name, &self.id])
            .unwrap_or_else(|| self.id.to_ascii_lowercase() == word || name == word)
    }
}

impl Port {
    /// `5432`, `5432:5432`, `127.0.0.1:5432:5432/tcp`; a range, UDP and an expression are none.
    fn read(text: &str) -> Option<Self> {
        let text = match text.split_once('/') {
            Some((text, "tcp")) => text,
            Some(_) => return None,
            None => text,
        };
        let mut pieces = text.rsplit(':');
        let container = pieces.next()?.trim().parse().ok()?;
        let host = pieces.next().and_then(|host| host.parse().ok()).filter(|host| *host != 0);
        Some(Self { host, container })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_as_they_are_written() {
        let read = |text| Port::read(text).map(|port| (port.host, port.container));
        assert_eq!(read("5432"), Some((None, 5432)));
        assert_eq!(read("15432:5432/tcp"), Some((Some(15432), 5432)));
        assert_eq!(read("127.0.0.1:1:2"), Some((Some(1), 2)));
        assert_eq!(read("0:2"), Some((None, 2)));
        assert_eq!(read("53:53/udp"), None);
        assert_eq!(read("8000-8010:8000-8010"), None);
    }
}
