//! Which name a finding is about.

use super::super::{Place, Withheld};
use super::{Kind, Name, reference};
use crate::docker::{ActionVerb, Verb};
use crate::finding::Finding;
use crate::lifecycle::removals::Removal;
use crate::lifecycle::resources::{Kind as ResourceKind, Resource};
use crate::symbol::Value;
use crate::trace::{Act, ActKind};

/// What a finding is about.
pub enum Target {
    /// A name.
    Name(Name),
    /// A compose project.
    Project(Name),
}

/// The name that a finding is about.
///
/// # Errors
/// When it is made in a way that cannot be edited.
pub fn of(place: &Place<'_>, finding: &Finding) -> Result<Target, Withheld> {
    let acts = &place.job.trace.acts;
    let here = |resource: &&Resource| {
        acts.get(resource.act).is_some_and(|act| act.at == finding.location)
            && resource.name.as_ref().is_some_and(|name| finding.subject.ends_with(&name.to_string()))
    };
    if let Some(resource) = place.job.resources.iter().find(here)
        && !finding.subject.starts_with("image-tag")
    {
        return of_resource(resource);
    }
    let removal =
        place.job.removals.iter().find(|removal| acts.get(removal.act).is_some_and(|act| act.at == finding.location));
    if let Some(removal) = removal.filter(|_| !finding.subject.starts_with("image-tag")) {
        let resource = place.job.resources.iter().find(|resource| removes(removal, resource));
        let resource = resource.ok_or_else(|| Withheld::because("what it removes is not made under that very name"))?;
        return of_resource(resource);
    }
    let tag = acts.iter().enumerate().find_map(|(index, act)| Some((index, tag(act, finding)?)));
    let built = || {
        place.job.stacks.iter().find_map(|(act, stack)| {
            let service = stack.services.iter().find(|service| service.image_at.as_ref() == Some(&finding.location))?;
            Some((*act, service.image.clone()?))
        })
    };
    match tag.or_else(built) {
        Some((act, value)) => Ok(Target::Name(Name { kind: Kind::Image, value, act })),
        None => Err(Withheld::because("the name is written in a file that cannot be edited")),
    }
}

fn of_resource(resource: &Resource) -> Result<Target, Withheld> {
    let kind = match resource.kind {
        ResourceKind::Container => Kind::Container,
        ResourceKind::Network => Kind::Network,
        ResourceKind::Volume => Kind::Volume,
        ResourceKind::Project => Kind::Project,
        ResourceKind::Builder => Kind::Builder,
        ResourceKind::Cluster => {
            return Err(Withheld::because("a cluster's name is part of the names of its nodes and of its context"));
        }
    };
    let value = resource.name.clone().ok_or_else(|| Withheld::because("it has no name"))?;
    if value.candidates().is_some_and(|all| all.len() > 1) {
        return Err(Withheld::because("one command makes several of different names"));
    }
    let name = Name { kind, value, act: resource.act };
    Ok(if kind == Kind::Project { Target::Project(name) } else { Target::Name(name) })
}

/// Whether a removal is by the name that a later resource gets.
fn removes(removal: &Removal, resource: &Resource) -> bool {
    let Some(name) = resource.name.as_ref().filter(|_| resource.act > removal.act) else { return false };
    let by_name = removal.selector.names.iter().any(|arg| arg.value.same(name).is_yes());
    let filters = removal.selector.filters("name");
    by_name
        || filters
            .filter_map(|filter| reference::name(&filter.arg, reference::Role::Filter))
            .any(|pattern| pattern.same(name).is_yes())
}

fn tag(act: &Act, finding: &Finding) -> Option<Value> {
    let verb = match &act.kind {
        ActKind::Docker(call) => &call.verb,
        ActKind::Action(call) => match &call.verb {
            ActionVerb::Docker(verb) => verb,
            _ => return None,
        },
        _ => return None,
    };
    let Verb::Build(build) = verb else { return None };
    let arg = build.tags.iter().find(|tag| {
        if act.at != finding.location && act.frame.location(tag.span.clone()) != finding.location {
            return false;
        }
        let subject = finding.subject.trim_start_matches("image-tag ");
        let text = tag.value.to_string();
        text == subject || format!("{text}:latest") == subject
    })?;
    Some(arg.value.clone())
}
