//! Compose files (<https://github.com/compose-spec/compose-spec/blob/main/spec.md>), as written: nothing is
//! interpolated, merged or extended here.

mod mount;
mod port;
mod resource;

pub use mount::{Mount, MountKind};
pub use port::Port;
pub use resource::{Include, Resource};

use super::NotThis;
use super::field::{Datum, Field, Oddity, Scalar, Tag, Vars, Words};
use super::read::{Reader, field};
use crate::source::Span;
use crate::yaml::{Entry, Node, NodeKind, Tree};

/// A compose file.
#[derive(Clone, Debug)]
pub struct Compose {
    /// `name`: the project's
    pub name: Option<Box<Field<Scalar>>>,
    /// `services`
    pub services: Vec<ComposeService>,
    /// `networks`
    pub networks: Vec<Resource>,
    /// `volumes`
    pub volumes: Vec<Resource>,
    /// `include`
    pub include: Vec<Include>,
    /// What has the wrong shape.
    pub oddities: Vec<Oddity>,
}

/// One of a compose file's services.
#[derive(Clone, Debug)]
pub struct ComposeService {
    /// Its id, the key.
    pub id: Scalar,
    /// `!reset` or `!override` on the service.
    pub tag: Option<Box<Tag>>,
    /// `image`
    pub image: Option<Box<Field<Scalar>>>,
    /// `build`
    pub build: Option<Box<Field<Build>>>,
    /// `ports`
    pub ports: Option<Box<Field<Vec<Port>>>>,
    /// `expose`
    pub expose: Option<Box<Field<Vec<Scalar>>>>,
    /// `container_name`
    pub container_name: Option<Box<Field<Scalar>>>,
    /// `hostname`
    pub hostname: Option<Box<Field<Scalar>>>,
    /// `network_mode`
    pub network_mode: Option<Box<Field<Scalar>>>,
    /// `networks`
    pub networks: Option<Box<Field<Vec<ServiceNetwork>>>>,
    /// `volumes`
    pub volumes: Option<Box<Field<Vec<Mount>>>>,
    /// The paths of `tmpfs`.
    pub tmpfs: Vec<String>,
    /// `restart`
    pub restart: Option<Box<Field<Scalar>>>,
    /// `pull_policy`
    pub pull_policy: Option<Box<Field<Scalar>>>,
    /// `profiles`
    pub profiles: Option<Box<Field<Vec<Scalar>>>>,
    /// `depends_on`
    pub depends_on: Option<Box<Field<Vec<Dependency>>>>,
    /// The services that it cannot start without, although `depends_on` need not name them: those of `links`,
    /// `volumes_from`, and of `pid`, `ipc` and the like (`service:NAME`).
    pub joined: Vec<String>,
    /// `command`
    pub command: Option<Box<Field<Words>>>,
    /// `entrypoint`
    pub entrypoint: Option<Box<Field<Words>>>,
    /// `environment`
    pub environment: Vars,
    /// The paths of `env_file`.
    pub env_file: Vec<Scalar>,
    /// `labels`
    pub labels: Vars,
    /// `healthcheck`
    pub healthcheck: Option<Box<Field<Datum>>>,
    /// `deploy`
    pub deploy: Option<Box<Field<Datum>>>,
    /// `extends`
    pub extends: Option<Box<Field<Extends>>>,
    /// `privileged`
    pub privileged: Option<Box<Field<Scalar>>>,
    /// `pid`
    pub pid: Option<Box<Field<Scalar>>>,
}

/// `build`
#[derive(Clone, Debug)]
pub struct Build {
    /// `context`, or the whole value in the short form.
    pub context: Option<Scalar>,
    /// `dockerfile`
    pub dockerfile: Option<Box<Field<Scalar>>>,
    /// `target`
    pub target: Option<Box<Field<Scalar>>>,
    /// `args`
    pub args: Vars,
    /// `tags`
    pub tags: Option<Box<Field<Vec<Scalar>>>>,
}

/// A network that a service joins.
#[derive(Clone, Debug)]
pub struct ServiceNetwork {
    /// The network's key in the file.
    pub name: Scalar,
    /// `aliases`
    pub aliases: Vec<Scalar>,
}

/// A service that must be up before.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Its id.
    pub service: Scalar,
    /// `condition`; the short form waits for the start only.
    pub condition: Option<Box<Field<Scalar>>>,
}

