//! Where an address leads, from where it is asked.

use super::daemon::Machine;
use super::maker::Maker;
use super::programs;
use super::spec::{Mode, Protocol};
use super::state::{Binding, Container, Listener, Network};

/// From where an address is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The host itself.
    Host,
    /// Inside a container, by its id.
    Container(String),
}

/// What an address leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// A container's port.
    Container {
        /// Its id.
        id: String,
        /// The port in it.
        port: u16,
    },
    /// One of several containers, nobody knows which: they share a name on a network.
    OneOf(Vec<String>, u16),
    /// A process of the host.
    Process(Maker),
    /// Nothing, and why.
    Nothing(String),
}

/// Whose ports `localhost` means.
enum Home<'a> {
    Host,
    Container(&'a Container),
    Gone,
}

impl Machine {
    /// A process of the host listens from now on; `false` when the port is taken.
    pub fn listen(&mut self, ip: &str, port: u16, maker: Maker, program: &str) -> bool {
        if self.is_taken(ip, port) {
            return false;
        }
        let (ip, program) = (ip.to_owned(), program.to_owned());
        self.listeners.push(Listener { ip, port, maker, program, is_stale: false });
        true
    }

    /// Whether somebody has a port of the host.
    pub fn is_taken(&self, ip: &str, port: u16) -> bool {
        let is_it = |other: &Listener| other.port == port && (other.ip == ip || is_all(&other.ip) || is_all(ip));
        self.published_at(ip, port).is_some() || self.on_host(port).is_some() || self.listeners.iter().any(is_it)
    }

    /// The runner deletes the directories of a job that is over. What the job has left running goes on.
    pub fn abandon(&mut self, maker: Maker) {
        let left = self.listeners.iter_mut().filter(|listener| listener.maker == maker);
        left.for_each(|listener| listener.is_stale = true);
    }

    /// The processes of that program end whose jobs are over.
    pub fn end_stale(&mut self, program: &str) {
        self.listeners.retain(|listener| !listener.is_stale || listener.program != program);
    }

    /// The processes of the host that listen on a port end: one's own, or whose ever they are.
    pub fn hang_up(&mut self, port: u16, whose: Option<Maker>) {
        self.listeners.retain(|listener| listener.port != port || whose.is_some_and(|maker| maker != listener.maker));
    }

    /// All processes of a job end, but for those on these ports.
    pub fn reap(&mut self, maker: Maker, but: &[u16]) {
        self.listeners.retain(|listener| listener.maker != maker || but.contains(&listener.port));
    }

    /// The processes of the host that listen: their ports, and who started them.
    pub fn servers(&self) -> impl Iterator<Item = (u16, Maker)> {
        self.listeners.iter().map(|listener| (listener.port, listener.maker))
    }

    /// Whether processes at a place listen on the host's ports.
    pub fn is_on_host(&self, place: &Place) -> bool {
        match place {
            Place::Host => true,
            Place::Container(id) => matches!(self.home(id), Home::Host),
        }
    }

    /// What an address leads to.
    pub fn reach(&self, from: &Place, host: &str, port: u16) -> Reached {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        let home = match from {
            Place::Host => Home::Host,
            Place::Container(id) => self.home(id),
        };
        let is_local = host == "localhost" || host.starts_with("127.") || host == "::1" || host == "0.0.0.0";
        match home {
            Home::Gone => Reached::Nothing("the client's container does not run".to_owned()),
            Home::Host if is_local => self.on_host_at("127.0.0.1", port),
            Home::Container(container) if is_local => self.inside(container, port),
            Home::Host if is_address(&host) => self.at_address(&host, port, None),
            Home::Host => Reached::Nothing(format!("the host does not resolve the name {host}")),
            Home::Container(container) if is_address(&host) => self.at_address(&host, port, Some(container)),
            Home::Container(container) => {
                let told = container.spec.host_names.contains(&host);
                if told { self.on_host_at("172.17.0.1", port) } else { self.by_name(container, &host, port) }
            }
        }
    }

