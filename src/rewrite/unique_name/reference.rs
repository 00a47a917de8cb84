//! Where a call of docker names a container, a network, a volume or an image.

use crate::command::Arg;
use crate::docker::{DockerCall, Filter, ObjectKind, Reference, Verb};
use crate::lifecycle::resource::ResourceKind;
use crate::symbol::Value;

/// What is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// A container.
    Container,
    /// A network.
    Network,
    /// A volume.
    Volume,
    /// An image's tag.
    Image,
    /// A compose project.
    Project,
    /// A builder of buildx.
    Builder,
}

/// How a word holds a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is the name.
    Whole,
    /// The name stands before its first `:`.
    Head,
    /// `container:NAME`.
    Joined,
    /// `name=NAME`, a pattern.
    Filter,
    /// `BASE=NAME`, an argument of a build.
    Argument,
}

/// A word of a call that holds a name, and the name.
#[derive(Clone, Debug)]
pub struct Held {
    /// The word.
    pub arg: Arg,
    /// How.
    pub role: Role,
    /// The name.
    pub name: Value,
}

/// The words of a call that may name something of that kind.
pub fn held(call: &DockerCall, kind: NameKind) -> Vec<Held> {
    let mut all = Vec::new();
    match kind {
        NameKind::Container => containers(call, &mut all),
        NameKind::Network => networks(call, &mut all),
        NameKind::Volume => volumes(call, &mut all),
        NameKind::Image => images(call, &mut all),
        NameKind::Builder => builders(call, &mut all),
        NameKind::Project => {
            if let Verb::Compose(compose) = &call.verb {
                all.extend(compose.project.iter().map(|arg| (arg, Role::Whole)));
            }
        }
    }
    all.into_iter().filter_map(|(arg, role)| Some(Held { name: name(arg, role)?, arg: arg.clone(), role })).collect()
}

/// The kind of thing that a name is of; images are nobody's.
pub fn kind(kind: NameKind) -> Option<ResourceKind> {
    match kind {
        NameKind::Container => Some(ResourceKind::Container),
        NameKind::Network => Some(ResourceKind::Network),
        NameKind::Volume => Some(ResourceKind::Volume),
        NameKind::Project => Some(ResourceKind::Project),
        NameKind::Builder => Some(ResourceKind::Builder),
        NameKind::Image => None,
    }
}

/// Whether two names are the same.
pub fn same(kind: NameKind, one: &Value, other: &Value) -> bool {
    match kind {
        NameKind::Image => Reference::parse(one).same(&Reference::parse(other)).is_yes(),
        _ => one.same(other).is_yes(),
    }
}

/// A text that is the same for names which are the same.
pub fn key(kind: NameKind, name: &Value) -> String {
    match kind {
        NameKind::Image => Reference::parse(name).key(),
        _ => name.to_string(),
    }
}

type Found<'c> = Vec<(&'c Arg, Role)>;

fn containers<'c>(call: &'c DockerCall, all: &mut Found<'c>) {
    let whole = |arg: &'c Arg| (arg, Role::Whole);
    match &call.verb {
        Verb::Run(run) | Verb::Create(run) => {
            all.extend(run.name.iter().map(whole));
            let joined = run.networks.iter().chain(&run.pid).chain(&run.ipc);
            all.extend(joined.map(|arg| (arg, Role::Joined)));
            all.extend(run.volumes_from.iter().chain(&run.links).map(|arg| (arg, Role::Head)));
        }
        Verb::Exec(exec) => all.extend(exec.container.iter().map(whole)),
        Verb::Control(control) if control.kind == ObjectKind::Container => all.extend(control.names.iter().map(whole)),
        Verb::Remove(remove) if remove.kind == ObjectKind::Container => all.extend(remove.names.iter().map(whole)),
        Verb::Logs { names, .. } | Verb::Update { names, .. } | Verb::Look { names } => {
            all.extend(names.iter().map(whole));
        }
        Verb::Inspect { kind: None | Some(ObjectKind::Container), names, .. } => all.extend(names.iter().map(whole)),
        Verb::Rename { from, to } => all.extend([from, to].map(whole)),
        Verb::Port { container, .. }
        | Verb::Connect { container, .. }
        | Verb::Disconnect { container, .. }
        | Verb::Commit { container, .. } => all.push(whole(container)),
        Verb::Copy { from, to } => all.extend([from, to].map(|arg| (arg, Role::Head))),
        Verb::List(list) if list.kind == ObjectKind::Container => all.extend(filters(&list.filters, "name")),
        _ => {}
    }
}

fn networks<'c>(call: &'c DockerCall, all: &mut Found<'c>) {
    let whole = |arg: &'c Arg| (arg, Role::Whole);
    match &call.verb {
        Verb::Make(make) if make.kind == ObjectKind::Network => all.extend(make.name.iter().map(whole)),
        Verb::Run(run) | Verb::Create(run) => all.extend(run.networks.iter().map(whole)),
        Verb::Remove(remove) if remove.kind == ObjectKind::Network => all.extend(remove.names.iter().map(whole)),
        Verb::Connect { network, .. } | Verb::Disconnect { network, .. } => all.push(whole(network)),
        Verb::Inspect { kind: Some(ObjectKind::Network), names, .. } => all.extend(names.iter().map(whole)),
        Verb::List(list) if list.kind == ObjectKind::Network => all.extend(filters(&list.filters, "name")),
        Verb::List(list) if list.kind == ObjectKind::Container => all.extend(filters(&list.filters, "network")),
        _ => {}
    }
}

