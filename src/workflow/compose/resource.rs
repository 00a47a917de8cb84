//! Top-level networks, volumes and includes of a compose file.

use super::super::field::{Field, Scalar, Tag, Vars};
use super::super::read::Reader;
use crate::source::Span;
use crate::yaml::{Entry, Node, NodeKind};

/// One of the top-level `networks:` or `volumes:`.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its key in the file.
    pub key: Scalar,
    /// `name`: its name on the daemon; without it the project's name comes before the key.
    pub name: Option<Box<Field<Scalar>>>,
    /// `external`: it must exist already. The old form `external: {name: …}` counts, and gives the name.
    pub external: Option<Box<Field<Scalar>>>,
    /// `driver`
    pub driver: Option<Box<Field<Scalar>>>,
    /// Of a network each `subnet` of its `ipam`: a daemon has no two networks that share an address.
    pub subnets: Vec<Scalar>,
    /// Of a volume that is a directory of the host (`driver_opts: {o: bind, device: /srv/pg}`) that directory.
    pub device: Option<Scalar>,
    /// `labels`
    pub labels: Vars,
    /// `!reset` or `!override`
    pub tag: Option<Box<Tag>>,
}

/// One item of `include:`.
#[derive(Clone, Debug)]
pub struct Include {
    /// The files: later ones override earlier ones.
    pub paths: Vec<Scalar>,
    /// `project_directory`
    pub project_directory: Option<Box<Field<Scalar>>>,
    /// `env_file`
    pub env_file: Vec<Scalar>,
    /// The whole item.
    pub span: Span,
}

impl Resource {
    pub(super) fn read_all(reader: &mut Reader, root: Node<'_>, key: &str) -> Vec<Self> {
        let Some(node) = root.entry(key).and_then(|entry| reader.mapping(entry)) else { return Vec::new() };
        node.entries().filter_map(|entry| Self::read(reader, entry)).collect()
    }

    fn read(reader: &mut Reader, entry: Entry<'_>) -> Option<Self> {
        let key = Scalar::of(entry.key)?;
        let node = entry.value;
        let old_form = node.entry("external").filter(|entry| entry.value.kind() == NodeKind::Mapping);
        let external = match old_form {
            Some(entry) => Some(super::field(entry, Scalar::of(entry.key)?)),
            None => reader.scalar(node, "external"),
        };
        let name = reader.scalar(node, "name");
        Some(Self {
            key,
            name: name.or_else(|| reader.scalar(old_form?.value, "name")),
            external,
            driver: reader.scalar(node, "driver"),
            subnets: subnets(node),
            device: device(node),
            labels: reader.vars(node, "labels"),
            tag: Tag::of(node),
        })
    }

    /// Whether it is certainly made by others; `external: ${VAR}` is not known.
    pub fn is_external(&self) -> Option<bool> {
        match &self.external {
            None => Some(false),
            Some(field) if field.value.value() == "external" => Some(true),
            Some(field) => field.as_bool(),
        }
    }
}

impl Include {
    pub(super) fn read_all(reader: &mut Reader, root: Node<'_>) -> Vec<Self> {
        let Some(node) = root.get("include") else { return Vec::new() };
        node.items().map(|item| Self::read(reader, item)).collect()
    }

    fn read(reader: &mut Reader, item: Node<'_>) -> Self {
        let span = item.full_span();
        if let Some(path) = Scalar::of(item) {
            return Self { paths: vec![path], project_directory: None, env_file: Vec::new(), span };
        }
        let mut list = |key| reader.scalars(item, key).map(|field| field.value).unwrap_or_default();
        let (paths, env_file) = (list("path"), list("env_file"));
        Self { paths, project_directory: reader.scalar(item, "project_directory"), env_file, span }
    }
}

/// `driver_opts: { o: bind, device: … }`
fn device(volume: Node<'_>) -> Option<Scalar> {
    let options = volume.get("driver_opts")?;
    let is_bind = options.get("o")?.as_str()?.split(',').any(|option| matches!(option.trim(), "bind" | "rbind"));
    Scalar::of(options.get("device").filter(|_| is_bind)?)
}

/// `ipam: { config: [{ subnet: … }] }`
fn subnets(network: Node<'_>) -> Vec<Scalar> {
    let pools = network.get("ipam").and_then(|ipam| ipam.get("config"));
    pools.into_iter().flat_map(|pools| pools.items()).filter_map(|pool| Scalar::of(pool.get("subnet")?)).collect()
}
