//! Names of one job that need a step at its end: one fix gives them all to one step.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

use super::claims::Ports;
use super::left::Left;
use super::planned::alone;
use super::target::{self, Target};
use super::told::{Findings, key};
use super::{Name, NameKind, image, plan, shared};
use crate::edit::{Applicability, Fix};
use crate::rewrite::{Place, Scene};

/// The fix for a name and all those of the job that want the same step as it does; nothing where it is the only one.
pub fn with_others(scene: &Scene<'_>, place: &Place<'_>, name: &Name, alone: &Arc<Fix>) -> Option<Arc<Fix>> {
    if !wants_step(scene, place, name) {
        return None;
    }
    let known = place.reading.of_job(place.job, Known::default);
    let known = known.0.get_or_init(|| Group::read(scene, place));
    let is_it = |one: &&Group| {
        one.alike == (alone.applicability, name.kind == NameKind::Image) && one.names.contains(&key(name))
    };
    known.iter().find(is_it).map(|group| group.fix.clone())
}

/// The groups of a job.
#[derive(Default)]
struct Known(OnceCell<Vec<Group>>);

/// Names that get one fix.
struct Group {
    names: HashSet<(NameKind, String)>,
    /// How far each of them may be trusted alone, and whether they are images: these go last.
    alike: (Applicability, bool),
    fix: Arc<Fix>,
}

impl Group {
    fn read(scene: &Scene<'_>, place: &Place<'_>) -> Vec<Self> {
        let mut names: Vec<Name> = Vec::new();
        let mut known: HashSet<(NameKind, String)> = HashSet::new();
        for finding in Findings::of(scene, place) {
            let Ok(Target::Name(name)) = target::of(place, finding) else { continue };
            if known.insert(key(&name)) && wants_step(scene, place, &name) {
                names.push(name);
            }
        }
        names.sort_by_key(|name| name.act);
        let mut groups: Vec<((Applicability, bool), Vec<Name>)> = Vec::new();
        for name in names {
            let Ok(fix) = alone(scene, place, &name) else { continue };
            let alike = (fix.applicability, name.kind == NameKind::Image);
            match groups.iter_mut().find(|(known, _)| *known == alike) {
                Some((_, names)) => names.push(name),
                None => groups.push((alike, vec![name])),
            }
        }
        let several = groups.into_iter().filter(|(_, names)| names.len() > 1);
        let group = |(alike, names): ((Applicability, bool), Vec<Name>)| {
            let fix = Arc::new(plan::of_names(scene, place, &names, Ports::Fixed).ok()?);
            let fix = shared::told(scene, place, &names, fix);
            let names = names.iter().map(key).collect();
            Some(Self { names, alike, fix })
        };
        several.filter_map(group).collect()
    }
}

fn wants_step(scene: &Scene<'_>, place: &Place<'_>, name: &Name) -> bool {
    if name.kind == NameKind::Image {
        return !image::is_removed(place, name);
    }
    !Left::of(scene, place, name, false).acts.is_empty()
}