/// `extends`
#[derive(Clone, Debug)]
pub struct Extends {
    /// `service`, or the whole value in the short form.
    pub service: Option<Scalar>,
    /// `file`; without it, this one.
    pub file: Option<Box<Field<Scalar>>>,
}

impl Compose {
    /// Reads a compose file.
    ///
    /// # Errors
    /// [`NotThis`] when it has neither a `services:` mapping nor an `include:` nor other parts of a
    /// compose file.
    pub fn read(tree: &Tree) -> Result<Self, NotThis> {
        let root = tree.root().ok_or_else(|| NotThis::new(Span::new(0, 0), "the file is empty"))?;
        let is_mapping = |key: &str| root.get(key).is_some_and(|node| node.kind() == NodeKind::Mapping);
        if !is_mapping("services") && root.get("include").is_none() && !is_mapping("networks") && !is_mapping("volumes")
        {
            return Err(NotThis::new(root.span(), "this is no compose file: it has no `services:` mapping"));
        }
        let mut reader = Reader::default();
        for again in tree.repeated_keys() {
            let key = again.as_str().unwrap_or_default();
            reader.odd(again.span(), format!("the second `{key}` of this mapping; Docker Compose refuses such a file"));
        }
        let services = root.entry("services").and_then(|entry| reader.mapping(entry)).map(|services| {
            services.entries().filter_map(|entry| ComposeService::read(&mut reader, entry)).collect::<Vec<_>>()
        });
        Ok(Self {
            name: reader.scalar(root, "name"),
            services: services.unwrap_or_default(),
            networks: Resource::read_all(&mut reader, root, "networks"),
            volumes: Resource::read_all(&mut reader, root, "volumes"),
            include: Include::read_all(&mut reader, root),
            oddities: reader.oddities,
        })
    }

    /// The service of that id.
    pub fn service(&self, id: &str) -> Option<&ComposeService> {
        self.services.iter().find(|service| service.id.value() == id)
    }
}

impl ComposeService {
    fn read(reader: &mut Reader, entry: Entry<'_>) -> Option<Self> {
        let id = Scalar::of(entry.key)?;
        let node = entry.value;
        if node.kind() != NodeKind::Mapping && !(node.is_null() && node.tag().is_some()) {
            reader.odd(node.span(), format!("the service `{}` takes a mapping", id.value()));
            return None;
        }
        Some(Self {
            id,
            tag: Tag::of(node),
            image: reader.scalar(node, "image"),
            build: Build::read(reader, node),
            ports: each(node, "ports", |item| Port::read(reader, item)),
            expose: reader.scalars(node, "expose"),
            container_name: reader.scalar(node, "container_name"),
            hostname: reader.scalar(node, "hostname"),
            network_mode: reader.scalar(node, "network_mode"),
            networks: read_networks(reader, node),
            volumes: each(node, "volumes", |item| Mount::read(reader, item)),
            tmpfs: read_tmpfs(node),
            restart: reader.scalar(node, "restart"),
            pull_policy: reader.scalar(node, "pull_policy"),
            profiles: reader.scalars(node, "profiles"),
            depends_on: read_dependencies(reader, node),
            joined: read_joined(node),
            command: reader.words(node, "command"),
            entrypoint: reader.words(node, "entrypoint"),
            environment: reader.vars(node, "environment"),
            env_file: read_env_files(reader, node),
            labels: reader.vars(node, "labels"),
            healthcheck: reader.datum(node, "healthcheck"),
            deploy: reader.datum(node, "deploy"),
            extends: Extends::read(reader, node),
            privileged: reader.scalar(node, "privileged"),
            pid: reader.scalar(node, "pid"),
        })
    }
}

/// A list field, each item read by `read`.
fn each<T>(node: Node<'_>, key: &str, read: impl FnMut(Node<'_>) -> Option<T>) -> Option<Box<Field<Vec<T>>>> {
    let entry = node.entry(key)?;
    Some(field(entry, entry.value.items().filter_map(read).collect()))
}

