//! What two runs still share when an image has a tag of each run's own: containers of it whose name stays (RULES 10.3).

use super::super::{ByKey, Place, Scene};
use super::claims::Ports;
use super::left::made_by;
use super::planned::alone;
use super::together::Told;
use super::{Name, NameKind, image, project};
use crate::lifecycle::resource::ResourceKind;

/// Whether the name of what an act makes stays what it is in every run, by the acts.
type Stays = ByKey<usize, Option<String>>;

/// The containers and projects of an image that a finding is about, and that no fix gives a name of each run's own.
pub fn by_makers(scene: &Scene<'_>, place: &Place<'_>, name: &Name) -> Vec<String> {
    let known = place.reading.of_job(place.job, Stays::default);
    let makers = image::makers_of_containers(place, name).into_iter();
    let mut shared: Vec<String> = makers
        .filter_map(|act| known.once(act, || stays(scene, place, act)).as_ref().clone())
        .map(|what| format!("two runs still share the {what}"))
        .collect();
    shared.dedup();
    shared
}

/// What it is, in words, where its name stays.
fn stays(scene: &Scene<'_>, place: &Place<'_>, act: usize) -> Option<String> {
    let made = made_by(place, act)?;
    let kind = match made.kind {
        ResourceKind::Container => NameKind::Container,
        ResourceKind::Project => NameKind::Project,
        _ => return None,
    };
    let name = Name { kind, value: made.name.clone()?, act };
    if !Told::of(scene, place).has(&name) {
        return None;
    }
    let is_kept = match kind {
        NameKind::Project => project::of_name(scene, place, &name, Ports::Fixed).is_err(),
        _ => alone(scene, place, &name).is_err(),
    };
    is_kept.then(|| made.in_words())
}
