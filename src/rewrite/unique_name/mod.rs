//! `unique-name`: puts the run into a name, where it is made and wherever it is used.

mod append;
mod image;
mod leftover;
pub mod preclean;
pub mod reference;
mod suffix;
pub mod target;
mod uses;
pub mod variable;

pub use reference::Kind;
pub use suffix::{Suffix, legs_of};

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::shell_text::ShellText;
use super::{Draft, Place, Scene, Withheld};
use crate::docker::{ActionVerb, Verb};
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::lifecycle::removal::{Scope, Verb as Removes};
use crate::symbol::Value;
use crate::trace::ActKind;
use crate::workflow::Job;

/// In how many places of a job a name may stand: nobody reads a fix that changes more, and every finding of the name
/// shows it.
const MOST_USES: usize = 256;

/// What is to be unique.
#[derive(Clone, Debug)]
pub struct Name {
    /// What it names.
    pub kind: Kind,
    /// The name.
    pub value: Value,
    /// The act that makes it, in the job's trace.
    pub act: usize,
}

/// The fix of a finding.
///
/// # Errors
/// When a use of the name cannot be changed along.
pub fn unique_name(scene: &Scene<'_>, finding: &Finding) -> Result<Arc<Fix>, Withheld> {
    let place = scene.place(finding)?;
    let name = match target::of(&place, finding)? {
        target::Target::Name(name) => name,
        target::Target::Project(name) => {
            return super::compose_project::of_name(scene, &place, &name).map(Arc::new);
        }
    };
    let known = place.reading.of_job(place.job, Known::default);
    // The same name is made unique in the same way, whichever of the commands that make it a finding is about.
    let made = (preclean::cleared_by(&place, &name), leftover::way_to(&place, &name));
    let key = (name.kind, reference::key(name.kind, &name.value));
    let same = |one: &&Planned| one.name.value == name.value && one.made == made;
    let planned = known.0.borrow().get(&key).and_then(|all| all.iter().find(same).map(|one| one.fix.clone()));
    planned.unwrap_or_else(|| {
        let fix = of_name(scene, &place, &name).map(Arc::new);
        known.0.borrow_mut().entry(key).or_default().push(Planned { name, made, fix: fix.clone() });
        fix
    })
}

/// What was planned for the names of a job.
#[derive(Default)]
struct Known(RefCell<HashMap<(Kind, String), Vec<Planned>>>);

/// What was planned for a name.
struct Planned {
    name: Name,
    /// What there is to say of the command that makes it.
    made: (usize, (bool, bool)),
    fix: Result<Arc<Fix>, Withheld>,
}

/// The fix that makes a name unique.
///
/// # Errors
/// As [`unique_name`].
pub fn of_name(scene: &Scene<'_>, place: &Place<'_>, name: &Name) -> Result<Fix, Withheld> {
    let sharing = others(place, name, true);
    let suffix = Suffix::of(place, name.kind, &name.value, !sharing.is_empty())?;
    if suffix.expression.is_empty() {
        let why = match place.job.calls.is_empty() {
            true => "the name has the run in it already",
            false => "each call of the workflow needs a part of its own, and nothing in here tells the calls apart",
        };
        return Err(Withheld::because(why));
    }
    if name.kind == Kind::Builder {
        used_by_commands_alone(place)?;
    }
    let mut draft = Draft::new(scene);
    let texts = ShellText::of_job(place);
    let uses = uses::of_job(place, name)?;
    if uses.len() > MOST_USES {
        return Err(Withheld::because(format!("the name stands in more than {MOST_USES} places of the job")));
    }
    if name.kind == Kind::Image && is_pushed(place, name) {
        return Err(Withheld::because("it is pushed under this tag, which others may pull"));
    }
    if uses.is_empty() && name.kind != Kind::Image {
        return Err(Withheld::because("the name is not written in a command that can be edited"));
    }
    let shows = |used: &uses::Use| {
        let text = texts.get(used.text).and_then(|text| text.value().get(..used.held.arg.span.end));
        variable::is_one(&used.held.name) || text.is_some_and(|text| suffix.fits(text.trim_end_matches(['"', '\''])))
    };
    let suffix = if uses.iter().all(shows) { suffix } else { suffix.behind_tags() };
    let dropped = preclean::drop(&mut draft, place, name, &texts, &uses)?;
    let is_kept = |used: &&uses::Use| !dropped.iter().any(|gone| gone.holds(used));
    let kept: Vec<uses::Use> = uses.iter().filter(is_kept).cloned().collect();
    let mut doubts = variable::rewire(&mut draft, place, &texts, name, &kept, &uses, &suffix)?;
    doubts.extend(leftover::rewire(&mut draft, place, &texts, name, &kept, &dropped, &suffix)?);
    if name.kind == Kind::Project {
        doubts.extend(super::compose_project::unseen(place, name.act));
    }
    for other in others(place, name, false) {
        follow(&mut draft, &other, name, &suffix)?;
    }
    let piles_up = (name.kind == Kind::Image).then(|| {
        "each run leaves an image under a tag of its own: remove it at the end, or let a prune with `until=` take old ones"
            .to_owned()
    });
    let applicability = if doubts.is_empty() { Applicability::Safe } else { Applicability::Unsafe };
    let why = doubts.into_iter().reduce(|all, next| format!("{all}; {next}")).or(piles_up);
    let title = match name.kind {
        Kind::Image => format!("tag `{}` with the run's id", name.value),
        _ => format!("put the run's id and attempt into the name `{}`", name.value),
    };
    let rewrite = if name.kind == Kind::Project { "compose-project" } else { "unique-name" };
    draft.finish(rewrite, applicability, title, why)
}

