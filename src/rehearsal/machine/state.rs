//! What a daemon keeps.

use std::sync::Arc;

use super::answer::Object;
use super::maker::Maker;
use super::spec::{MountWish, Protocol, Spec};
use crate::docker::ObjectKind;

/// A container's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Made, never started; or its start failed.
    Created,
    /// Its program runs.
    Running,
    /// Its program is frozen.
    Paused,
    /// Its program ends again and again, and is started again.
    Restarting,
    /// Its program has ended.
    Exited,
}

impl State {
    /// Its name in docker's listings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Exited => "exited",
        }
    }

    /// Whether docker takes it for running: it holds ports, addresses and what is mounted.
    pub fn is_up(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Restarting)
    }
}

/// A container.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) maker: Maker,
    pub(super) spec: Arc<Spec>,
    pub(super) image_id: String,
    pub(super) state: State,
    /// How its program ended last.
    pub(super) exit: u8,
    /// It has been started at least once.
    pub(super) started: bool,
    pub(super) restart: String,
    pub(super) endpoints: Vec<Endpoint>,
    /// Whose network it shares: its id, or the name when nobody had it yet.
    pub(super) shares: Option<String>,
    /// The ports of the host it holds while it is up.
    pub(super) bindings: Vec<Binding>,
    pub(super) mounts: Vec<Mounted>,
}

/// A container's place on a network.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Endpoint {
    /// The network's name as it was asked for; its id once the container has been started there.
    pub(super) network: String,
    /// Its name, under which it is listed.
    pub(super) name: String,
    pub(super) aliases: Vec<String>,
    /// The address while it is up.
    pub(super) address: Option<String>,
}

/// A port of the host that leads into a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) ip: String,
    pub(super) host: u16,
    pub(super) container: u16,
    pub(super) protocol: Protocol,
}

/// A volume or a path in a container.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mounted {
    /// The volume's name, or the path of the host.
    pub(super) source: String,
    pub(super) target: String,
    pub(super) is_volume: bool,
    /// A volume that the container itself named.
    pub(super) anonymous: bool,
}

/// A network.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) maker: Maker,
    pub(super) driver: String,
    pub(super) labels: Vec<(String, String)>,
    /// Its addresses begin with this: `172.18.0.`; empty for host and none.
    pub(super) prefix: String,
}

impl Network {
    /// Docker's own: cannot be made or removed.
    pub(super) fn is_own(&self) -> bool {
        matches!(self.name.as_str(), "bridge" | "host" | "none")
    }
}

/// A volume.
#[derive(Clone, Debug)]
pub(super) struct Volume {
    pub(super) name: String,
    pub(super) maker: Maker,
    pub(super) labels: Vec<(String, String)>,
    /// Docker named it: the container that it was made for, by its name.
    pub(super) made_for: Option<String>,
}

/// An image.
#[derive(Clone, Debug)]
pub(super) struct Image {
    /// Without `sha256:`.
    pub(super) id: String,
    pub(super) maker: Maker,
    /// `repository:tag`, as docker shows them.
    pub(super) names: Vec<String>,
    pub(super) labels: Vec<(String, String)>,
    /// It was built or committed here, on top of this image.
    pub(super) parent: Option<String>,
    pub(super) config: ImageConfig,
}

/// What an image hands to the containers that are made of it, as far as it was committed here.
#[derive(Clone, Debug, Default)]
pub(super) struct ImageConfig {
    pub(super) command: Vec<String>,
    pub(super) entrypoint: Option<String>,
    pub(super) exposed: Vec<(u16, Protocol)>,
    /// Paths, each a volume without a name.
    pub(super) volumes: Vec<String>,
    pub(super) health: bool,
}

impl Image {
    /// A container's wishes, with the labels and the settings of its image.
    pub(super) fn fill(&self, mut spec: Spec) -> Spec {
        for (key, value) in &self.labels {
            if label(&spec.labels, key).is_none() {
                spec.labels.push((key.clone(), value.clone()));
            }
        }
        self.config.fill(spec)
    }
}

impl ImageConfig {
    /// What a container hands to the image that is committed of it.
    pub(super) fn of(spec: &Spec) -> Self {
        let published = spec.ports.iter().map(|port| (port.container, port.protocol));
        let volumes = spec.mounts.iter().filter(|mount| mount.is_volume && mount.source.is_none());
        Self {
            command: spec.command.clone(),
            entrypoint: spec.entrypoint.clone(),
            exposed: spec.exposed.iter().copied().chain(published).collect(),
            volumes: volumes.map(|mount| mount.target.clone()).collect(),
            health: spec.health,
        }
    }

