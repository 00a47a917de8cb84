//! What a job makes on the daemon.

use std::collections::{BTreeMap, HashMap};

use super::input::Stack;
use crate::command::Arg;
use crate::docker::{
    ActionVerb, Compose, ComposeVerb, Effect, Kind as DockerKind, Make, MountKind, NetworkChoice, ProgramCall, Run,
    Verb, cluster_parts,
};
use crate::source::Location;
use crate::symbol::{Unique, Value};
use crate::trace::{Act, ActKind, JobTrace, Target};
use crate::truth::Truth;

/// The kinds of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A container.
    Container,
    /// A compose project.
    Project,
    /// A network.
    Network,
    /// A volume.
    Volume,
    /// A cluster of kind, k3d or minikube.
    Cluster,
    /// A builder of buildx: a container and its volume.
    Builder,
}

impl Kind {
    /// Its name in the vocabulary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Project => "project",
            Self::Network => "network",
            Self::Volume => "volume",
            Self::Cluster => "cluster",
            Self::Builder => "builder",
        }
    }
}

/// Something on the daemon that a job makes.
#[derive(Clone, Debug)]
pub struct Resource {
    /// What it is.
    pub kind: Kind,
    /// Its name; none when docker or a program chooses it.
    pub name: Option<Value>,
    /// Where the name is written.
    pub name_at: Option<Location>,
    /// Its labels, `key=value`.
    pub labels: Vec<Value>,
    /// All its labels are in `labels`.
    pub labels_known: bool,
    /// A container's image.
    pub image: Option<Value>,
    /// It goes on after its command.
    pub detached: Truth,
    /// It goes when it ends.
    pub rm: Truth,
    /// It is made, not started: `docker create`.
    pub created_only: bool,
    /// `--restart always|unless-stopped`, or so in all services of its files.
    pub restarts: bool,
    /// What takes the name, in the vocabulary's words.
    pub by: &'static str,
    /// The act that makes it first.
    pub act: usize,
    /// Every act that makes it: a project may be brought up again.
    pub acts: Vec<usize>,
    /// Where that takes effect.
    pub target: Target,
    /// What made it removes it, too: an action's post step.
    pub removes_itself: Truth,
    /// Names of what it is made of: a cluster's nodes, a project's containers.
    pub parts: Vec<Value>,
    /// Those are all there are.
    pub parts_known: bool,
    /// What the configuration calls it (`resources:`), when a program makes it.
    pub declared: Option<String>,
    /// Where something is mounted in it: no anonymous volume is made there.
    pub mounted: Vec<Value>,
    /// Networks and volumes that it uses and does not make itself.
    pub uses: Vec<(Kind, Value)>,
    /// It is made only where it is not there yet, to stay.
    pub ensured: bool,
    /// A command in a container of a project makes it: `compose run`.
    pub is_run: bool,
}

impl Resource {
    /// Nothing but its kind, what takes its name, and what makes it where.
    pub(super) fn new(kind: Kind, by: &'static str, act: usize, target: Target) -> Self {
        Self {
            kind,
            name: None,
            name_at: None,
            labels: Vec::new(),
            labels_known: true,
            image: None,
            detached: Truth::Yes,
            rm: Truth::No,
            created_only: false,
            restarts: false,
            by,
            act,
            acts: vec![act],
            target,
            removes_itself: Truth::No,
            parts: Vec::new(),
            parts_known: true,
            declared: None,
            mounted: Vec::new(),
            uses: Vec::new(),
            ensured: false,
            is_run: false,
        }
    }

    /// The act that makes it last: what removes it before that does not count.
    pub fn last(&self) -> usize {
        self.acts.last().copied().unwrap_or(self.act)
    }

    /// What stands for it in a message.
    pub fn shown(&self) -> String {
        if let Some(declared) = &self.declared {
            return declared.clone();
        }
        match (&self.name, &self.image) {
            (Some(name), _) => name.to_string(),
            (None, Some(image)) => image.to_string(),
            (None, None) => self.kind.name().to_owned(),
        }
    }