fn volumes<'c>(call: &'c DockerCall, all: &mut Found<'c>) {
    let whole = |arg: &'c Arg| (arg, Role::Whole);
    match &call.verb {
        Verb::Make(make) if make.kind == ObjectKind::Volume => all.extend(make.name.iter().map(whole)),
        Verb::Run(_) | Verb::Create(_) => {
            let given = call.options.given.iter().filter(|given| given.name == "volume");
            all.extend(given.filter_map(|given| Some((given.value.as_ref()?, Role::Head))));
        }
        Verb::Remove(remove) if remove.kind == ObjectKind::Volume => all.extend(remove.names.iter().map(whole)),
        Verb::Inspect { kind: Some(ObjectKind::Volume), names, .. } => all.extend(names.iter().map(whole)),
        Verb::List(list) if list.kind == ObjectKind::Volume => all.extend(filters(&list.filters, "name")),
        _ => {}
    }
}

fn images<'c>(call: &'c DockerCall, all: &mut Found<'c>) {
    let whole = |arg: &'c Arg| (arg, Role::Whole);
    match &call.verb {
        Verb::Build(build) => {
            all.extend(build.tags.iter().map(whole));
            all.extend(build.build_args.iter().map(|arg| (arg, Role::Argument)));
        }
        Verb::Run(run) | Verb::Create(run) => all.extend(run.image.iter().map(whole)),
        Verb::Tag { source, target } => all.extend([source, target].map(whole)),
        Verb::Save { images, .. } => all.extend(images.iter().map(whole)),
        Verb::Commit { image, .. } => all.extend(image.iter().map(whole)),
        Verb::Inspect { kind: None | Some(ObjectKind::Image), names, .. } | Verb::Look { names } => {
            all.extend(names.iter().map(whole));
        }
        Verb::Remove(remove) if remove.kind == ObjectKind::Image => all.extend(remove.names.iter().map(whole)),
        _ => {}
    }
}

fn builders<'c>(call: &'c DockerCall, all: &mut Found<'c>) {
    let whole = |arg: &'c Arg| (arg, Role::Whole);
    match &call.verb {
        Verb::Builder { names, .. } => all.extend(names.iter().map(whole)),
        Verb::Build(build) => all.extend(build.builder.iter().map(whole)),
        _ => {}
    }
    let told = call.options.given.iter().filter(|given| given.name == "builder");
    for arg in told.filter_map(|given| given.value.as_ref()) {
        if !all.iter().any(|(known, _)| known.span == arg.span) {
            all.push(whole(arg));
        }
    }
}

fn filters<'c>(all: &'c [Filter], key: &'static str) -> impl Iterator<Item = (&'c Arg, Role)> {
    all.iter().filter(move |filter| filter.is(key)).map(|filter| (&filter.arg, Role::Filter))
}

/// The name that a word holds in that role.
pub fn name(arg: &Arg, role: Role) -> Option<Value> {
    match role {
        Role::Whole => Some(arg.value.clone()),
        Role::Head => Some(arg.value.split_once(':').map_or_else(|| arg.value.clone(), |(head, _)| head)),
        Role::Joined => arg.value.strip_prefix("container:"),
        // `VERSION=1.2` names no image.
        Role::Argument => {
            let (_, value) = arg.value.split_once('=')?;
            Some(value).filter(|value| value.as_literal().is_none_or(|text| text.contains(':')))
        }
        Role::Filter => {
            let (_, pattern) = arg.value.split_once('=')?;
            let pattern = pattern.strip_prefix("^").unwrap_or(pattern);
            let pattern = pattern.strip_prefix("/?").or_else(|| pattern.strip_prefix("/")).unwrap_or(pattern);
            Some(strip_end(&pattern))
        }
    }
}

/// Without the `$` at the end of a pattern.
fn strip_end(pattern: &Value) -> Value {
    match pattern.suffix().strip_suffix('$') {
        Some(_) => {
            let last = pattern.parts().len() - 1;
            let parts = pattern.parts().iter().enumerate().map(|(index, part)| match part {
                crate::symbol::Part::Literal(text) if index == last => {
                    Value::literal(text.strip_suffix('$').unwrap_or(text))
                }
                crate::symbol::Part::Literal(text) => Value::literal(text.clone()),
                crate::symbol::Part::Opaque(opaque) => {
                    Value::opaque(opaque.source.clone(), opaque.unique, opaque.empty)
                }
                crate::symbol::Part::OneOf(values) => Value::one_of(values.iter().cloned()),
            });
            Value::concat(parts)
        }
        None => pattern.clone(),
    }
}
