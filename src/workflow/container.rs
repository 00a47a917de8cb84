//! `container:` and `services:` of a job.

use super::field::{Field, Scalar, Vars, Words};
use super::read::Reader;
use crate::source::Span;
use crate::yaml::{Entry, Node, NodeId, NodeKind};

/// What a job or a service runs in.
#[derive(Clone, Debug, Default)]
pub struct Container {
    /// `image`, or the whole value in the short form.
    pub image: Option<Scalar>,
    /// `env`
    pub env: Vars,
    /// `options`
    pub options: Option<Box<Field<Scalar>>>,
    /// `network`: no runner knows it, but it is written.
    pub network: Option<Box<Field<Scalar>>>,
    /// `ports`
    pub ports: Option<Box<Field<Vec<Scalar>>>>,
    /// `volumes`
    pub volumes: Option<Box<Field<Vec<Scalar>>>>,
    /// Where `credentials` stands, a registry's login.
    pub credentials: Option<Box<Field<()>>>,
    /// `cmd` or `command`: Gitea's and GitHub's name for it.
    pub command: Option<Box<Field<Words>>>,
    /// `entrypoint`
    pub entrypoint: Option<Box<Field<Words>>>,
}

/// One of `services:`.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its id, the key, which is its host name for a job in a container.
    pub id: Scalar,
    /// What it runs.
    pub container: Container,
    /// The whole entry.
    pub span: Span,
    /// The value's node.
    pub node: NodeId,
    /// It came in through `<<`, or its value is an alias: an edit of it changes others too.
    pub shared: bool,
}

impl Container {
    pub(super) fn read(reader: &mut Reader, node: Node<'_>) -> Self {
        if node.kind() != NodeKind::Mapping {
            let image = Scalar::of(node).filter(|scalar| !scalar.is_null);
            if image.is_none() && !node.is_null() {
                reader.odd(node.span(), "a container is an image, or a mapping with `image:`");
            }
            return Self { image, ..Self::default() };
        }
        let image = reader.scalar(node, "image");
        Self {
            image: image.map(|field| field.value),
            env: reader.vars(node, "env"),
            options: reader.scalar(node, "options"),
            network: reader.scalar(node, "network"),
            ports: reader.scalars(node, "ports"),
            volumes: reader.scalars(node, "volumes"),
            credentials: node
                .entry("credentials")
                .and_then(|entry| reader.mapping(entry).map(|_| super::read::field(entry, ()))),
            command: reader.words(node, "cmd").or_else(|| reader.words(node, "command")),
            entrypoint: reader.words(node, "entrypoint"),
        }
    }
}

impl Service {
    pub(super) fn read(reader: &mut Reader, entry: Entry<'_>) -> Option<Self> {
        Some(Self {
            id: Scalar::of(entry.key)?,
            container: Container::read(reader, entry.value),
            span: entry.span(),
            node: entry.value.id(),
            shared: entry.merged || entry.value.is_alias(),
        })
    }
}