    /// Whose network a container has.
    fn home(&self, id: &str) -> Home<'_> {
        let Some(container) = self.at(id).filter(|container| container.state.is_up()) else { return Home::Gone };
        match (&container.spec.mode, &container.shares) {
            (Mode::Host, _) => Home::Host,
            (_, Some(other)) => match self.container(other) {
                Some(other) if other.id != id => self.home(&other.id),
                _ => Home::Gone,
            },
            _ => Home::Container(container),
        }
    }

    /// The container or process that answers at a port of the host.
    fn on_host_at(&self, ip: &str, port: u16) -> Reached {
        if let Some((container, inner)) = self.published_at(ip, port) {
            return self.inside(container, inner);
        }
        if let Some(container) = self.on_host(port) {
            return Reached::Container { id: container.id.clone(), port };
        }
        let heard = self.listeners.iter().find(|listener| listener.port == port && hears(&listener.ip, ip));
        match heard {
            Some(listener) => Reached::Process(listener.maker),
            None => Reached::Nothing(format!("nothing on the host answers at port {port}")),
        }
    }

    fn published_at(&self, ip: &str, port: u16) -> Option<(&Container, u16)> {
        self.containers.iter().filter(|container| container.state.is_up()).find_map(|container| {
            let answers = |binding: &&Binding| {
                binding.host == port && binding.protocol == Protocol::Tcp && hears(&binding.ip, ip)
            };
            Some((&**container, container.bindings.iter().find(answers)?.container))
        })
    }

    /// The container on the host's own network that listens on a port.
    fn on_host(&self, port: u16) -> Option<&Container> {
        let hosts = self.containers.iter().filter(|one| one.state.is_up() && one.spec.mode == Mode::Host);
        let mut listens = hosts.filter(|one| programs::listens(&one.spec).is_some_and(|ports| ports.contains(&port)));
        listens.next().map(|container| &**container)
    }

    /// A port inside a container, or inside one that shares its network.
    fn inside(&self, container: &Container, port: u16) -> Reached {
        if container.state == super::State::Paused {
            return Reached::Nothing(format!("{} is paused", container.name));
        }
        let sharing = self.containers.iter().filter(|other| {
            other.id == container.id || other.shares.as_ref() == Some(&container.id) && other.state.is_up()
        });
        let all: Vec<&Container> = sharing.map(|one| &**one).collect();
        let certain = all.iter().find(|one| programs::listens(&one.spec).is_some_and(|ports| ports.contains(&port)));
        // What is published or nobody knows answers; a `sleep` does not.
        let published = |one: &&&Container| {
            one.bindings.iter().any(|binding| binding.container == port)
                && programs::listens(&one.spec).is_none_or(|ports| !ports.is_empty())
        };
        let unknown = |one: &&&Container| programs::listens(&one.spec).is_none();
        let found = certain.or_else(|| all.iter().find(published)).or_else(|| all.iter().find(unknown));
        match found {
            Some(one) => Reached::Container { id: one.id.clone(), port },
            None => Reached::Nothing(format!("nothing listens on port {port} of {}", container.name)),
        }
    }

    fn at_address(&self, address: &str, port: u16, from: Option<&Container>) -> Reached {
        let gateway =
            self.networks.iter().any(|network| !network.prefix.is_empty() && format!("{}1", network.prefix) == address);
        if gateway {
            return self.on_host_at(address, port);
        }
        for container in self.containers.iter().filter(|container| container.state.is_up()) {
            let has = |endpoint: &&super::state::Endpoint| endpoint.address.as_deref() == Some(address);
            let Some(endpoint) = container.endpoints.iter().find(has) else { continue };
            let together = from.is_none_or(|from| from.endpoints.iter().any(|own| own.network == endpoint.network));
            return if together {
                self.inside(container, port)
            } else {
                Reached::Nothing(format!("{} is on another network than the client", container.name))
            };
        }
        // An address of the machine's own: what is published everywhere answers there.
        self.on_host_at(address, port)
    }

    fn by_name(&self, from: &Container, host: &str, port: u16) -> Reached {
        let own = host == from.name || from.id.get(..12) == Some(host);
        if own {
            return self.inside(from, port);
        }
        let mut on_default = false;
        let mut known: Vec<&Container> = Vec::new();
        for endpoint in &from.endpoints {
            let Ok(network) = self.find_network(&endpoint.network) else { continue };
            if network.is_own() {
                on_default = true;
                continue;
            }
            known.extend(self.named(network, host));
        }
        if on_default && known.is_empty() {
            let linked = from.spec.links.iter().any(|link| link == host);
            known.extend(self.container(host).filter(|_| linked).map(|container| &**container));
        }
        known.dedup_by(|one, other| one.id == other.id);
        match known.as_slice() {
            [] if on_default && from.endpoints.len() == 1 => {
                Reached::Nothing(format!("Docker's default network resolves no names, so {host} is unknown"))
            }
            [] => Reached::Nothing(format!("no running container is called {host} on the networks of {}", from.name)),
            [one] => self.inside(one, port),
            several => Reached::OneOf(several.iter().map(|one| one.id.clone()).collect(), port),
        }
    }

    /// The running containers that a network knows by a name.
    fn named<'a>(&'a self, network: &'a Network, name: &str) -> Vec<&'a Container> {
        let is_called = |container: &Container, aliases: &[String]| {
            container.name.eq_ignore_ascii_case(name)
                || container.id.get(..12) == Some(name)
                || aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
        };
        self.on_network(network)
            .filter(|(container, endpoint)| container.state.is_up() && is_called(container, &endpoint.aliases))
            .map(|(container, _)| &**container)
            .collect()
    }
}

fn is_all(ip: &str) -> bool {
    matches!(ip, "0.0.0.0" | "::")
}

/// Whether what is bound to an address answers when it is asked at another.
fn hears(bound: &str, asked: &str) -> bool {
    is_all(bound) || bound == asked || bound.starts_with("127.") && asked.starts_with("127.")
}

fn is_address(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok()
}
