//! Whether an image is always built before it is used: under a name of the run's own nothing else puts it there.

use std::collections::{BTreeMap, BTreeSet};

use super::super::scene::is_no_gate;
use super::super::{Place, Withheld};
use super::{Name, image};
use crate::expr::{Known, Path};
use crate::trace::{Act, EarlyEnd};

/// Refuses an image that is used where its build may have been passed over: `docker pull app || docker build -t app .`,
/// a build in a step with an `if:` that the use does not have. Today an image of an earlier run, or of a registry, is
/// there.
///
/// # Errors
/// When a container may be made of it without a build before.
pub fn is_built_first(place: &Place<'_>, name: &Name) -> Result<(), Withheld> {
    let acts = &place.job.trace.acts;
    let builds = image::builds_in_job(place, name);
    let uses = image::makers_of_containers(place, name);
    let why = uses.into_iter().filter_map(|used| acts.get(used).map(|user| (used, user))).find_map(|(used, user)| {
        let before: Vec<(usize, &Act)> =
            builds.range(..=used).filter_map(|act| acts.get(*act).map(|build| (*act, build))).collect();
        let first = *before.first()?;
        let sure: Vec<&Act> =
            before.iter().filter(|build| is_sure(place, &before, **build, user)).map(|(_, act)| *act).collect();
        let how = match sure.is_empty() && is_forgiven(place, first, user) {
            true => "may fail without ending the job",
            false if one_has_run(place, &sure, user) => return None,
            false => "may be passed over",
        };
        Some((first.1, how, user))
    });
    let Some((build, how, user)) = why else { return Ok(()) };
    Err(Withheld::because(format!(
        "`{}` {how}, and `{}` then uses the image that is there: under a name of the run's own there would be none",
        build.text, user.text
    )))
}

/// Whether a build makes the image if it comes to it: no script ends well before, and where it fails, the job does or
/// another build takes its place.
fn is_sure(place: &Place<'_>, builds: &[(usize, &Act)], (index, build): (usize, &Act), user: &Act) -> bool {
    let ends = place.job.trace.early_ends.iter().take_while(|end| end.after <= index);
    // It may end behind another build.
    let is_behind_one = |end: &EarlyEnd| {
        let mut before = builds.iter().filter(|(act, _)| *act < end.after);
        before.any(|other| end.comes_after(other.1) && !is_forgiven(place, *other, user))
    };
    let mut ends = ends.filter(|end| end.passes_over(build) && !end.passes_over(user) && !is_behind_one(end));
    let is_instead = |other: &(usize, &Act)| {
        let mut branches = other.1.context.branches.iter();
        !is_forgiven(place, *other, user) && branches.any(|branch| branch.asked.contains(&index))
    };
    ends.next().is_none() && (!is_forgiven(place, (index, build), user) || builds.iter().any(is_instead))
}

/// Whether a build may fail, and who uses its image runs all the same.
fn is_forgiven(place: &Place<'_>, (index, build): (usize, &Act), user: &Act) -> bool {
    // `if docker build …; then docker run …`
    let is_behind = user.context.branches.iter().any(|branch| branch.on_yes && branch.asked.contains(&index));
    let goes_on = |act: &Act| {
        let field = place.step(act.step).and_then(|step| step.continue_on_error.as_ref());
        field.is_some_and(|field| field.value.as_bool() != Some(false))
    };
    let is_next_step = build.step != user.step && goes_on(build) && !asks_for_success(place, build, user);
    build.context.forgiven && !build.context.in_loop && !is_behind || is_next_step
}

/// Whether the step of a user does not run where the build's step has failed: `if: steps.build.outcome == 'success'`.
fn asks_for_success(place: &Place<'_>, build: &Act, user: &Act) -> bool {
    let step = |act: &Act| place.job.trace.steps.get(act.step);
    let Some(id) = step(build).and_then(|step| step.id.as_ref()) else { return false };
    let outcome = format!("steps.{id}.outcome").to_ascii_lowercase();
    let failed = |path: &Path| match path.dotted() {
        Some(dotted) if dotted == outcome => Known::text("failure"),
        _ => Known::unknown(),
    };
    let Some(asking) = step(user) else { return false };
    // An action has steps of its own: what its conditions call `steps.build` is none of the job's.
    let is_in_one_file = step(build).is_some_and(|build| build.at.path == asking.at.path);
    let own = usize::from(place.step(user.step).is_some_and(|step| step.condition.is_some()));
    let asked = if is_in_one_file { &asking.conditions[..] } else { asking.conditions.get(..own).unwrap_or_default() };
    asked.iter().any(|condition| condition.is_never(&failed))
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
