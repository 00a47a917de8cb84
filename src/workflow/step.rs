//! Steps of jobs and of composite actions.

use super::field::{Field, Scalar, Vars};
use super::read::{Fields, Reader};
use crate::source::{Span, Text};
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
    /// `run`; where an action runs an input as a script, that input, which is not in [`Self::with`] then.
    pub run: Option<Box<Field<Scalar>>>,
    /// How an action runs it.
    pub retried: Option<Box<Retried>>,
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

/// Actions that run their input `command` as a script, again and again until it succeeds (their action.yml).
const RETRIES: [&str; 2] = ["nick-fields/retry", "nick-invision/retry"];

/// How an action runs a script.
#[derive(Clone, Debug)]
pub struct Retried {
    /// What runs it, as `SHELL -c`.
    pub shell: String,
    /// What runs when an attempt has failed.
    pub between: Vec<Text>,
    /// There is one attempt alone.
    pub is_once: bool,
}

impl Retried {
    /// Of a step's `uses` and `with`, if it is such an action's.
    fn read(uses: Option<&Field<Scalar>>, with: &Vars) -> Option<Self> {
        let path = uses?.value.value().split('@').next().unwrap_or_default().to_ascii_lowercase();
        let is_of = |name: &str| path.strip_suffix(name).is_some_and(|host| host.is_empty() || host.ends_with('/'));
        if !RETRIES.iter().any(|name| is_of(name)) {
            return None;
        }
        let input = |name: &str| with.get(name).and_then(|var| var.text.as_ref());
        Some(Self {
            shell: input("shell").map_or("bash", Text::value).to_owned(),
            between: ["on_retry_command", "new_command_on_retry"].into_iter().filter_map(input).cloned().collect(),
            is_once: input("max_attempts").is_some_and(|most| most.value().trim() == "1"),
        })
    }
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
        let uses = fields.scalar(reader, "uses");
        let mut with = fields.vars(reader, "with");
        let retried = Retried::read(uses.as_deref(), &with).map(Box::new);
        let run = match (&retried, node.get("with")) {
            (Some(_), Some(inputs)) => {
                with.entries.retain(|var| var.name.value() != "command");
                Fields::of(inputs).scalar(reader, "command")
            }
            _ => fields.scalar(reader, "run"),
        };
        Some(Self {
            index,
            span: node.full_span(),
            node: node.id(),
            aliased: node.is_alias(),
            id: fields.scalar(reader, "id"),
            name: fields.scalar(reader, "name"),
            condition: fields.scalar(reader, "if"),
            run,
            retried,
            shell: fields.scalar(reader, "shell"),
            working_directory: fields.scalar(reader, "working-directory"),
            env: fields.vars(reader, "env"),
            uses,
            with,
            continue_on_error: fields.scalar(reader, "continue-on-error"),
        })
    }
}