/// A builder that actions use by its name, or that nothing removes, keeps it.
fn used_by_commands_alone(place: &Place<'_>) -> Result<(), Withheld> {
    let job = &place.job.job;
    let of_step = |step: &crate::workflow::Step| step.with.get("builder").is_some();
    let is_set = place.job.trace.acts.iter().any(|act| act.env.contains_key("BUILDX_BUILDER"));
    if job.steps.iter().any(of_step) || is_set {
        return Err(Withheld::because("an input or `BUILDX_BUILDER` names the builder, too"));
    }
    let removed =
        place.job.removals.iter().any(|removal| removal.scope == Scope::Builder && removal.verb == Removes::Remove);
    if !removed {
        return Err(Withheld::because(
            "nothing removes the builder: under names of their own each run would leave one",
        ));
    }
    Ok(())
}

/// Whether an image is pushed under its tag.
fn is_pushed(place: &Place<'_>, name: &Name) -> bool {
    let is_it = |value: &Value| reference::same(Kind::Image, value, &name.value);
    place.job.trace.acts.iter().any(|act| match &act.kind {
        ActKind::Docker(call) => match &call.verb {
            Verb::Push { images } => images.iter().any(|image| is_it(&image.value)),
            Verb::Build(build) => build.push.may_be() && build.tags.iter().any(|tag| is_it(&tag.value)),
            _ => false,
        },
        ActKind::Action(call) => match &call.verb {
            ActionVerb::Docker(verb) => match &**verb {
                Verb::Build(build) => build.push.is_yes() && build.tags.iter().any(|tag| is_it(&tag.value)),
                _ => false,
            },
            _ => false,
        },
        _ => false,
    })
}

/// The other jobs of the workflow that make the same name at the same time, or (without `make`) only use it.
pub fn others<'a>(place: &Place<'a>, name: &Name, make: bool) -> Vec<Place<'a>> {
    let own = &place.job.job;
    let is_other = |other: &Place<'_>| other.job.job.id.value() != own.id.value();
    if make {
        let apart = |other: &Job| !place.peers.needs(own, other) && !place.peers.needs(other, own);
        let mut makers: Vec<usize> = place.peers.making(&name.value).into_iter().map(|(job, _)| job).collect();
        makers.dedup();
        let others = makers.into_iter().filter_map(|job| place.of(job)).filter(is_other);
        return others.filter(|other| name.kind != Kind::Image && apart(&other.job.job)).collect();
    }
    let makes = |other: &Place<'_>| {
        let mut names = other.job.resources.iter().filter_map(|resource| resource.name.as_ref());
        names.any(|theirs| reference::same(name.kind, theirs, &name.value))
    };
    let others = uses::sayers(place, name).into_iter().filter_map(|job| place.of(job)).filter(is_other);
    others.filter(|other| !makes(other) && uses::are_in(other, name)).collect()
}

/// Changes the uses in another job.
fn follow(draft: &mut Draft<'_>, other: &Place<'_>, name: &Name, suffix: &Suffix) -> Result<(), Withheld> {
    let id = other.job.job.id.value();
    if suffix.expression.contains("matrix.") || suffix.expression.contains("job-index") {
        return Err(Withheld::because(format!("the job `{id}` uses it too, and does not know the legs of this one")));
    }
    let texts = ShellText::of_job(other);
    let uses = uses::of_job(other, name)?;
    variable::rewire(draft, other, &texts, name, &uses, &uses, suffix)?;
    Ok(())
}
