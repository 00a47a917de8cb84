//! The fix that makes a name unique: what changes with it, in its job and in others.

use super::super::shell_text::ShellText;
use super::super::{Draft, Place, Scene, Withheld};
use super::renaming::Renaming;
use super::{Name, NameKind, Suffix, image, leftover, preclean, reference, unseen, uses, variable};
use crate::docker::{ActionVerb, Verb};
use crate::edit::{Applicability, Fix};
use crate::lifecycle::removal::{RemovalVerb as Removes, Scope};
use crate::symbol::Value;
use crate::trace::ActKind;
use crate::workflow::Job;

/// In how many places of a job a name may stand: nobody reads a fix that changes more, and every finding of the name
/// shows it.
const MOST_USES: usize = 256;

/// The fix that makes a name unique.
///
/// # Errors
/// When a use of the name cannot be changed along.
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
    if name.kind == NameKind::Builder {
        used_by_commands_alone(place)?;
    }
    let mut draft = Draft::new(scene);
    let texts = ShellText::of_job(place);
    let uses = uses::of_job(place, name)?;
    if uses.len() > MOST_USES {
        return Err(Withheld::because(format!("the name stands in more than {MOST_USES} places of the job")));
    }
    if name.kind == NameKind::Image && is_pushed(place, name) {
        return Err(Withheld::because("it is pushed under this tag, which others may pull"));
    }
    if uses.is_empty() && name.kind != NameKind::Image {
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
    let renaming = Renaming { place, texts: &texts, name, uses: &kept, all: &uses, dropped: &dropped, suffix: &suffix };
    let mut doubts = rewire(&mut draft, &renaming)?;
    if name.kind == NameKind::Project {
        doubts.extend(unseen::of_project(place, name.act));
    }
    for other in others(place, name, false) {
        follow(&mut draft, &other, name, &suffix)?;
    }
    let piles_up = (name.kind == NameKind::Image).then(|| {
        "each run leaves an image under a tag of its own: remove it at the end, or let a prune with `until=` take old ones"
            .to_owned()
    });
    let applicability = if doubts.is_empty() { Applicability::Safe } else { Applicability::Unsafe };
    let why = doubts.into_iter().reduce(|all, next| format!("{all}; {next}")).or(piles_up);
    let title = match name.kind {
        NameKind::Image => format!("tag `{}` with the run's id", name.value),
        _ => format!("put the run's id and attempt into the name `{}`", name.value),
    };
    let rewrite = if name.kind == NameKind::Project { "compose-project" } else { "unique-name" };
    draft.finish(rewrite, applicability, title, why)
}

/// Changes it in commands, and in what names it without being a word of docker's. Gives back what makes the fix doubtful.
fn rewire(draft: &mut Draft<'_>, renaming: &Renaming<'_, '_>) -> Result<Vec<String>, Withheld> {
    let mut doubts = variable::change(draft, renaming)?;
    doubts.extend(match renaming.name.kind {
        NameKind::Image => image::change(draft, renaming)?,
        _ => leftover::change(draft, renaming)?,
    });
    Ok(doubts)
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
    let is_it = |value: &Value| reference::same(NameKind::Image, value, &name.value);
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
        return others.filter(|other| name.kind != NameKind::Image && apart(&other.job.job)).collect();
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
    let renaming = Renaming { place: other, texts: &texts, name, uses: &uses, all: &uses, dropped: &[], suffix };
    variable::change(draft, &renaming)?;
    Ok(())
}