    fn fill(&self, mut spec: Spec) -> Spec {
        if spec.command.is_empty() && spec.entrypoint.is_none() {
            spec.command.clone_from(&self.command);
        }
        spec.entrypoint = spec.entrypoint.or_else(|| self.entrypoint.clone());
        spec.exposed.extend(&self.exposed);
        spec.health |= self.health;
        for target in &self.volumes {
            if !spec.mounts.iter().any(|mount| mount.target == *target) {
                spec.mounts.push(MountWish { source: None, target: target.clone(), is_volume: true });
            }
        }
        spec
    }
}

/// A builder of buildx.
#[derive(Clone, Debug)]
pub(super) struct Builder {
    pub(super) name: String,
    pub(super) maker: Maker,
    pub(super) in_use: bool,
}

/// A process of the host that listens.
#[derive(Clone, Debug)]
pub(super) struct Listener {
    pub(super) ip: String,
    pub(super) port: u16,
    /// Who started it.
    pub(super) maker: Maker,
    /// The name of its program.
    pub(super) program: String,
    /// Its job is over, and the directory that it runs in is deleted.
    pub(super) is_stale: bool,
}

/// The value of a label.
pub(super) fn label<'a>(labels: &'a [(String, String)], key: &str) -> Option<&'a str> {
    labels.iter().rev().find(|(set, _)| set == key).map(|(_, value)| value.as_str())
}

/// Compose's labels.
pub(super) const PROJECT: &str = "com.docker.compose.project";
pub(super) const SERVICE: &str = "com.docker.compose.service";
pub(super) const NETWORK: &str = "com.docker.compose.network";
pub(super) const NUMBER: &str = "com.docker.compose.container-number";
pub(super) const ONE_OFF: &str = "com.docker.compose.oneoff";
pub(super) const CONFIG: &str = "com.docker.compose.config-hash";

impl Container {
    /// What others are told of it.
    pub(super) fn object(&self) -> Object {
        let labels = &self.spec.labels;
        Object {
            image: Some(self.spec.image.clone()),
            running: self.state.is_up(),
            ..object(ObjectKind::Container, &self.id, vec![self.name.clone()], self.maker, labels)
        }
    }

    /// It stops: its addresses are others' to have. Where it had them.
    pub(super) fn leaves_networks(&mut self) -> Vec<Endpoint> {
        let left = self.endpoints.clone();
        self.endpoints.iter_mut().for_each(|endpoint| endpoint.address = None);
        left
    }

    /// The endpoint on a network, by its id or name.
    pub(super) fn endpoint(&self, network: &Network) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.is_on(network))
    }
}

impl Endpoint {
    /// Whether it is on this network. One that was never started knows only the name.
    pub(super) fn is_on(&self, network: &Network) -> bool {
        self.network == network.id || self.network == network.name
    }
}

impl Network {
    pub(super) fn object(&self) -> Object {
        object(ObjectKind::Network, &self.id, vec![self.name.clone()], self.maker, &self.labels)
    }
}

impl Volume {
    pub(super) fn object(&self) -> Object {
        let made_for = self.made_for.clone();
        Object { made_for, ..object(ObjectKind::Volume, &self.name, vec![self.name.clone()], self.maker, &self.labels) }
    }
}

impl Image {
    pub(super) fn object(&self) -> Object {
        object(ObjectKind::Image, &self.id, self.names.clone(), self.maker, &self.labels)
    }

    /// The same, by the one name that somebody uses.
    pub(super) fn named(&self, name: String) -> Object {
        object(ObjectKind::Image, &self.id, vec![name], self.maker, &self.labels)
    }
}

impl Builder {
    pub(super) fn object(&self) -> Object {
        object(ObjectKind::Builder, &self.name, vec![self.name.clone()], self.maker, &[])
    }
}

fn object(kind: ObjectKind, id: &str, names: Vec<String>, maker: Maker, labels: &[(String, String)]) -> Object {
    let own = |key| label(labels, key).map(str::to_owned);
    let (project, service) = (own(PROJECT), own(SERVICE));
    Object { kind, id: id.to_owned(), names, maker, image: None, project, service, made_for: None, running: false }
}
