//! What a job makes on the daemon.

use super::helper_labels::HelperLabels;
use super::resource::{Resource, ResourceKind};
use std::collections::{BTreeMap, HashMap};

use crate::command::Arg;
use crate::docker::{
    ActionVerb, Compose, ComposeVerb, Effect, Make, MountKind, NetworkChoice, ObjectKind, ProgramCall, Run, Verb,
    cluster_parts, context_is_away, host_is_away,
};
use crate::stack::{Stack, StackService, project_name};
use crate::symbol::Value;
use crate::trace::{Act, ActKind, JobTrace, Target};
use crate::truth::Truth;

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
                        let cluster = Resource::new(ResourceKind::Cluster, "cluster", index, act.target());
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
        if made.kind != ResourceKind::Project {
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
        resource.helper_labels = HelperLabels::of(trace, resource.act);
        resource.ensured = super::branch_coverage::ensures(trace, resource);
    }
    all
}

impl Resource {
    /// Takes over what another call of the same project makes. One call that brings it up to stay makes it stay; all it
    /// is made of is known only where it is known of each call, and it is no more than a `compose run` only where each
    /// is.
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
    let call = act.call();
    let has = |name: &str| call.is_some_and(|call| call.options.flag(name).may_be());
    let name = match call {
        Some(call) => call.options.value("name"),
        None => names.first().cloned(),
    };
    let guarded = call.is_none() || act.context.conditional || act.context.tolerated;
    if has("append") || has("leave") || (name.is_some() && guarded) {
        return None;
    }
    // `buildx create ENDPOINT`: a context, or the address of a daemon.
    let endpoint = names.iter().find(|word| call.is_some() && name.as_ref().is_none_or(|name| name.span != word.span));
    let away = endpoint.map_or(Truth::No, |endpoint| match endpoint.value.prefix().contains("://") {
        true => host_is_away(&endpoint.value),
        false => context_is_away(&endpoint.value),
    });
    if away.is_yes() {
        return None;
    }
    let target = if away.is_no() { act.target() } else { Target::Unknown };
    let part = |name: &Arg| Value::literal("buildx_buildkit_").then(name.value.clone()).then(Value::literal("0"));
    Some(Resource {
        name: name.as_ref().map(|name| name.value.clone()),
        name_at: name.as_ref().map(|name| act.location_of(name)),
        parts: name.iter().map(part).collect(),
        parts_known: name.is_some(),
        ..Resource::new(ResourceKind::Builder, "builder", index, target)
    })
}

fn container(index: usize, act: &Act, run: &Run, created_only: bool) -> Resource {
    let unsure = act.call().is_some_and(|call| call.options.may_hold("label"));
    // A client in the background leaves its container to itself.
    let detached = if created_only || act.context.background { Truth::Yes } else { run.detach };
    // One without a name is made anew for the container, as the image's own are.
    let mounted = run.mounts.iter().filter(|mount| mount.kind != MountKind::Anonymous);
    let base = Resource::new(ResourceKind::Container, if created_only { "create" } else { "run" }, index, act.target());
    Resource {
        name: run.name.as_ref().map(|name| name.value.clone()).or_else(|| unsure_name(act)),
        name_at: run.name.as_ref().map(|name| act.location_of(name)),
        labels: run.labels.iter().map(|label| label.value.clone()).collect(),
        labels_known: run.label_files.is_empty() && !unsure,
        image: run.image.as_ref().map(|image| image.value.clone()),
        detached,
        rm: run.rm,
        created_only,
        restarts: run.restart.as_ref().and_then(Arg::text).is_some_and(crate::docker::is_lasting),
        mounted: mounted.map(|mount| mount.target.clone()).collect(),
        uses: used(run),
        ..base
    }
}

/// The networks and named volumes of a container.
fn used(run: &Run) -> Vec<(ResourceKind, Value)> {
    let networks = run.networks.iter().filter_map(|arg| match NetworkChoice::parse(&arg.value) {
        NetworkChoice::Named(name) => Some((ResourceKind::Network, name)),
        _ => None,
    });
    let volumes = run.mounts.iter().filter(|mount| matches!(mount.kind, MountKind::Named | MountKind::Unknown));
    networks.chain(volumes.filter_map(|mount| Some((ResourceKind::Volume, mount.source.clone()?)))).collect()
}

/// A name that may stand in a word which is not known.
fn unsure_name(act: &Act) -> Option<Value> {
    let call = act.call()?;
    call.options.may_hold("name").then(|| Value::unknown("a name that is not known"))
}

fn network_or_volume(kind: ObjectKind) -> Option<ResourceKind> {
    match kind {
        ObjectKind::Network => Some(ResourceKind::Network),
        ObjectKind::Volume => Some(ResourceKind::Volume),
        _ => None,
    }
}

fn used_outside((kind, name): &(ObjectKind, Value)) -> Option<(ResourceKind, Value)> {
    Some((network_or_volume(*kind)?, name.clone()))
}

fn made(index: usize, act: &Act, make: &Make) -> Option<Resource> {
    let kind = network_or_volume(make.kind)?;
    let unsure = act.call().is_some_and(|call| call.options.may_hold("label"));
    let base = Resource::new(kind, "create", index, act.target());
    Some(Resource {
        name: make.name.as_ref().map(|name| name.value.clone()),
        name_at: make.name.as_ref().map(|name| act.location_of(name)),
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
    let part = |service: &StackService| match &service.container_name {
        Some(own) => own.clone(),
        None => name.clone().then(Value::literal(format!("-{}-1", service.id))),
    };
    let base = Resource::new(ResourceKind::Project, "compose", index, act.target());
    Some(Resource {
        name: Some(name.clone()),
        name_at,
        labels,
        labels_known: false,
        detached,
        restarts: services.iter().any(|service| service.restarts),
        parts: services.iter().map(part).collect(),
        parts_known: stack.is_some() && !services.is_empty(),
        uses: stack.into_iter().flat_map(|stack| &stack.external).filter_map(used_outside).collect(),
        is_run: matches!(compose.verb, ComposeVerb::Run(_)),
        ..base
    })
}

fn program(index: usize, act: &Act, call: &ProgramCall) -> Option<Resource> {
    if call.effect != Effect::Makes || !call.makes_cluster() {
        return None;
    }
    let base = Resource::new(ResourceKind::Cluster, "cluster", index, act.target());
    Some(Resource {
        name: Some(
            call.name.clone().unwrap_or_else(|| Value::unknown(format!("named in {}'s configuration", call.program))),
        ),
        name_at: call.name_arg.as_ref().map(|name| act.location_of(name)),
        labels: call.label.iter().cloned().collect(),
        labels_known: false,
        parts: call.resources.iter().map(|(_, name)| name.clone()).collect(),
        parts_known: false,
        ..base
    })
}
