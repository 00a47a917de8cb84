//! `unique-name`: puts the run into a name, where it is made and wherever it is used. `compose-project`: a project of
//! the run's own.

mod append;
mod built;
mod built_first;
mod cached_from;
mod callers;
mod capitals;
mod claims;
mod derived;
mod elsewhere;
mod ending;
mod forced;
mod held;
mod image;
mod job_variable;
mod kept;
mod left;
mod leftover;
mod listing;
mod looked_for;
mod name;
mod new_word;
mod once_free;
mod plan;
mod planned;
mod preclean;
mod printed;
mod project;
mod pushed;
pub mod reference;
mod renaming;
mod retagged;
mod said;
mod second_attempt;
mod shared;
mod still_taken;
mod suffix;
mod tail;
mod target;
mod together;
mod told;
mod unshown;
mod uses;
mod variable;

pub use elsewhere::container_is_said_nowhere;
pub use name::Name;
pub use once_free::once_ports_are_free;
pub use reference::NameKind;
pub use suffix::{Suffix, legs_of};

use std::sync::Arc;

use super::{Scene, Withheld};
use crate::edit::Fix;
use crate::finding::Finding;
use claims::Ports;
use planned::{ByName, alone};
use target::Target;

/// The fix of a finding.
///
/// # Errors
/// When a use of the name cannot be changed along.
pub fn unique_name(scene: &Scene<'_>, finding: &Finding) -> Result<Arc<Fix>, Withheld> {
    let place = scene.place(finding)?;
    let target = target::of(&place, finding)?;
    target.may_go(&place)?;
    let name = match target {
        Target::Name(name) => name,
        Target::Project(name) => return project::of_name(scene, &place, &name, Ports::Fixed).map(Arc::new),
    };
    let known = place.reading.of_job(place.job, Fixes::default);
    known.0.of(&place, &name, || {
        let alone = alone(scene, &place, &name)?;
        let several = together::with_others(scene, &place, &name, &alone);
        Ok(several.unwrap_or_else(|| shared::told(scene, &place, std::slice::from_ref(&name), alone)))
    })
}

/// The fix of a finding about a compose project.
///
/// # Errors
/// When the project's name is set where it cannot be changed.
pub fn compose_project(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let target = target::of(&place, finding)?;
    target.may_go(&place)?;
    match target {
        Target::Project(name) => project::of_name(scene, &place, &name, Ports::Fixed),
        Target::Name(_) => Err(Withheld::because("it is not a compose project")),
    }
}

/// The fixes of a job's names.
#[derive(Default)]
struct Fixes(ByName);
