//! What the files of a compose call declare, every text known.

use super::spec::{MountWish, PortWish};
use crate::follow::Surroundings;
use crate::follow::compose::{EffectiveResource, EffectiveService, Placed, Project};
use crate::symbol::Value;
use crate::workflow::{Datum, Field, Mount, MountKind, Port, Scalar, Vars, Words};

/// A compose project as its files declare it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declared {
    /// `COMPOSE_PROJECT_NAME` of `.env`, else the files' `name:`.
    pub name: Option<String>,
    /// The name that the project has of its directory.
    pub directory: String,
    /// Its services, in the order of the files.
    pub services: Vec<DeclaredService>,
    /// Its networks.
    pub networks: Vec<DeclaredResource>,
    /// Its volumes.
    pub volumes: Vec<DeclaredResource>,
    /// `COMPOSE_PROFILES`.
    pub profiles: Vec<String>,
}

/// A service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeclaredService {
    /// Its id.
    pub id: String,
    /// `image:`
    pub image: Option<String>,
    /// It has a `build:`.
    pub builds: bool,
    /// `container_name:`
    pub container_name: Option<String>,
    /// `command:`
    pub command: Vec<String>,
    /// `entrypoint:`
    pub entrypoint: Option<String>,
    /// `ports:`
    pub ports: Vec<PortWish>,
    /// `networks:`, with the aliases there; empty: `default`.
    pub networks: Vec<(String, Vec<String>)>,
    /// `network_mode:`
    pub network_mode: Option<String>,
    /// `volumes:`, volumes by their keys.
    pub mounts: Vec<MountWish>,
    /// `labels:`
    pub labels: Vec<(String, String)>,
    /// `restart:`
    pub restart: String,
    /// It has a health check.
    pub health: bool,
    /// `depends_on:`
    pub depends_on: Vec<(String, Condition)>,
    /// `profiles:`
    pub profiles: Vec<String>,
    /// `scale:` or `deploy.replicas:`; 1 without.
    pub replicas: usize,
}

/// What is waited for before a service starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Its start.
    Started,
    /// Its health.
    Healthy,
    /// Its end, with status 0.
    Completed,
}

/// A network or a volume.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeclaredResource {
    /// Its key.
    pub key: String,
    /// `name:`
    pub name: Option<String>,
    /// Others make it.
    pub external: bool,
    /// `labels:`
    pub labels: Vec<(String, String)>,
}

/// The surroundings of a project's files: compose sets `COMPOSE_PROJECT_NAME` for them, wherever the name comes from.
struct Named<'a> {
    name: Option<String>,
    around: &'a dyn Surroundings,
}

impl Surroundings for Named<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        let project = self.name.as_ref().filter(|_| name == "COMPOSE_PROJECT_NAME");
        project.map(|name| Value::literal(name.as_str())).or_else(|| self.around.variable(name))
    }
}

/// What compose makes of a folder's name: lower case, other characters dropped.
pub(super) fn folder_name(name: &str) -> String {
    let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let name: String = name.to_lowercase().chars().filter(kept).collect();
    name.trim_start_matches(['_', '-']).to_owned()
}

/// Texts of the files, their variables put in.
struct Reading<'a> {
    project: &'a Project,
    around: &'a dyn Surroundings,
}

impl Declared {
    /// What a project declares, in these surroundings.
    pub fn of(project: &Project, around: &dyn Surroundings) -> Self {
        let reading = Reading { project, around };
        let told = reading.text("${COMPOSE_PROJECT_NAME:-}");
        let name = project.name.as_ref().map(|name| reading.text(name.value.value.value()));
        let name = Some(told).filter(|told| !told.is_empty()).or(name);
        let folder = Some(folder_name(project.directory.name())).filter(|folder| !folder.is_empty());
        let named = Named { name: name.clone().or(folder), around };
        let reading = Reading { project, around: &named };
        Self {
            name,
            directory: project.directory.name().to_owned(),
            services: project.services.iter().map(|service| reading.service(service)).collect(),
            networks: project.networks.iter().map(|network| reading.resource(network)).collect(),
            volumes: project.volumes.iter().map(|volume| reading.resource(volume)).collect(),
            profiles: project.profiles.iter().map(ToString::to_string).collect(),
        }
    }

    /// The same with services that depend on none but these.
    pub(super) fn depending_on(&self, services: &[String]) -> Self {
        let mut alone = self.clone();
        for service in &mut alone.services {
            service.depends_on.retain(|(id, _)| services.contains(id));
        }
        alone
    }

    /// The service of an id.
    pub fn service(&self, id: &str) -> Option<&DeclaredService> {
        self.services.iter().find(|service| service.id == id)
    }
}

