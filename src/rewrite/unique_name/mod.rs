//! `unique-name`: puts the run into a name, where it is made and wherever it is used. `compose-project`: a project of
//! the run's own.

mod append;
mod built;
mod callers;
mod claims;
mod derived;
mod forced;
mod held;
mod image;
mod job_variable;
mod left;
mod leftover;
mod listing;
mod name;
mod plan;
mod preclean;
mod project;
pub mod reference;
mod renaming;
mod said;
mod settings;
mod suffix;
mod tail;
mod target;
mod together;
mod uses;
mod variable;

pub use name::Name;
pub use reference::NameKind;
pub use suffix::{Suffix, legs_of};

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::{Scene, Withheld};
use crate::edit::Fix;
use crate::finding::Finding;
use target::Target;

/// The fix of a finding.
///
/// # Errors
/// When a use of the name cannot be changed along.
pub fn unique_name(scene: &Scene<'_>, finding: &Finding) -> Result<Arc<Fix>, Withheld> {
    let place = scene.place(finding)?;
    let name = match target::of(&place, finding)? {
        Target::Name(name) => name,
        Target::Project(name) => return project::of_name(scene, &place, &name).map(Arc::new),
    };
    let known = place.reading.of_job(place.job, Known::default);
    // The same name is made unique in the same way, whichever of the commands that make it a finding is about.
    let made = (preclean::cleared_by(&place, &name), leftover::way_to(&place, &name));
    let key = (name.kind, reference::key(name.kind, &name.value));
    let same = |one: &&Planned| one.name.value == name.value && one.made == made;
    let planned = known.0.borrow().get(&key).and_then(|all| all.iter().find(same).map(|one| one.fix.clone()));
    planned.unwrap_or_else(|| {
        let alone = plan::of_name(scene, &place, &name).map(Arc::new);
        let fix = alone.map(|alone| together::with_others(scene, &place, &name, &alone).unwrap_or(alone));
        known.0.borrow_mut().entry(key).or_default().push(Planned { name, made, fix: fix.clone() });
        fix
    })
}

/// The fix of a finding about a compose project.
///
/// # Errors
/// When the project's name is set where it cannot be changed.
pub fn compose_project(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    match target::of(&place, finding)? {
        Target::Project(name) => project::of_name(scene, &place, &name),
        Target::Name(_) => Err(Withheld::because("it is not a compose project")),
    }
}

/// What was planned for the names of a job.
#[derive(Default)]
struct Known(RefCell<HashMap<(NameKind, String), Vec<Planned>>>);

/// What was planned for a name.
struct Planned {
    name: Name,
    /// What there is to say of the command that makes it.
    made: (usize, (bool, bool)),
    fix: Result<Arc<Fix>, Withheld>,
}
