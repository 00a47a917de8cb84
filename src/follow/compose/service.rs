//! A service after everything was merged, each value with the file it comes from.

use crate::follow::RepoPath;
use crate::source::{Location, Source, Span};
use crate::workflow::{
    Build, ComposeService, Datum, Dependency, Extends, Field, Mount, Port, Resource, Scalar, ServiceNetwork, Var, Words,
};

/// A value and the file it stands in. Reads like the value itself.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    /// The file.
    pub source: Source,
    /// Against what relative paths in it are resolved.
    pub base: RepoPath,
    /// The value.
    pub value: T,
}

impl<T> std::ops::Deref for Placed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> Placed<T> {
    /// A span of its file.
    pub fn location(&self, span: Span) -> Location {
        self.source.location(span)
    }
}

/// A file's values get its place.
#[derive(Clone)]
pub(super) struct Origin {
    pub(super) source: Source,
    pub(super) base: RepoPath,
}

impl Origin {
    pub(super) fn place<T>(&self, value: T) -> Placed<T> {
        Placed { source: self.source.clone(), base: self.base.clone(), value }
    }

    pub(super) fn list<T: Clone>(&self, values: Option<&Field<Vec<T>>>) -> Vec<Placed<T>> {
        values.map(|field| field.value.iter().map(|value| self.place(value.clone())).collect()).unwrap_or_default()
    }

    fn one<T: Clone>(&self, value: &Option<T>) -> Option<Placed<T>> {
        value.clone().map(|value| self.place(value))
    }
}

/// A service as compose runs it.
#[derive(Clone, Debug)]
pub struct EffectiveService {
    /// Its id.
    pub id: String,
    /// Where it is defined: its id in the last of its own files.
    pub at: Location,
    /// Every entry that it was made of, in the order they were merged.
    pub definitions: Vec<Placed<ComposeService>>,
    /// `image`
    pub image: Option<Placed<Box<Field<Scalar>>>>,
    /// `build`
    pub build: Option<Placed<Box<Field<Build>>>>,
    /// `container_name`
    pub container_name: Option<Placed<Box<Field<Scalar>>>>,
    /// `hostname`
    pub hostname: Option<Placed<Box<Field<Scalar>>>>,
    /// `network_mode`
    pub network_mode: Option<Placed<Box<Field<Scalar>>>>,
    /// `restart`
    pub restart: Option<Placed<Box<Field<Scalar>>>>,
    /// `pull_policy`
    pub pull_policy: Option<Placed<Box<Field<Scalar>>>>,
    /// `privileged`
    pub privileged: Option<Placed<Box<Field<Scalar>>>>,
    /// `pid`
    pub pid: Option<Placed<Box<Field<Scalar>>>>,
    /// `command`
    pub command: Option<Placed<Box<Field<Words>>>>,
    /// `entrypoint`
    pub entrypoint: Option<Placed<Box<Field<Words>>>>,
    /// `healthcheck`
    pub healthcheck: Option<Placed<Box<Field<Datum>>>>,
    /// `deploy`
    pub deploy: Option<Placed<Box<Field<Datum>>>>,
    /// `ports`
    pub ports: Vec<Placed<Port>>,
    /// `expose`
    pub expose: Vec<Placed<Scalar>>,
    /// `volumes`
    pub volumes: Vec<Placed<Mount>>,
    /// `networks`
    pub networks: Vec<Placed<ServiceNetwork>>,
    /// `profiles`
    pub profiles: Vec<Placed<Scalar>>,
    /// `depends_on`
    pub depends_on: Vec<Placed<Dependency>>,
    /// The paths of `tmpfs`.
    pub tmpfs: Vec<String>,
    /// See [`ComposeService::joined`].
    pub joined: Vec<String>,
    /// `environment`
    pub environment: Vec<Placed<Var>>,
    /// `labels`
    pub labels: Vec<Placed<Var>>,
    /// The paths of `env_file`.
    pub env_file: Vec<Placed<Scalar>>,
    /// `extends`, as long as it is not followed.
    pub(super) extends: Option<Box<Field<Extends>>>,
}

impl EffectiveService {
    pub(super) fn of(service: &ComposeService, origin: &Origin) -> Self {
        let vars = |vars: &crate::workflow::Vars| vars.entries.iter().map(|var| origin.place(var.clone())).collect();
        Self {
            id: service.id.value().to_owned(),
            at: origin.source.location(service.id.span),
            definitions: vec![origin.place(service.clone())],
            image: origin.one(&service.image),
            build: origin.one(&service.build),
            container_name: origin.one(&service.container_name),
            hostname: origin.one(&service.hostname),
            network_mode: origin.one(&service.network_mode),
            restart: origin.one(&service.restart),
            pull_policy: origin.one(&service.pull_policy),
            privileged: origin.one(&service.privileged),
            pid: origin.one(&service.pid),
            command: origin.one(&service.command),
            entrypoint: origin.one(&service.entrypoint),
            healthcheck: origin.one(&service.healthcheck),
            deploy: origin.one(&service.deploy),
            ports: origin.list(service.ports.as_deref()),
            expose: origin.list(service.expose.as_deref()),
            volumes: origin.list(service.volumes.as_deref()),
            networks: origin.list(service.networks.as_deref()),
            profiles: origin.list(service.profiles.as_deref()),
            depends_on: origin.list(service.depends_on.as_deref()),
            tmpfs: service.tmpfs.clone(),
            joined: service.joined.clone(),
            environment: vars(&service.environment),
            labels: vars(&service.labels),
            env_file: service.env_file.iter().map(|path| origin.place(path.clone())).collect(),
            extends: service.extends.clone(),
        }
    }
}

/// A network or volume of a project.
pub type EffectiveResource = Placed<Resource>;