impl Reading<'_> {
    fn text(&self, written: &str) -> String {
        self.project.interpolate(written, self.around).to_string()
    }

    fn field(&self, field: Option<&Placed<Box<Field<Scalar>>>>) -> Option<String> {
        field.map(|field| self.text(field.value.value.value())).filter(|text| !text.is_empty())
    }

    fn words(&self, words: Option<&Placed<Box<Field<Words>>>>) -> Vec<String> {
        match words.map(|words| &words.value.value) {
            None => Vec::new(),
            Some(Words::Text(text)) => split(&self.text(text.value())),
            Some(Words::List(list)) => list.iter().map(|word| self.text(word.value())).collect(),
        }
    }

    fn labels(&self, vars: &Vars) -> Vec<(String, String)> {
        let value = |var: &crate::workflow::Var| {
            let written = var.text.as_ref().map(crate::source::Text::value).or(var.value.as_ref().map(Scalar::value));
            self.text(written.unwrap_or_default())
        };
        vars.entries.iter().map(|var| (var.name.value().to_owned(), value(var))).collect()
    }

    fn resource(&self, resource: &EffectiveResource) -> DeclaredResource {
        let name = resource.name.as_ref().map(|name| self.text(name.value.value()));
        DeclaredResource {
            key: resource.key.value().to_owned(),
            name,
            external: resource.is_external().unwrap_or(false),
            labels: self.labels(&resource.labels),
        }
    }

    fn service(&self, service: &EffectiveService) -> DeclaredService {
        let entrypoint = self.words(service.entrypoint.as_ref());
        let labels = service.labels.iter().map(|label| {
            let vars = Vars { entries: vec![label.value.clone()], ..Vars::default() };
            self.labels(&vars)
        });
        let depends = service.depends_on.iter().map(|dependency| {
            let condition = dependency.condition.as_ref().map(|condition| condition.value.value());
            let condition = match condition {
                Some("service_healthy") => Condition::Healthy,
                Some("service_completed_successfully") => Condition::Completed,
                _ => Condition::Started,
            };
            (dependency.service.value().to_owned(), condition)
        });
        let is_told = |id: &str| service.depends_on.iter().any(|dependency| dependency.service.value() == id);
        let joined = service.joined.iter().filter(|id| !is_told(id)).map(|id| (id.clone(), Condition::Started));
        let memory = service.tmpfs.iter().map(|path| MountWish::tmpfs(self.text(path)));
        let test = service.healthcheck.as_ref().map(|health| &health.value.value);
        let is_off = |health: &Datum| {
            let scalar = |key| health.get(key).and_then(Datum::as_scalar).map(Scalar::value);
            scalar("disable") == Some("true") || scalar("test") == Some("NONE")
        };
        let replicas = service.deploy.as_ref().and_then(|deploy| deploy.value.value.get("replicas"));
        let replicas = replicas.and_then(Datum::as_scalar).and_then(|count| self.text(count.value()).parse().ok());
        DeclaredService {
            id: service.id.clone(),
            image: self.field(service.image.as_ref()),
            builds: service.build.is_some(),
            container_name: self.field(service.container_name.as_ref()),
            command: self.words(service.command.as_ref()),
            entrypoint: Some(entrypoint.join(" ")).filter(|words| !words.is_empty()),
            ports: service.ports.iter().flat_map(|port| self.port(&port.value)).collect(),
            networks: service
                .networks
                .iter()
                .map(|network| {
                    let aliases = network.aliases.iter().map(|alias| self.text(alias.value())).collect();
                    (network.name.value().to_owned(), aliases)
                })
                .collect(),
            network_mode: self.field(service.network_mode.as_ref()),
            mounts: service.volumes.iter().filter_map(|mount| self.mount(&mount.value)).chain(memory).collect(),
            labels: labels.flatten().collect(),
            restart: self.field(service.restart.as_ref()).filter(|policy| policy != "no").unwrap_or_default(),
            health: test.is_some_and(|health| !is_off(health)),
            depends_on: depends.chain(joined).collect(),
            profiles: service.profiles.iter().map(|profile| self.text(profile.value.value())).collect(),
            replicas: replicas.unwrap_or(1),
        }
    }

    fn port(&self, port: &Port) -> Vec<PortWish> {
        let part = |text: &Option<crate::source::Text>| text.as_ref().map(|text| self.text(text.value()));
        let written = match &port.short {
            Some(short) => self.text(short.value()),
            None => {
                let ip = part(&port.host_ip).map(|ip| format!("{ip}:")).unwrap_or_default();
                let host = part(&port.published).map(|host| format!("{host}:"));
                let host = host.unwrap_or_else(|| if ip.is_empty() { String::new() } else { ":".to_owned() });
                let protocol = part(&port.protocol).map(|name| format!("/{name}")).unwrap_or_default();
                format!("{ip}{host}{}{protocol}", part(&port.target).unwrap_or_default())
            }
        };
        PortWish::parse(&written).unwrap_or_default()
    }

    fn mount(&self, mount: &Mount) -> Option<MountWish> {
        let source = mount.source.as_ref().map(|source| self.text(source.value()));
        let target = mount.target.as_ref().map(|target| self.text(target.value())).unwrap_or_default();
        let is_path = |source: &String| source.starts_with(['.', '/', '~']);
        let is_volume = match mount.kind {
            MountKind::Volume | MountKind::Anonymous => true,
            MountKind::Bind => false,
            MountKind::Tmpfs => return Some(MountWish::tmpfs(target)),
            MountKind::Unknown => !source.as_ref().is_some_and(is_path),
        };
        Some(MountWish { source, target, is_volume })
    }
}

/// A command that is written as one text.
fn split(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
