//! What was planned for the names of a job already.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::super::{Place, Scene, Withheld};
use super::claims::Ports;
use super::{Name, NameKind, leftover, plan, preclean, reference};
use crate::edit::Fix;
use crate::symbol::Value;

/// The fix of a name that leaves the job's others alone.
pub fn alone(scene: &Scene<'_>, place: &Place<'_>, name: &Name) -> Planned {
    let known = place.reading.of_job(place.job, Alone::default);
    known.0.of(place, name, || plan::of_name(scene, place, name, Ports::Fixed).map(Arc::new))
}

/// Those that leave its other names alone.
#[derive(Default)]
struct Alone(ByName);

/// A fix, or why there is none.
pub type Planned = Result<Arc<Fix>, Withheld>;

/// What was planned for the names of a job: the same name is made unique in the same way, whichever of the commands
/// that make it a finding is about.
#[derive(Default)]
pub struct ByName(RefCell<HashMap<(NameKind, String), Vec<Known>>>);

/// A name, what there is to say of the command that makes it, and what was planned.
type Known = (Value, Made, Planned);

/// What there is to say of the command that makes a name.
type Made = (usize, (bool, bool));

impl ByName {
    /// What is planned for a name, once.
    pub fn of(&self, place: &Place<'_>, name: &Name, plan: impl FnOnce() -> Planned) -> Planned {
        let made = (preclean::cleared_by(place, name), leftover::way_to(place, name));
        let key = (name.kind, reference::key(name.kind, &name.value));
        let is_it = |(value, known, _): &&Known| *value == name.value && *known == made;
        let known = self.0.borrow().get(&key).and_then(|all| all.iter().find(is_it).map(|(.., fix)| fix.clone()));
        known.unwrap_or_else(|| {
            let fix = plan();
            self.0.borrow_mut().entry(key).or_default().push((name.value.clone(), made, fix.clone()));
            fix
        })
    }
}