    /// Its kind and what stands for it, in words; one without a name is no more than of an image.
    pub fn in_words(&self) -> String {
        let kind = self.kind.name();
        match (&self.declared, &self.name, &self.image) {
            (None, None, Some(image)) => format!("{kind} of image `{image}`"),
            (None, None, None) => format!("unnamed {kind}"),
            _ => format!("{kind} `{}`", self.shown()),
        }
    }

    /// It ends, and goes, with its command.
    pub fn ends_with_command(&self) -> Truth {
        if self.kind == Kind::Container { self.rm.and(!self.detached) } else { Truth::No }
    }
}

/// All that a job makes, in order. A project that several calls bring up is one resource.
pub fn resources(trace: &JobTrace, stacks: &BTreeMap<usize, Stack>) -> Vec<Resource> {
    let mut all: Vec<Resource> = Vec::new();
    let mut projects: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, act) in trace.acts.iter().enumerate() {
        let made = match &act.kind {
            ActKind::Program(call) => program(index, act, call),
            ActKind::Action(call) => {
                let made = match &call.verb {
                    ActionVerb::Docker(verb) => docker(index, act, verb, stacks),
                    ActionVerb::Cluster { name, program } => {
                        let cluster = Resource::new(Kind::Cluster, "cluster", index, super::act::target(act));
                        let parts = cluster_parts(program, name).into_iter().map(|(_, part)| part).collect();
                        Some(Resource { name: Some(name.clone()), parts, parts_known: false, ..cluster })
                    }
                    ActionVerb::Container { .. } => None,
                };
                made.map(|made| Resource { removes_itself: call.removes_in_post, ..made })
            }
            ActKind::Docker(call) => docker(index, act, &call.verb, stacks),
            ActKind::Uses { .. } | ActKind::Command { .. } => None,
        };
        let Some(made) = made else { continue };
        if made.kind != Kind::Project {
            all.push(made);
            continue;
        }
        // Equal names are shown alike.
        let alike = projects.entry(made.shown()).or_default();
        match alike.iter().find(|known| is_same(&all[**known], &made)) {
            Some(known) => all[*known].join(made),
            None => {
                alike.push(all.len());
                all.push(made);
            }
        }
    }
    for resource in &mut all {
        resource.ensured = super::counts::ensures(trace, resource);
    }
    all
}

impl Resource {
    /// Takes over what another call of the same project makes.
    fn join(&mut self, other: Self) {
        self.acts.extend(other.acts);
        self.restarts |= other.restarts;
        self.detached = self.detached.or(other.detached);
        for part in other.parts {
            if !self.parts.contains(&part) {
                self.parts.push(part);
            }
        }
        self.parts_known &= other.parts_known;
        self.uses.extend(other.uses);
        self.is_run &= other.is_run;
    }
}

/// A project that is up already, or the same command seen once more (in a loop, or called twice).
fn is_same(known: &Resource, made: &Resource) -> bool {
    let same = || match (&known.name, &made.name) {
        (Some(ours), Some(theirs)) => ours.same(theirs).is_yes(),
        _ => false,
    };
    known.kind == made.kind && known.target == made.target && same()
}

fn docker(index: usize, act: &Act, verb: &Verb, stacks: &BTreeMap<usize, Stack>) -> Option<Resource> {
    match verb {
        Verb::Run(run) => Some(container(index, act, run, false)),
        Verb::Create(run) => Some(container(index, act, run, true)),
        Verb::Make(make) => made(index, act, make),
        Verb::Compose(compose) => project(index, act, compose, stacks.get(&index)),
        Verb::Builder { verb, names, driver, .. } if verb == "create" => builder(index, act, names, driver.as_ref()),
        _ => None,
    }
}

