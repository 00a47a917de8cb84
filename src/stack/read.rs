//! The compose files of a job's compose calls, as they are when it calls.

use std::collections::BTreeMap;

use super::environment::{Environment, PROJECT_NAME, edits};
use super::model::{Claim, Claimed, ComposeBind, ProjectVolume, Stack, StackService};
use super::project::{directory_name, project_name};
use super::used::Used;
use super::written::written_stack;
use crate::command::Arg;
use crate::docker::is_lasting;
use crate::docker::{Compose, ComposeVerb, ObjectKind, Publish, Verb};
use crate::follow::compose::{
    ComposeCall, EffectiveResource, EffectiveService, OVERRIDES, Placed, Project, enabled, load, started,
};
use crate::follow::{Files, RepoPath, Resolved, Surroundings, resolve};
use crate::symbol::{Dimensions, Unique, Value};
use crate::trace::contexts::Contexts;
use crate::trace::{Act, JobTrace, Target};
use crate::truth::Truth;
use crate::workflow::{Field, MountKind, Port, Scalar};

/// The files of each compose call, by act; none for a call whose files are not known.
pub fn stacks(files: &Files, trace: &JobTrace, contexts: &Contexts) -> BTreeMap<usize, Stack> {
    let acts = trace.acts.iter().enumerate();
    let found = acts.filter_map(|(index, act)| match act.verb()? {
        Verb::Compose(compose) if matters(compose) && may_be_here(act) => {
            Some((index, chosen_stack(files, trace, contexts, index, compose)?))
        }
        _ => None,
    });
    found.collect()
}

fn matters(compose: &Compose) -> bool {
    use ComposeVerb as V;
    matches!(
        compose.verb,
        V::Up(_)
            | V::Create(_)
            | V::Run(_)
            | V::Control { .. }
            | V::Down { .. }
            | V::Remove { .. }
            | V::Build { .. }
            | V::Push { .. }
    )
}

fn may_be_here(act: &Act) -> bool {
    matches!(act.target(), Target::Here | Target::Unknown)
}

/// The stack of a call; of several files that a matrix chooses from, what all of them say.
fn chosen_stack(
    files: &Files,
    trace: &JobTrace,
    contexts: &Contexts,
    index: usize,
    compose: &Compose,
) -> Option<Stack> {
    let given: Vec<Value> = compose.files.iter().map(|arg| arg.value.clone()).collect();
    let choices = contexts.choices(&given);
    choices.iter().filter_map(|given| stack(files, trace, index, compose, given)).reduce(joined)
}

/// Two stacks of which a leg brings up the one or the other.
fn joined(mut one: Stack, other: Stack) -> Stack {
    let either = |one: Option<Value>, other: Option<Value>| match (one, other) {
        (Some(one), Some(other)) => Some(Value::one_of([one, other])),
        _ => None,
    };
    one.claims.extend(other.claims);
    one.binds.extend(other.binds);
    one.services.extend(other.services);
    one.networks.extend(other.networks);
    one.volumes.extend(other.volumes);
    one.project_volumes.extend(other.project_volumes);
    one.named_after_project.extend(other.named_after_project);
    one.subnets.extend(other.subnets);
    one.external.extend(other.external);
    one.sources.extend(other.sources);
    Stack {
        name: either(one.name, other.name),
        directory: either(one.directory, other.directory),
        named_volumes: one.named_volumes || other.named_volumes,
        is_edited: one.is_edited || other.is_edited,
        ..one
    }
}

