//! `on:`: what starts a workflow.

use super::field::{Field, Scalar};
use super::read::{Reader, field};
use crate::source::Span;
use crate::yaml::{Entry, Node, NodeKind};

/// What starts a workflow.
#[derive(Clone, Debug, Default)]
pub struct On {
    /// Where the key stands.
    pub key: Option<Span>,
    /// The events, in the file's order.
    pub events: Vec<Event>,
}

/// One event and its filters.
#[derive(Clone, Debug)]
pub struct Event {
    /// `push`, `pull_request`, `schedule` …
    pub name: Scalar,
    /// `types`
    pub types: Vec<Scalar>,
    /// `branches`
    pub branches: Vec<Scalar>,
    /// `branches-ignore`
    pub branches_ignore: Vec<Scalar>,
    /// `tags`
    pub tags: Vec<Scalar>,
    /// `tags-ignore`
    pub tags_ignore: Vec<Scalar>,
    /// `paths`
    pub paths: Vec<Scalar>,
    /// `paths-ignore`
    pub paths_ignore: Vec<Scalar>,
    /// `workflows` of `workflow_run`
    pub workflows: Vec<Scalar>,
    /// The `cron` lines of `schedule`.
    pub crons: Vec<Scalar>,
    /// The inputs of `workflow_call` and `workflow_dispatch`.
    pub inputs: Vec<Input>,
}

/// An input of a reusable workflow, a dispatched one, or an action.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: Scalar,
    /// `default`
    pub default: Option<Box<Field<Scalar>>>,
    /// `type`
    pub kind: Option<Box<Field<Scalar>>>,
    /// `required`
    pub required: Option<Box<Field<Scalar>>>,
    /// `options` of a choice.
    pub options: Vec<Scalar>,
}

impl On {
    pub(super) fn read(reader: &mut Reader, root: Node<'_>) -> Self {
        let Some(entry) = root.entry("on") else { return Self::default() };
        let events = match entry.value.kind() {
            NodeKind::Mapping => entry.value.entries().filter_map(|entry| Event::read(reader, entry)).collect(),
            _ => reader.list("on", entry.value).into_iter().map(Event::named).collect(),
        };
        Self { key: Some(entry.key.span()), events }
    }

    /// The event of that name.
    pub fn event(&self, name: &str) -> Option<&Event> {
        self.events.iter().find(|event| event.name.value() == name)
    }
}

impl Event {
    fn named(name: Scalar) -> Self {
        Self {
            name,
            types: Vec::new(),
            branches: Vec::new(),
            branches_ignore: Vec::new(),
            tags: Vec::new(),
            tags_ignore: Vec::new(),
            paths: Vec::new(),
            paths_ignore: Vec::new(),
            workflows: Vec::new(),
            crons: Vec::new(),
            inputs: Vec::new(),
        }
    }

    fn read(reader: &mut Reader, entry: Entry<'_>) -> Option<Self> {
        let mut event = Self::named(Scalar::of(entry.key)?);
        let node = entry.value;
        match node.kind() {
            NodeKind::Sequence if event.name.value() == "schedule" => {
                event.crons =
                    node.items().filter_map(|item| reader.scalar(item, "cron")).map(|cron| cron.value).collect();
            }
            NodeKind::Mapping => {
                let mut list = |key| reader.scalars(node, key).map(|field| field.value).unwrap_or_default();
                event.types = list("types");
                event.branches = list("branches");
                event.branches_ignore = list("branches-ignore");
                event.tags = list("tags");
                event.tags_ignore = list("tags-ignore");
                event.paths = list("paths");
                event.paths_ignore = list("paths-ignore");
                event.workflows = list("workflows");
                event.inputs = Input::read_all(reader, node);
            }
            _ if node.is_null() => {}
            _ => reader.odd(node.span(), format!("`{}` takes a mapping of filters, or nothing", event.name.value())),
        }
        Some(event)
    }
}

impl Input {
    /// The `inputs:` of `node`.
    pub(super) fn read_all(reader: &mut Reader, node: Node<'_>) -> Vec<Self> {
        let Some(inputs) = node.entry("inputs").and_then(|entry| reader.mapping(entry)) else { return Vec::new() };
        inputs.entries().filter_map(|entry| Self::read(reader, entry)).collect()
    }

    fn read(reader: &mut Reader, entry: Entry<'_>) -> Option<Self> {
        let name = Scalar::of(entry.key)?;
        let node = entry.value;
        // An empty default is a default.
        let default = node.entry("default").and_then(|entry| Some(field(entry, Scalar::of(entry.value)?)));
        Some(Self {
            name,
            default,
            kind: reader.scalar(node, "type"),
            required: reader.scalar(node, "required"),
            options: reader.scalars(node, "options").map(|field| field.value).unwrap_or_default(),
        })
    }
}
