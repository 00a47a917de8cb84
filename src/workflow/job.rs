//! Jobs.

use super::container::{Container, Service};
use super::field::{Datum, Field, Scalar, Vars};
use super::matrix::Matrix;
use super::read::{Reader, field};
use super::step::Step;
use crate::source::Span;
use crate::yaml::{Entry, Node, NodeId, NodeKind};

/// One job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id, the key.
    pub id: Scalar,
    /// The whole entry.
    pub span: Span,
    /// The value's node.
    pub node: NodeId,
    /// It came in through `<<`, or its value is an alias: an edit of it changes others too.
    pub shared: bool,
    /// `name`
    pub name: Option<Box<Field<Scalar>>>,
    /// `runs-on`
    pub runs_on: Option<Box<Field<RunsOn>>>,
    /// `needs`
    pub needs: Option<Box<Field<Vec<Scalar>>>>,
    /// `if`
    pub condition: Option<Box<Field<Scalar>>>,
    /// `env`
    pub env: Vars,
    /// `defaults.run`
    pub defaults: Defaults,
    /// `container`
    pub container: Option<Box<Field<Container>>>,
    /// Where `services` stands as a key, and its value's node.
    pub services_key: Option<Box<Field<()>>>,
    /// `services`
    pub services: Vec<Service>,
    /// An expression in place of all services.
    pub services_expression: Option<Scalar>,
    /// `strategy`
    pub strategy: Option<Box<Field<Strategy>>>,
    /// `steps`
    pub steps: Vec<Step>,
    /// `uses`: a reusable workflow
    pub uses: Option<Box<Field<Scalar>>>,
    /// `with`
    pub with: Vars,
    /// `outputs`
    pub outputs: Vars,
    /// `timeout-minutes`
    pub timeout_minutes: Option<Box<Field<Scalar>>>,
    /// `concurrency`
    pub concurrency: Option<Box<Field<Concurrency>>>,
    /// `environment`
    pub environment: Option<Box<Field<Datum>>>,
    /// `continue-on-error`
    pub continue_on_error: Option<Box<Field<Scalar>>>,
    /// `permissions`
    pub permissions: Option<Box<Field<Datum>>>,
}

/// `runs-on`: labels, all of which the runner must have.
#[derive(Clone, Debug, Default)]
pub struct RunsOn {
    /// The labels; one may be an expression that gives a list.
    pub labels: Vec<Scalar>,
    /// `group`
    pub group: Option<Box<Field<Scalar>>>,
}

/// `strategy`
#[derive(Clone, Debug)]
pub struct Strategy {
    /// `matrix`
    pub matrix: Option<Box<Field<Matrix>>>,
}

/// `defaults.run` of a workflow or job.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// `shell`
    pub shell: Option<Box<Field<Scalar>>>,
    /// `working-directory`
    pub working_directory: Option<Box<Field<Scalar>>>,
}

/// `concurrency`
#[derive(Clone, Debug)]
pub struct Concurrency {
    /// `group`, or the whole value in the short form.
    pub group: Option<Scalar>,
    /// `cancel-in-progress`
    pub cancel_in_progress: Option<Box<Field<Scalar>>>,
}

impl Job {
    pub(super) fn read(reader: &mut Reader, entry: Entry<'_>) -> Option<Self> {
        let id = Scalar::of(entry.key)?;
        let Some(node) = reader.mapping(entry) else {
            if entry.value.is_null() {
                reader.odd(entry.key.span(), format!("the job `{}` is empty", id.value()));
            }
            return None;
        };
        let (services, services_expression) = read_services(reader, node);
        Some(Self {
            id,
            span: entry.span(),
            node: entry.value.id(),
            shared: entry.merged || entry.value.is_alias(),
            name: reader.scalar(node, "name"),
            runs_on: RunsOn::read(reader, node),
            needs: reader.scalars(node, "needs"),
            condition: reader.scalar(node, "if"),
            env: reader.vars(node, "env"),
            defaults: Defaults::read(reader, node),
            container: node
                .entry("container")
                .filter(|entry| !entry.value.is_null())
                .map(|entry| field(entry, Container::read(reader, entry.value))),
            services_key: node.entry("services").map(|entry| field(entry, ())),
            services,
            services_expression,
            strategy: Strategy::read(reader, node),
            steps: Step::read_all(reader, node),
            uses: reader.scalar(node, "uses"),
            with: reader.vars(node, "with"),
            outputs: reader.vars(node, "outputs"),
            timeout_minutes: reader.scalar(node, "timeout-minutes"),
            concurrency: Concurrency::read(reader, node),
            environment: reader.datum(node, "environment"),
            continue_on_error: reader.scalar(node, "continue-on-error"),
            permissions: reader.datum(node, "permissions"),
        })
    }

    /// The matrix, if there is one.
    pub fn matrix(&self) -> Option<&Matrix> {
        self.strategy.as_ref()?.matrix.as_ref().map(|field| &field.value)
    }
}

fn read_services(reader: &mut Reader, node: Node<'_>) -> (Vec<Service>, Option<Scalar>) {
    let Some(entry) = node.entry("services") else { return (Vec::new(), None) };
    let expression = Scalar::of(entry.value).filter(Scalar::has_expression);
    if expression.is_some() {
        return (Vec::new(), expression);
    }
    let services = reader
        .mapping(entry)
        .map(|services| services.entries().filter_map(|entry| Service::read(reader, entry)).collect::<Vec<_>>());
    (services.unwrap_or_default(), None)
}

impl RunsOn {
    fn read(reader: &mut Reader, job: Node<'_>) -> Option<Box<Field<Self>>> {
        let entry = job.entry("runs-on")?;
        let runs_on = match entry.value.kind() {
            NodeKind::Mapping => Self {
                labels: reader.scalars(entry.value, "labels").map(|field| field.value).unwrap_or_default(),
                group: reader.scalar(entry.value, "group"),
            },
            _ => Self { labels: reader.list("runs-on", entry.value), group: None },
        };
        Some(field(entry, runs_on))
    }
}

impl Strategy {
    fn read(reader: &mut Reader, job: Node<'_>) -> Option<Box<Field<Self>>> {
        let entry = job.entry("strategy")?;
        let node = reader.mapping(entry)?;
        let matrix = node.entry("matrix").map(|entry| field(entry, Matrix::read(reader, entry.value)));
        Some(field(entry, Self { matrix }))
    }
}

impl Defaults {
    pub(super) fn read(reader: &mut Reader, node: Node<'_>) -> Self {
        let defaults = node.entry("defaults").and_then(|entry| reader.mapping(entry));
        let Some(run) = defaults.and_then(|node| node.entry("run")).and_then(|entry| reader.mapping(entry)) else {
            return Self::default();
        };
        Self { shell: reader.scalar(run, "shell"), working_directory: reader.scalar(run, "working-directory") }
    }
}

impl Concurrency {
    pub(super) fn read(reader: &mut Reader, node: Node<'_>) -> Option<Box<Field<Self>>> {
        let entry = node.entry("concurrency")?;
        if let Some(group) = Scalar::of(entry.value) {
            return (!group.is_null).then(|| field(entry, Self { group: Some(group), cancel_in_progress: None }));
        }
        let node = reader.mapping(entry)?;
        let group = reader.scalar(node, "group").map(|field| field.value);
        Some(field(entry, Self { group, cancel_in_progress: reader.scalar(node, "cancel-in-progress") }))
    }
}