fn stack(files: &Files, trace: &JobTrace, index: usize, compose: &Compose, given: &[Value]) -> Option<Stack> {
    let act = &trace.acts[index];
    if compose.global.may_hold("file") || compose.global.may_hold("project-directory") {
        return None;
    }
    let values = |args: &[Arg]| args.iter().map(|arg| arg.value.clone()).collect::<Vec<Value>>();
    let env_files = values(&compose.env_files);
    let project_directory = compose.project_directory.as_ref().map(|directory| &directory.value);
    let read = |around: &Environment<'_>| {
        let call =
            ComposeCall { directory: &act.directory, files: given, project_directory, env_files: &env_files, around };
        load(files, &call).ok()
    };
    let told = env_files.iter().filter_map(|path| match resolve(&act.directory, path, None) {
        Resolved::File(path) => Some(path),
        _ => None,
    });
    let told: Vec<RepoPath> = told.collect();
    let env_of = |directory: Option<&RepoPath>| match directory.and_then(|directory| directory.join(".env")) {
        Some(path) if env_files.is_empty() => vec![path],
        _ => told.clone(),
    };
    let near = env_of(act.directory.path());
    let mut around = Environment::new(files, trace, index, &near);
    let Some(mut project) = read(&around) else {
        return written_stack(files, trace, act, given, project_directory);
    };
    let own = env_of(Some(&project.directory));
    if own != near {
        around = Environment::new(files, trace, index, &own);
        project = read(&around)?;
    }
    let directory = Some(directory_name(&project.directory));
    let sources = project.files.iter().map(|(_, source)| source.clone()).collect();
    let name = name(&project, &around);
    let mut paths: Vec<RepoPath> = project.files.iter().map(|(path, _)| path.clone()).collect();
    if given.is_empty() {
        paths.extend(OVERRIDES.iter().filter_map(|name| project.directory.join(name)));
    }
    if !edits(trace, index, &paths).is_no() {
        return Some(Stack { name, directory, sources, is_edited: true, ..Stack::default() });
    }
    let given = compose.profiles.iter().map(|profile| profile.value.clone());
    let profiles = project.profiles.iter().cloned().chain(given).collect();
    let named = Stack { name: name.clone(), directory: directory.clone(), ..Stack::default() };
    let around = around.of_project(project_name(act, compose, Some(&named)).0);
    let reading = Reading { project: &project, around: &around, profiles };
    let chosen = chosen(compose, &reading);
    let used = reading.used(&chosen);
    let services = project.services.iter().filter(|service| chosen.contains_key(&service.id));
    let meant = |service: &EffectiveService| chosen.get(&service.id).copied().unwrap_or(Truth::Unknown);
    let networks = || project.networks.iter().filter(|network| used.network(network));
    let volumes = || project.volumes.iter().filter(|volume| used.volume(volume));
    let mut stack = Stack {
        name,
        directory,
        services: services.clone().map(|service| reading.service(service, meant(service))).collect(),
        networks: networks().filter_map(|network| reading.owned(network)).collect(),
        volumes: volumes().filter_map(|volume| reading.owned(volume)).collect(),
        project_volumes: volumes().filter_map(|volume| reading.of_project(volume, services.clone())).collect(),
        named_after_project: reading.named_after_project(services.clone(), networks().chain(volumes())),
        subnets: reading.subnets(networks()),
        external: reading.external(networks(), volumes()),
        named_volumes: volumes().next().is_some(),
        sources,
        ..Stack::default()
    };
    if starts(compose) {
        for service in services {
            let truth = meant(service);
            // `run` names its container itself, and publishes nothing, unless told.
            let runs = match &compose.verb {
                ComposeVerb::Run(run) if run.service.as_ref().is_some_and(|own| own.is(&service.id)) => Some(run),
                _ => None,
            };
            let mut claims = reading.claims(service, truth);
            if let Some(run) = runs {
                claims.retain(|claim| match claim.what {
                    Claimed::Name(_) => false,
                    Claimed::Port(_) => run.service_ports.is_yes(),
                    Claimed::HostNetwork(..) => true,
                });
            }
            stack.claims.extend(claims);
            stack.binds.extend(reading.binds(service));
        }
    }
    Some(stack)
}

fn starts(compose: &Compose) -> bool {
    matches!(compose.verb, ComposeVerb::Up(_) | ComposeVerb::Create(_) | ComposeVerb::Run(_))
}

