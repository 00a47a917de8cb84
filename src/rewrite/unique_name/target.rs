//! Which name a finding is about.

use std::collections::{BTreeSet, HashMap};

use super::super::doubt::lasting::may_go;
use super::super::teardown::stays_after_success;
use super::super::{Place, Withheld};
use super::{Name, NameKind, reference};
use crate::docker::{ActionVerb, Build, Verb};
use crate::finding::Finding;
use crate::lifecycle::removal::Removal;
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::source::Location;
use crate::symbol::Value;
use crate::trace::{Act, ActKind};

/// What a finding is about.
pub enum Target {
    /// A name.
    Name(Name),
    /// A compose project.
    Project(Name),
}

impl Target {
    /// Refuses what stays when all went well, and that people may know by its name: a container, a project.
    ///
    /// # Errors
    /// When it may be an environment.
    pub fn may_go(&self, place: &Place<'_>) -> Result<(), Withheld> {
        let (Self::Name(name) | Self::Project(name)) = self;
        if !matches!(name.kind, NameKind::Container | NameKind::Project) || !stays_after_success(place, name.act) {
            return Ok(());
        }
        may_go(place, Some(&name.value))
    }
}

/// The name that a finding is about.
///
/// # Errors
/// When it is made in a way that cannot be edited.
pub fn of(place: &Place<'_>, finding: &Finding) -> Result<Target, Withheld> {
    let acts = &place.job.trace.acts;
    let places = place.reading.of_job(place.job, || Places::read(place));
    let here = places.0.get(&finding.location);
    let made = here.into_iter().flat_map(|here| &here.resources).filter_map(|index| place.job.resources.get(*index));
    let is_it =
        |resource: &&Resource| resource.name.as_ref().is_some_and(|name| finding.subject.ends_with(&name.to_string()));
    if let Some(resource) = made.into_iter().find(is_it)
        && !finding.subject.starts_with("image-tag")
    {
        return of_resource(resource);
    }
    let removal = here.and_then(|here| place.job.removals.get(here.removal?));
    if let Some(removal) = removal.filter(|_| !finding.subject.starts_with("image-tag")) {
        let met = place.job.meets.resources_of(removal);
        let resource =
            met.into_iter().map(|index| &place.job.resources[index]).find(|resource| removes(removal, resource));
        let resource = resource.ok_or_else(|| {
            Withheld::because(
                "nothing is made under exactly that name: put the run's id into the name where it is made, then here",
            )
        })?;
        return of_resource(resource);
    }
    let mut acts = here.into_iter().flat_map(|here| &here.acts).filter_map(|index| Some((*index, acts.get(*index)?)));
    let tag = acts.find_map(|(index, act)| Some((index, tag(act, finding)?)));
    let built = || {
        place.job.stacks.iter().find_map(|(act, stack)| {
            let service = stack.services.iter().find(|service| service.image_at.as_ref() == Some(&finding.location))?;
            Some((*act, service.image.clone()?))
        })
    };
    match tag.or_else(built) {
        Some((act, value)) => Ok(Target::Name(Name { kind: NameKind::Image, value, act })),
        None => Err(Withheld::because("no command of the job gives that name: change it by hand where it is written")),
    }
}

/// What stands at each place of a job: numbers of its acts (of builds where their tags stand, too), of what these make,
/// and of the first removal.
struct Places(HashMap<Location, Here>);

#[derive(Default)]
struct Here {
    acts: Vec<usize>,
    resources: Vec<usize>,
    removal: Option<usize>,
}

impl Places {
    fn read(place: &Place<'_>) -> Self {
        let acts = &place.job.trace.acts;
        let mut places: HashMap<Location, Here> = HashMap::new();
        for (index, act) in acts.iter().enumerate() {
            let tags = build(act).into_iter().flat_map(|build| &build.tags);
            let tags = tags.map(|tag| act.frame.location(tag.span.clone()));
            let all: BTreeSet<Location> = [&act.at, act.called_at()].into_iter().cloned().chain(tags).collect();
            for at in all {
                places.entry(at).or_default().acts.push(index);
            }
        }
        for (index, resource) in place.job.resources.iter().enumerate() {
            if let Some(here) = acts.get(resource.act).and_then(|act| places.get_mut(act.called_at())) {
                here.resources.push(index);
            }
        }
        for (index, removal) in place.job.removals.iter().enumerate() {
            if let Some(here) = acts.get(removal.act).and_then(|act| places.get_mut(act.called_at())) {
                here.removal.get_or_insert(index);
            }
        }
        Self(places)
    }
}

fn of_resource(resource: &Resource) -> Result<Target, Withheld> {
    let kind = match resource.kind {
        ResourceKind::Container => NameKind::Container,
        ResourceKind::Network => NameKind::Network,
        ResourceKind::Volume => NameKind::Volume,
        ResourceKind::Project => NameKind::Project,
        ResourceKind::Builder => NameKind::Builder,
        ResourceKind::Cluster => {
            return Err(Withheld::because(
                "a cluster's name is part of the names of its nodes and of its kubeconfig context, so calls of `kubectl` \
                 would have to change as well",
            ));
        }
    };
    let value = resource.name.clone().ok_or_else(|| Withheld::because("it has no name"))?;
    if value.candidates().is_some_and(|all| all.len() > 1) {
        return Err(Withheld::because("one command makes several of different names"));
    }
    let name = Name { kind, value, act: resource.act };
    Ok(if kind == NameKind::Project { Target::Project(name) } else { Target::Name(name) })
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

fn build(act: &Act) -> Option<&Build> {
    let verb = match &act.kind {
        ActKind::Docker(call) => &call.verb,
        ActKind::Action(call) => match &call.verb {
            ActionVerb::Docker(verb) => verb,
            _ => return None,
        },
        _ => return None,
    };
    match verb {
        Verb::Build(build) => Some(build),
        _ => None,
    }
}

fn tag(act: &Act, finding: &Finding) -> Option<Value> {
    let build = build(act)?;
    let arg = build.tags.iter().find(|tag| {
        if *act.called_at() != finding.location && act.frame.location(tag.span.clone()) != finding.location {
            return false;
        }
        let subject = finding.subject.trim_start_matches("image-tag ");
        let text = tag.value.to_string();
        text == subject || format!("{text}:latest") == subject
    })?;
    Some(arg.value.clone())
}
