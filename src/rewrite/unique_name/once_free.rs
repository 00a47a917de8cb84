//! What a name becomes once Docker chooses the host's ports: both are mended, or neither is.

use super::super::{ByKey, Place, Scene, Withheld};
use super::claims::Ports;
use super::target::Target;
use super::told::Told;
use super::{Name, NameKind, plan, project};
use crate::lifecycle::resource::{Resource, ResourceKind};

/// Why the fix is unsafe that comes behind, or why there is none.
type Next = Result<Vec<String>, Withheld>;

/// By kinds and names.
type Known = ByKey<(NameKind, String), Next>;

/// What the name of a container or a project comes to, which an act makes, when the ports that it takes are each run's
/// own: the reasons why its fix is unsafe. Nothing where no finding says that other runs have the name.
pub fn once_ports_are_free(scene: &Scene<'_>, place: &Place<'_>, act: usize) -> Option<Next> {
    let name = place.job.resources.iter().filter(|resource| resource.acts.contains(&act)).find_map(shared)?;
    if !Told::of(scene, place).has(&name) {
        return None;
    }
    let known = place.reading.of_job(place.job, Known::default);
    let next = known.once((name.kind, name.value.to_string()), || next(scene, place, name.clone()));
    Some((*next).clone())
}

/// The name that every run gives to a thing.
fn shared(resource: &Resource) -> Option<Name> {
    let kind = match resource.kind {
        ResourceKind::Container => NameKind::Container,
        ResourceKind::Project => NameKind::Project,
        _ => return None,
    };
    let value = resource.name.clone().filter(|name| name.unique().is_static().is_yes())?;
    Some(Name { kind, value, act: resource.act })
}

fn next(scene: &Scene<'_>, place: &Place<'_>, name: Name) -> Next {
    let stays = |why: Withheld| {
        let what = if name.kind == NameKind::Project { "project" } else { "name" };
        let why_not =
            format!("the {what} `{}` would stay the same in every run, so two runs would still collide", name.value);
        Withheld { why: format!("{why_not}. That one stays because {}", why.why), after: why.after }
    };
    let target = match name.kind {
        NameKind::Project => Target::Project(name.clone()),
        _ => Target::Name(name.clone()),
    };
    target.may_go(place).map_err(stays)?;
    let fix = match name.kind {
        NameKind::Project => project::of_name(scene, place, &name, Ports::Free),
        _ => plan::of_name(scene, place, &name, Ports::Free),
    };
    let fix = fix.map_err(stays)?;
    Ok(fix.why.iter().flat_map(|why| why.split("; ")).map(str::to_owned).collect())
}