/// `COMPOSE_PROJECT_NAME` of `.env`, else the files' `name:`.
fn name(project: &Project, around: &Environment<'_>) -> Option<Value> {
    let set = project.interpolate("${COMPOSE_PROJECT_NAME:-}", around);
    if set.as_literal() != Some("") {
        return Some(set);
    }
    project.name.as_ref().map(|name| project.interpolate(name.value.value.value(), around))
}

/// The services that a call is about.
fn chosen(compose: &Compose, reading: &Reading<'_>) -> BTreeMap<String, Truth> {
    use ComposeVerb as V;
    let one: &[Arg];
    let (asked, alone) = match &compose.verb {
        V::Up(up) | V::Create(up) => (up.services.as_slice(), up.no_deps),
        V::Run(run) => {
            one = run.service.as_slice();
            (one, run.no_deps)
        }
        V::Control { services, .. } | V::Build { services, .. } | V::Push { services } => {
            (services.as_slice(), Truth::Yes)
        }
        V::Down { .. } | V::Remove { .. } => (&[][..], Truth::No),
        _ => return BTreeMap::new(),
    };
    let services = &reading.project.services;
    let requested: Vec<&str> = asked.iter().filter_map(Arg::text).filter(|id| !id.is_empty()).collect();
    if requested.len() < asked.len() {
        // Some of them: nobody knows which.
        return services.iter().map(|service| (service.id.clone(), Truth::Unknown)).collect();
    }
    let mut all = started(services, &requested, &reading.profiles);
    if alone.is_yes() && !requested.is_empty() {
        all.retain(|id, _| requested.contains(&id.as_str()));
    }
    if let V::Up(up) | V::Create(up) = &compose.verb {
        all.retain(|id, _| !up.scale.iter().any(|scale| scale.is(&format!("{id}=0"))));
    }
    all
}

/// A project, and what its variables hold.
struct Reading<'a> {
    project: &'a Project,
    around: &'a Environment<'a>,
    /// The profiles that the call makes active.
    profiles: Vec<Value>,
}

