//! One definition of a service over another
//! (<https://github.com/compose-spec/compose-spec/blob/main/13-merge.md>).

use super::service::{EffectiveResource, EffectiveService, Placed};
use crate::source::Text;
use crate::workflow::{ComposeService, Field, Port, Resource, Tag, Vars};

/// What a tag makes of a merge.
enum How {
    Merge,
    /// `!override`
    Replace,
    /// `!reset`
    Drop,
}

fn how(tag: Option<&Tag>) -> How {
    match tag.map(|tag| tag.written.as_str()) {
        Some("!override") => How::Replace,
        Some("!reset") => How::Drop,
        _ => How::Merge,
    }
}

/// `over` merged over `base`, without regard to a tag on the service itself.
pub(super) fn merge(base: EffectiveService, over: EffectiveService) -> EffectiveService {
    // An effective service ends with the definition that its tags stand in.
    let Some(written) = over.definitions.last().map(|definition| definition.value.clone()) else { return base };
    let mut definitions = base.definitions;
    definitions.extend(over.definitions);
    EffectiveService {
        id: over.id,
        at: over.at,
        definitions,
        image: one(base.image, over.image, &written.image),
        build: one(base.build, over.build, &written.build),
        container_name: one(base.container_name, over.container_name, &written.container_name),
        hostname: one(base.hostname, over.hostname, &written.hostname),
        network_mode: one(base.network_mode, over.network_mode, &written.network_mode),
        restart: one(base.restart, over.restart, &written.restart),
        pull_policy: one(base.pull_policy, over.pull_policy, &written.pull_policy),
        privileged: one(base.privileged, over.privileged, &written.privileged),
        pid: one(base.pid, over.pid, &written.pid),
        command: one(base.command, over.command, &written.command),
        entrypoint: one(base.entrypoint, over.entrypoint, &written.entrypoint),
        healthcheck: one(base.healthcheck, over.healthcheck, &written.healthcheck),
        deploy: one(base.deploy, over.deploy, &written.deploy),
        ports: list(base.ports, over.ports, tag(&written.ports), same_port),
        expose: list(base.expose, over.expose, tag(&written.expose), |one, other| one.value() == other.value()),
        volumes: list(base.volumes, over.volumes, tag(&written.volumes), |one, other| {
            text(&one.target).is_some() && text(&one.target) == text(&other.target)
        }),
        networks: list(base.networks, over.networks, tag(&written.networks), |one, other| {
            one.name.value() == other.name.value()
        }),
        profiles: list(base.profiles, over.profiles, tag(&written.profiles), |one, other| one.value() == other.value()),
        depends_on: list(base.depends_on, over.depends_on, tag(&written.depends_on), |one, other| {
            one.service.value() == other.service.value()
        }),
        tmpfs: base.tmpfs.into_iter().chain(over.tmpfs).collect(),
        joined: base.joined.into_iter().chain(over.joined).collect(),
        environment: vars(base.environment, over.environment, &written.environment),
        labels: vars(base.labels, over.labels, &written.labels),
        env_file: base.env_file.into_iter().chain(over.env_file).collect(),
        extends: over.extends,
    }
}

/// A service of a later file over that of an earlier one; `None` when it is reset.
pub(super) fn over(base: EffectiveService, later: EffectiveService) -> Option<EffectiveService> {
    let tag = later.definitions.last().and_then(|definition: &Placed<ComposeService>| definition.tag.clone());
    match how(tag.as_deref()) {
        How::Merge => Some(merge(base, later)),
        How::Replace => Some(later),
        How::Drop => None,
    }
}

/// A network or volume of a later file over that of an earlier one.
pub(super) fn resource(all: &mut Vec<EffectiveResource>, later: EffectiveResource) {
    let at = all.iter().position(|known| known.key.value() == later.key.value());
    let Some(at) = at else { return all.push(later) };
    match how(later.tag.as_deref()) {
        How::Drop => {
            all.remove(at);
        }
        How::Replace => all[at] = later,
        How::Merge => {
            let Resource { name, external, driver, .. } = &all[at].value;
            // A bare `net:` in the later file leaves what the earlier one says.
            if later.name.is_some()
                || later.external.is_some()
                || (name.is_none() && external.is_none() && driver.is_none())
            {
                all[at] = later;
            }
        }
    }
}

fn one<T>(
    base: Option<Placed<Box<Field<T>>>>,
    over: Option<Placed<Box<Field<T>>>>,
    written: &Option<Box<Field<T>>>,
) -> Option<Placed<Box<Field<T>>>> {
    match how(written.as_ref().and_then(|field| field.tag.as_deref())) {
        How::Drop => None,
        How::Replace => over,
        How::Merge => over.or(base),
    }
}

fn tag<T>(field: &Option<Box<Field<T>>>) -> Option<&Tag> {
    field.as_ref().and_then(|field| field.tag.as_deref())
}

/// Appended, those that are the same replaced.
fn list<T>(
    base: Vec<Placed<T>>,
    over: Vec<Placed<T>>,
    tag: Option<&Tag>,
    same: impl Fn(&T, &T) -> bool,
) -> Vec<Placed<T>> {
    match how(tag) {
        How::Drop => Vec::new(),
        How::Replace => over,
        How::Merge => {
            let mut all = base;
            for item in over {
                match all.iter().position(|known| same(&known.value, &item.value)) {
                    Some(at) => all[at] = item,
                    None => all.push(item),
                }
            }
            all
        }
    }
}

fn vars(
    base: Vec<Placed<crate::workflow::Var>>,
    over: Vec<Placed<crate::workflow::Var>>,
    written: &Vars,
) -> Vec<Placed<crate::workflow::Var>> {
    list(base, over, written.tag.as_deref(), |one, other| one.name.value() == other.name.value())
}

fn text(text: &Option<Text>) -> Option<&str> {
    text.as_ref().map(Text::value)
}

fn same_port(one: &Port, other: &Port) -> bool {
    let key = |port: &Port| {
        let fields = [&port.host_ip, &port.published, &port.target, &port.protocol];
        fields.map(|field| text(field).map(str::to_owned))
    };
    key(one) == key(other)
}