fn read_networks(reader: &mut Reader, node: Node<'_>) -> Option<Box<Field<Vec<ServiceNetwork>>>> {
    let entry = node.entry("networks")?;
    let networks = match entry.value.kind() {
        NodeKind::Mapping => {
            let one = |entry: Entry<'_>| {
                let aliases = reader.scalars(entry.value, "aliases").map(|field| field.value).unwrap_or_default();
                Some(ServiceNetwork { name: Scalar::of(entry.key)?, aliases })
            };
            entry.value.entries().filter_map(one).collect()
        }
        _ => {
            let names = reader.list("networks", entry.value).into_iter();
            names.map(|name| ServiceNetwork { name, aliases: Vec::new() }).collect()
        }
    };
    Some(field(entry, networks))
}

fn read_dependencies(reader: &mut Reader, node: Node<'_>) -> Option<Box<Field<Vec<Dependency>>>> {
    let entry = node.entry("depends_on")?;
    let dependencies = match entry.value.kind() {
        NodeKind::Mapping => {
            let one = |entry: Entry<'_>| {
                Some(Dependency { service: Scalar::of(entry.key)?, condition: reader.scalar(entry.value, "condition") })
            };
            entry.value.entries().filter_map(one).collect()
        }
        _ => {
            let services = reader.list("depends_on", entry.value).into_iter();
            services.map(|service| Dependency { service, condition: None }).collect()
        }
    };
    Some(field(entry, dependencies))
}

/// The paths of `tmpfs`, without their options: one or a list of `/run:size=64m`.
fn read_tmpfs(node: Node<'_>) -> Vec<String> {
    let Some(value) = node.get("tmpfs") else { return Vec::new() };
    let written = value.as_str().into_iter().chain(value.items().filter_map(|item| item.as_str()));
    written.filter_map(|one| one.split(':').next()).map(str::to_owned).collect()
}

/// Keys whose value `service:NAME` has the service share something of another one's (compose-go, loader/normalize.go).
const SHARED: [&str; 5] = ["network_mode", "ipc", "pid", "uts", "cgroup"];

/// The services that `links` (`db:alias`), `volumes_from` (`db:ro`, not `container:NAME`) and [`SHARED`] name.
fn read_joined(node: Node<'_>) -> Vec<String> {
    let lists = ["links", "volumes_from"].into_iter().filter_map(|key| node.get(key));
    let listed = lists.flat_map(|list| list.items()).filter_map(|item| item.as_str());
    let listed = listed.filter_map(|item| item.split(':').next()).filter(|name| *name != "container");
    let shared = SHARED.into_iter().filter_map(|key| node.get(key)?.as_str()?.strip_prefix("service:"));
    listed.chain(shared).map(str::to_owned).collect()
}

/// One path, a list of them, or a list of `{path, required}`.
fn read_env_files(reader: &mut Reader, node: Node<'_>) -> Vec<Scalar> {
    let Some(value) = node.get("env_file") else { return Vec::new() };
    if value.kind() == NodeKind::Scalar {
        return reader.list("env_file", value);
    }
    let path = |item: Node<'_>| match item.kind() {
        NodeKind::Mapping => reader.scalar(item, "path").map(|field| field.value),
        _ => Scalar::of(item),
    };
    value.items().filter_map(path).collect()
}

impl Build {
    fn read(reader: &mut Reader, node: Node<'_>) -> Option<Box<Field<Self>>> {
        let entry = node.entry("build")?;
        let build = match Scalar::of(entry.value) {
            Some(scalar) if scalar.is_null => return None,
            Some(context) => {
                Self { context: Some(context), dockerfile: None, target: None, args: Vars::default(), tags: None }
            }
            None => {
                let node = reader.mapping(entry)?;
                Self {
                    context: reader.scalar(node, "context").map(|field| field.value),
                    dockerfile: reader.scalar(node, "dockerfile"),
                    target: reader.scalar(node, "target"),
                    args: reader.vars(node, "args"),
                    tags: reader.scalars(node, "tags"),
                }
            }
        };
        Some(field(entry, build))
    }
}

impl Extends {
    fn read(reader: &mut Reader, node: Node<'_>) -> Option<Box<Field<Self>>> {
        let entry = node.entry("extends")?;
        let extends = match Scalar::of(entry.value) {
            Some(service) => Self { service: Some(service), file: None },
            None => {
                let node = reader.mapping(entry)?;
                let service = reader.scalar(node, "service").map(|field| field.value);
                Self { service, file: reader.scalar(node, "file") }
            }
        };
        Some(field(entry, extends))
    }
}
