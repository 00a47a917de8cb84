//! `unique-name`: puts the run into a name, where it is made and wherever it is used. `compose-project`: a project of
//! the run's own.

mod append;
mod built;
mod callers;
mod capitals;
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

use super::{Place, Scene, Withheld};
use crate::edit::Fix;
use crate::finding::Finding;
use crate::symbol::Value;
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
    let known = place.reading.of_job(place.job, Fixes::default);
    known.0.of(&place, &name, || {
        let alone = alone(scene, &place, &name)?;
        Ok(together::with_others(scene, &place, &name, &alone).unwrap_or(alone))
    })
}

/// The fix of a name that leaves the job's others alone.
fn alone(scene: &Scene<'_>, place: &Place<'_>, name: &Name) -> Planned {
    let known = place.reading.of_job(place.job, Alone::default);
    known.0.of(place, name, || plan::of_name(scene, place, name).map(Arc::new))
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

/// The fixes of a job's names.
#[derive(Default)]
struct Fixes(ByName);

/// Those that leave its other names alone.
#[derive(Default)]
struct Alone(ByName);

type Planned = Result<Arc<Fix>, Withheld>;

/// What was planned for the names of a job: the same name is made unique in the same way, whichever of the commands that
/// make it a finding is about.
#[derive(Default)]
struct ByName(RefCell<HashMap<(NameKind, String), Vec<(Value, Made, Planned)>>>);

/// What there is to say of the command that makes a name.
type Made = (usize, (bool, bool));

impl ByName {
    fn of(&self, place: &Place<'_>, name: &Name, plan: impl FnOnce() -> Planned) -> Planned {
        let made = (preclean::cleared_by(place, name), leftover::way_to(place, name));
        let key = (name.kind, reference::key(name.kind, &name.value));
        let is_it = |(value, known, _): &&(Value, Made, Planned)| *value == name.value && *known == made;
        let known = self.0.borrow().get(&key).and_then(|all| all.iter().find(is_it).map(|(.., fix)| fix.clone()));
        known.unwrap_or_else(|| {
            let fix = plan();
            self.0.borrow_mut().entry(key).or_default().push((name.value.clone(), made, fix.clone()));
            fix
        })
    }
}