/// `docker buildx create`. A builder with a name that is only made where it is missing (`inspect || create`,
/// `create || use`, setup-buildx-action) is a cache that is meant to stay.
fn builder(index: usize, act: &Act, names: &[Arg], driver: Option<&Arg>) -> Option<Resource> {
    // Other drivers make nothing on this daemon.
    if driver.is_some_and(|driver| !driver.is("docker-container")) {
        return None;
    }
    let call = super::act::call(act);
    let has = |name: &str| call.is_some_and(|call| call.options.flag(name).may_be());
    let name = match call {
        Some(call) => call.options.value("name"),
        None => names.first().cloned(),
    };
    let guarded = call.is_none() || act.context.conditional || act.context.tolerated;
    if has("append") || has("leave") || (name.is_some() && guarded) {
        return None;
    }
    let part = |name: &Arg| Value::literal("buildx_buildkit_").then(name.value.clone()).then(Value::literal("0"));
    Some(Resource {
        name: name.as_ref().map(|name| name.value.clone()),
        name_at: name.as_ref().map(|name| arg_at(act, name)),
        parts: name.iter().map(part).collect(),
        parts_known: name.is_some(),
        ..Resource::new(Kind::Builder, "builder", index, super::act::target(act))
    })
}

/// Where an argument of an act is written.
pub fn arg_at(act: &Act, arg: &Arg) -> Location {
    act.frame.location(arg.span.clone())
}

fn container(index: usize, act: &Act, run: &Run, created_only: bool) -> Resource {
    let unsure = super::act::call(act).is_some_and(|call| call.options.may_hold("label"));
    // A client in the background leaves its container to itself.
    let detached = if created_only || act.context.background { Truth::Yes } else { run.detach };
    let base =
        Resource::new(Kind::Container, if created_only { "create" } else { "run" }, index, super::act::target(act));
    Resource {
        name: run.name.as_ref().map(|name| name.value.clone()).or_else(|| unsure_name(act)),
        name_at: run.name.as_ref().map(|name| arg_at(act, name)),
        labels: run.labels.iter().map(|label| label.value.clone()).collect(),
        labels_known: run.label_files.is_empty() && !unsure,
        image: run.image.as_ref().map(|image| image.value.clone()),
        detached,
        rm: run.rm,
        created_only,
        restarts: run.restart.as_ref().and_then(Arg::text).is_some_and(is_lasting),
        mounted: run.mounts.iter().map(|mount| mount.target.clone()).collect(),
        uses: used(run),
        ..base
    }
}

/// The networks and named volumes of a container.
fn used(run: &Run) -> Vec<(Kind, Value)> {
    let networks = run.networks.iter().filter_map(|arg| match NetworkChoice::parse(&arg.value) {
        NetworkChoice::Named(name) => Some((Kind::Network, name)),
        _ => None,
    });
    let volumes = run.mounts.iter().filter(|mount| matches!(mount.kind, MountKind::Named | MountKind::Unknown));
    networks.chain(volumes.filter_map(|mount| Some((Kind::Volume, mount.source.clone()?)))).collect()
}

/// A name that may stand in a word which is not known.
fn unsure_name(act: &Act) -> Option<Value> {
    let call = super::act::call(act)?;
    call.options.may_hold("name").then(|| Value::unknown("a name that is not known"))
}

/// A restart policy that outlives a job.
pub fn is_lasting(policy: &str) -> bool {
    matches!(policy, "always" | "unless-stopped")
}

fn made(index: usize, act: &Act, make: &Make) -> Option<Resource> {
    let kind = match make.kind {
        DockerKind::Network => Kind::Network,
        DockerKind::Volume => Kind::Volume,
        _ => return None,
    };
    let unsure = super::act::call(act).is_some_and(|call| call.options.may_hold("label"));
    let base = Resource::new(kind, "create", index, super::act::target(act));
    Some(Resource {
        name: make.name.as_ref().map(|name| name.value.clone()),
        name_at: make.name.as_ref().map(|name| arg_at(act, name)),
        labels: make.labels.iter().map(|label| label.value.clone()).collect(),
        labels_known: !unsure,
        ..base
    })
}

