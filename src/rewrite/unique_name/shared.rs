//! What two runs still share when an image has a tag of each run's own: containers of it whose name stays.

use std::sync::Arc;

use super::super::{ByKey, Place, Scene};
use super::claims::Ports;
use super::left::made_by;
use super::planned::alone;
use super::told::Told;
use super::{Name, NameKind, image, project};
use crate::edit::{Applicability, Fix};
use crate::lifecycle::resource::ResourceKind;

/// Whether the name of what an act makes stays what it is in every run, by the acts.
type Stays = ByKey<usize, Option<String>>;

/// A fix of names, in which what two runs still share is said: containers and projects of the images, that a finding is
/// about, and that no fix gives a name of each run's own.
pub fn told(scene: &Scene<'_>, place: &Place<'_>, names: &[Name], fix: Arc<Fix>) -> Arc<Fix> {
    let known = place.reading.of_job(place.job, Stays::default);
    let images = names.iter().filter(|name| name.kind == NameKind::Image);
    let makers = images.flat_map(|name| image::makers_of_containers(place, name));
    let shared = makers.filter_map(|act| known.once(act, || stays(scene, place, act)).as_ref().clone());
    let mut doubts: Vec<String> = shared.map(|what| format!("two runs still share the {what}")).collect();
    doubts.dedup();
    if doubts.is_empty() {
        return fix;
    }
    doubts.extend(fix.why.clone());
    let applicability = fix.applicability.min(Applicability::Unsafe);
    Arc::new(Fix { applicability, why: Some(doubts.join("; ")), ..Fix::clone(&fix) })
}

/// What it is, in words, where its name stays.
fn stays(scene: &Scene<'_>, place: &Place<'_>, act: usize) -> Option<String> {
    let made = made_by(place, act)?;
    let kind = match made.kind {
        ResourceKind::Container => NameKind::Container,
        ResourceKind::Project => NameKind::Project,
        _ => return None,
    };
    // What has the run in it is shared by legs alone.
    let value = made.name.clone().filter(|name| name.unique().is_static().is_yes())?;
    let name = Name { kind, value, act };
    if !Told::of(scene, place).has(&name) {
        return None;
    }
    let is_kept = match kind {
        NameKind::Project => project::of_name(scene, place, &name, Ports::Fixed).is_err(),
        _ => alone(scene, place, &name).is_err(),
    };
    is_kept.then(|| made.in_words())
}