impl Reading<'_> {
    fn value(&self, text: &str) -> Value {
        self.project.interpolate(text, self.around)
    }

    /// Whether a name is another one wherever the project is another one: `container_name: ${COMPOSE_PROJECT_NAME}-db`.
    /// Two runs then collide in it exactly where they collide in the project.
    fn follows_project(&self, text: &str) -> bool {
        let without = Value::opaque(PROJECT_NAME, Unique::STATIC, Truth::No);
        let with = Value::opaque(PROJECT_NAME, Unique::by(Dimensions::RANDOM), Truth::No);
        let under = |project: Value| self.project.interpolate(text, &Under { project, around: self.around });
        under(without).unique() != under(with).unique()
    }

    /// What is used by the services that a call is about, and by all that its profiles allow: `down` takes what these
    /// use.
    fn used(&self, chosen: &BTreeMap<String, Truth>) -> Used {
        let allowed = started(&self.project.services, &[], &self.profiles);
        let is_any =
            |service: &&EffectiveService| chosen.contains_key(&service.id) || allowed.contains_key(&service.id);
        Used::by(self.project.services.iter().filter(is_any), &|text| self.value(text))
    }

    fn field(&self, field: Option<&Placed<Box<Field<Scalar>>>>) -> Option<Value> {
        Some(self.value(field?.value.value.value()))
    }

    /// The name of a network or volume that the project makes; without a `name:` it has the project's in it.
    fn owned(&self, made: &EffectiveResource) -> Option<Value> {
        let own = made.external.as_ref().is_none_or(|external| external.value.value() == "false");
        let written = made.name.as_ref().filter(|_| own).map(|name| name.value.value());
        written.filter(|name| !self.follows_project(name)).map(|name| self.value(name))
    }

    /// The names that are others wherever the project is another one.
    fn named_after_project<'s>(
        &self,
        services: impl Iterator<Item = &'s EffectiveService>,
        made: impl Iterator<Item = &'s EffectiveResource>,
    ) -> Vec<Value> {
        let of_service = |service: &'s EffectiveService| {
            let image = service.image.as_ref().filter(|_| service.build.is_some());
            [service.container_name.as_ref(), image].into_iter().flatten().map(|name| name.value.value.value())
        };
        let of_made = made.filter_map(|made| Some(made.name.as_ref()?.value.value()));
        let written = services.flat_map(of_service).chain(of_made);
        written.filter(|name| self.follows_project(name)).map(|name| self.value(name)).collect()
    }

    /// A volume that is named after the project, with the places where these services mount it; none where they do not.
    fn of_project<'s>(
        &self,
        volume: &EffectiveResource,
        services: impl Iterator<Item = &'s EffectiveService>,
    ) -> Option<ProjectVolume> {
        if volume.name.is_some() || volume.external.as_ref().is_some_and(|external| external.value.value() != "false") {
            return None;
        }
        let key = volume.key.value();
        let mounts = services.flat_map(|service| &service.volumes).filter(|mount| {
            let source = mount.value.source.as_ref().map(|source| self.value(source.value()));
            mount.value.kind != MountKind::Bind && source.is_some_and(|source| source.as_literal() == Some(key))
        });
        let targets = mounts.map(|mount| mount.target.as_ref().map(|target| self.value(target.value()).to_string()));
        let targets: Vec<Option<String>> = targets.collect();
        let is_used = !targets.is_empty();
        let device = volume.device.as_ref().map(|device| self.value(device.value()).to_string());
        is_used.then(|| ProjectVolume { key: key.to_owned(), targets: targets.into_iter().flatten().collect(), device })
    }

    /// The addresses of the networks that the project makes.
    fn subnets<'n>(&self, networks: impl Iterator<Item = &'n EffectiveResource>) -> Vec<Value> {
        let own = networks.filter(|network| network.is_external() != Some(true));
        own.flat_map(|network| &network.subnets).map(|subnet| self.value(subnet.value())).collect()
    }

    /// Networks and volumes that are there already, or must be.
    fn external<'n>(
        &self,
        networks: impl Iterator<Item = &'n EffectiveResource>,
        volumes: impl Iterator<Item = &'n EffectiveResource>,
    ) -> Vec<(ObjectKind, Value)> {
        let of = |kind: ObjectKind, all: &mut dyn Iterator<Item = &'n EffectiveResource>| {
            let external = all.filter(|one| one.external.as_ref().is_some_and(|it| it.value.value() != "false"));
            let named = external.map(|one| match &one.name {
                Some(name) => self.value(name.value.value()),
                None => Value::literal(one.key.value()),
            });
            named.map(|name| (kind, name)).collect::<Vec<_>>()
        };
        let (mut networks, mut volumes) = (networks, volumes);
        let networks = of(ObjectKind::Network, &mut networks);
        networks.into_iter().chain(of(ObjectKind::Volume, &mut volumes)).collect()
    }

    fn service(&self, service: &EffectiveService, is_meant: Truth) -> StackService {
        let restart = self.field(service.restart.as_ref());
        // One that is built under the project's name is as one that compose names.
        let is_own = |image: &Placed<Box<Field<Scalar>>>| {
            service.build.is_some() && self.follows_project(image.value.value.value())
        };
        let image = service.image.as_ref().filter(|image| !is_own(image));
        let mounts = service.volumes.iter().filter(|mount| mount.value.kind != MountKind::Anonymous);
        let mounted = mounts.filter_map(|mount| mount.target.as_ref()).map(|path| path.value());
        let mounted = mounted.chain(service.tmpfs.iter().map(String::as_str));
        StackService {
            id: service.id.clone(),
            is_meant,
            image: self.field(image),
            image_at: image.map(|image| image.location(image.value.span)),
            builds: service.build.is_some(),
            builds_always: self.field(service.pull_policy.as_ref()).is_some_and(|it| it.as_literal() == Some("build")),
            container_name: self.field(service.container_name.as_ref()),
            health_at: service.healthcheck.as_ref().map(|health| health.location(health.value.span)),
            restarts: restart.as_ref().and_then(Value::as_literal).is_some_and(is_lasting),
            mounted: mounted.map(|target| self.value(target).to_string()).collect(),
            asks_for_profile: self.missing_profile(service),
        }
    }

    /// A profile of a service of which none is active: its name has started it.
    fn missing_profile(&self, service: &EffectiveService) -> Option<String> {
        let first = service.profiles.first().filter(|_| !enabled(service, &self.profiles).is_yes())?;
        Some(first.value.value()).filter(|name| !name.is_empty()).map(str::to_owned)
    }

    fn claims(&self, service: &EffectiveService, started: Truth) -> Vec<Claim> {
        let claim = |what, written: &str, at| Claim {
            service: service.id.clone(),
            what,
            written: written.to_owned(),
            at,
            started,
        };
        let mut claims = Vec::new();
        if let Some(name) = &service.container_name
            && let written = name.value.value.value()
            && !self.follows_project(written)
        {
            let what = Claimed::Name(self.value(written));
            claims.push(claim(what, written, name.location(name.value.key)));
        }
        let mode = service.network_mode.as_ref();
        if let Some(mode) = mode.filter(|mode| self.value(mode.value.value.value()).as_literal() == Some("host")) {
            let image = self.field(service.image.as_ref()).filter(|_| service.build.is_none());
            let what = Claimed::HostNetwork(image, !service.ports.is_empty());
            claims.push(claim(what, "network_mode: host", mode.location(mode.value.key)));
            // Docker discards published ports there.
            return claims;
        }
        for port in &service.ports {
            let (publish, written) = self.published(port);
            claims.push(claim(Claimed::Port(publish), &written, port.location(port.value.span)));
        }
        claims
    }

    fn published(&self, port: &Port) -> (Publish, String) {
        if let Some(short) = &port.short {
            return (Publish::parse(&self.value(short.value())), short.value().to_owned());
        }
        let value = |text: &Option<crate::source::Text>| text.as_ref().map(|text| self.value(text.value()));
        let (host, container) = (value(&port.published), value(&port.target).unwrap_or_default());
        let written = match &host {
            Some(host) => format!("{host}:{container}"),
            None => container.to_string(),
        };
        (Publish { ip: value(&port.host_ip), host, container, protocol: value(&port.protocol) }, written)
    }

    /// Paths of the host that it mounts, those in the checkout first.
    fn binds(&self, service: &EffectiveService) -> Vec<ComposeBind> {
        let bind = |mount: &Placed<crate::workflow::Mount>| {
            let path = self.value(mount.value.source.as_ref()?.value());
            let is_path = match mount.kind {
                MountKind::Bind => true,
                MountKind::Unknown => {
                    path.prefix().starts_with(['.', '/', '~']) || path.to_string().starts_with("${HOME}")
                }
                _ => false,
            };
            let folder = Some(mount.base.as_str().to_owned());
            let at = mount.location(mount.value.span);
            let target = mount.value.target.as_ref().map(|target| self.value(target.value()).to_string());
            let (service, path) = (service.id.clone(), path.to_string());
            is_path.then_some(ComposeBind { service, path, target, folder, at })
        };
        let mut binds: Vec<ComposeBind> = service.volumes.iter().filter_map(bind).collect();
        binds.sort_by_key(|bind| !bind.in_checkout().is_yes());
        binds
    }
}

/// The surroundings of a call under another project's name.
struct Under<'a> {
    project: Value,
    around: &'a Environment<'a>,
}

impl Surroundings for Under<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        if name == PROJECT_NAME { Some(self.project.clone()) } else { self.around.variable(name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_either_file_takes_from_others_counts() {
        let using =
            |name: &str| Stack { external: vec![(ObjectKind::Network, Value::literal(name))], ..Stack::default() };
        let both = joined(using("edge"), using("mesh")).external;
        let names: Vec<String> = both.iter().map(|(_, name)| name.to_string()).collect();
        assert_eq!(names, ["edge", "mesh"]);
    }
}
