//! Whether an image is always built before it is used: under a name of the run's own nothing else puts it there.

use std::collections::{BTreeMap, BTreeSet};

use super::super::scene::is_no_gate;
use super::super::{Place, Withheld};
use super::{Name, image};
use crate::trace::Act;

/// Refuses an image that is used where its build may have been passed over: `docker pull app || docker build -t app .`, a
/// build in a step with an `if:` that the use does not have. Today an image of an earlier run, or of a registry, is there.
///
/// # Errors
/// When a container may be made of it without a build before.
pub fn is_built_first(place: &Place<'_>, name: &Name) -> Result<(), Withheld> {
    let acts = &place.job.trace.acts;
    let builds = image::builds_in_job(place, name);
    let uses = image::makers_of_containers(place, name);
    let unbuilt = uses.into_iter().find(|used| {
        let Some(user) = acts.get(*used) else { return false };
        let before: Vec<&Act> = builds.range(..=*used).filter_map(|act| acts.get(*act)).collect();
        !before.is_empty() && !one_has_run(place, &before, user)
    });
    let (Some(used), Some(build)) = (unbuilt.and_then(|used| acts.get(used)), builds.first()) else { return Ok(()) };
    let build = acts.get(*build).map_or("", |act| act.text.as_str());
    Err(Withheld::because(format!(
        "`{build}` may be passed over, and `{}` then uses the image that is there: under a name of the run's own there \
         would be none",
        used.text
    )))
}

/// Whether one of these builds has run wherever the user of its image runs.
fn one_has_run(place: &Place<'_>, builds: &[&Act], user: &Act) -> bool {
    let mut arms: BTreeMap<usize, (usize, BTreeSet<usize>)> = BTreeMap::new();
    for build in builds.iter().filter(|build| gate_holds(place, build, user)) {
        let shared = &user.context.branches;
        let mut own = build.context.branches.iter().filter(|branch| {
            !shared.iter().any(|known| (known.of, known.arm, known.in_loop) == (branch.of, branch.arm, branch.in_loop))
        });
        match (own.next(), own.next()) {
            (None, _) => return true,
            (Some(branch), None) => {
                arms.entry(branch.of).or_insert((branch.arms, BTreeSet::new())).1.insert(branch.arm)
            }
            _ => continue,
        };
    }
    // One arm or another is taken.
    arms.values().any(|(all, built)| *all > 0 && built.len() == *all)
}

/// Whether the step of a build runs wherever the step of a user does.
fn gate_holds(place: &Place<'_>, build: &Act, user: &Act) -> bool {
    let gate = |act: &Act| place.step(act.step)?.condition.as_ref().map(|condition| condition.value.value().trim());
    let is_same_step = build.step == user.step;
    is_same_step || gate(build).is_none_or(|own| is_always_met(own) || gate(user) == Some(own))
}

/// Whether a condition is one of those that every step meets while all goes well.
fn is_always_met(condition: &str) -> bool {
    let inner = condition.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")).unwrap_or(condition);
    is_no_gate(inner.trim())
}
