//! Steps of jobs and of composite actions.

use super::field::{Field, Scalar, Vars};
use super::read::{Fields, Reader};
use crate::source::Span;
use crate::yaml::{Node, NodeId, NodeKind};

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its place in the list, from 0, malformed ones counted.
    pub index: usize,
    /// The whole item, without its `-`.
    pub span: Span,
    /// Its node.
    pub node: NodeId,
    /// Written as `*name`: an edit of it changes others too.
    pub aliased: bool,
    /// `id`
    pub id: Option<Box<Field<Scalar>>>,
    /// `name`
    pub name: Option<Box<Field<Scalar>>>,
    /// `if`
    pub condition: Option<Box<Field<Scalar>>>,
    /// `run`
    pub run: Option<Box<Field<Scalar>>>,
    /// `shell`
    pub shell: Option<Box<Field<Scalar>>>,
    /// `working-directory`
    pub working_directory: Option<Box<Field<Scalar>>>,
    /// `env`
    pub env: Vars,
    /// `uses`
    pub uses: Option<Box<Field<Scalar>>>,
    /// `with`
    pub with: Vars,
    /// `continue-on-error`
    pub continue_on_error: Option<Box<Field<Scalar>>>,
}

impl Step {
    /// Whether it checks a repository out: `actions/checkout@v4`, or its twin of another forge.
    pub fn is_checkout(&self) -> bool {
        let name = self.uses.as_ref().and_then(|uses| uses.value.value().split('@').next());
        name.is_some_and(|name| name.ends_with("/checkout"))
    }

    /// The `steps:` of `node`.
    pub(super) fn read_all(reader: &mut Reader, node: Node<'_>) -> Vec<Self> {
        let Some(entry) = node.entry("steps") else { return Vec::new() };
        if entry.value.kind() != NodeKind::Sequence {
            if !entry.value.is_null() {
                reader.odd(entry.value.span(), "`steps` takes a list");
            }
            return Vec::new();
        }
        let mut steps = Vec::with_capacity(entry.value.items().count());
        steps.extend(entry.value.items().enumerate().filter_map(|(index, item)| Self::read(reader, index, item)));
        steps
    }

    fn read(reader: &mut Reader, index: usize, node: Node<'_>) -> Option<Self> {
        if node.kind() != NodeKind::Mapping {
            reader.odd(node.span(), "a step is a mapping with `run:` or `uses:`");
            return None;
        }
        let fields = Fields::of(node);
        Some(Self {
            index,
            span: node.full_span(),
            node: node.id(),
            aliased: node.is_alias(),
            id: fields.scalar(reader, "id"),
            name: fields.scalar(reader, "name"),
            condition: fields.scalar(reader, "if"),
            run: fields.scalar(reader, "run"),
            shell: fields.scalar(reader, "shell"),
            working_directory: fields.scalar(reader, "working-directory"),
            env: fields.vars(reader, "env"),
            uses: fields.scalar(reader, "uses"),
            with: fields.vars(reader, "with"),
            continue_on_error: fields.scalar(reader, "continue-on-error"),
        })
    }
}