fn project(index: usize, act: &Act, compose: &Compose, stack: Option<&Stack>) -> Option<Resource> {
    let detached = match &compose.verb {
        ComposeVerb::Up(up) => up.detach.or(act.context.background.into()),
        ComposeVerb::Create(_) => Truth::Yes,
        ComposeVerb::Run(run) => run.detach,
        _ => return None,
    };
    let (name, name_at) = project_name(act, compose, stack);
    let labels = vec![Value::literal("com.docker.compose.project=").then(name.clone())];
    let services = stack.map(|stack| stack.services.as_slice()).unwrap_or_default();
    let part = |service: &super::input::StackService| match &service.container_name {
        Some(own) => own.clone(),
        None => name.clone().then(Value::literal(format!("-{}-1", service.id))),
    };
    let base = Resource::new(Kind::Project, "compose", index, super::act::target(act));
    Some(Resource {
        name: Some(name.clone()),
        name_at,
        labels,
        labels_known: false,
        detached,
        restarts: !services.is_empty() && services.iter().any(|service| service.restarts),
        parts: services.iter().map(part).collect(),
        parts_known: stack.is_some() && !services.is_empty(),
        uses: stack.map(|stack| stack.external.clone()).unwrap_or_default(),
        is_run: matches!(compose.verb, ComposeVerb::Run(_)),
        ..base
    })
}

/// The project a compose call is about: `-p`, `COMPOSE_PROJECT_NAME`, the files' `name:`, the directory.
pub fn project_name(act: &Act, compose: &Compose, stack: Option<&Stack>) -> (Value, Option<Location>) {
    if let Some(project) = &compose.project {
        return (project.value.clone(), Some(arg_at(act, project)));
    }
    if compose.global.may_hold("project-name") {
        return (Value::unknown("$(compose options)"), None);
    }
    if let Some(set) = act.env.get("COMPOSE_PROJECT_NAME")
        && set.as_literal() != Some("")
    {
        return (set.clone(), None);
    }
    if let Some(name) = stack.and_then(|stack| stack.name.clone()) {
        return (name, None);
    }
    if let Some(directory) = stack.and_then(|stack| stack.directory.clone()) {
        return (directory, None);
    }
    if let Some(name) = super::stack::outside_name(act, compose) {
        return (name, None);
    }
    let files: Vec<String> = compose.files.iter().map(|file| file.value.to_string()).collect();
    let known = compose.project_directory.is_none() && compose.files.iter().all(|file| file.text().is_some());
    let source = match &compose.project_directory {
        Some(directory) => format!("named after {}", directory.value),
        None if files.is_empty() => "named after its directory".to_owned(),
        None => format!("named after the directory of {}", files.join(" ")),
    };
    // The files of one checkout lie at the same place in every run.
    let unique = if known && stack.is_some() { Unique::STATIC } else { Unique::UNKNOWN };
    (Value::opaque(source, unique, Truth::No), None)
}

fn program(index: usize, act: &Act, call: &ProgramCall) -> Option<Resource> {
    if call.effect != Effect::Makes || !call.makes_cluster() {
        return None;
    }
    let base = Resource::new(Kind::Cluster, "cluster", index, super::act::target(act));
    Some(Resource {
        name: Some(
            call.name.clone().unwrap_or_else(|| Value::unknown(format!("named in {}'s configuration", call.program))),
        ),
        name_at: call.name_arg.as_ref().map(|name| arg_at(act, name)),
        labels: call.label.iter().cloned().collect(),
        labels_known: false,
        parts: call.resources.iter().map(|(_, name)| name.clone()).collect(),
        parts_known: false,
        ..base
    })
}
