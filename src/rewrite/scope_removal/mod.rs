//! `scope-removal`: what the job makes carries the run's label, and the removal takes only that.

mod filter;
mod prune;
mod urgent;

use urgent::is_urgent;

use super::doubt::same_run::same_run;
use super::removal::group;
use super::run_label::{KEY, Label, stamp};
use super::shell_text::ShellText;
use super::{Draft, Place, Scene, Withheld};
use crate::docker::Verb;
use crate::edit::{Applicability, Fix};
use crate::facts::listed;
use crate::finding::{Finding, Level};
use crate::lifecycle::purpose::frees_disk;
use crate::lifecycle::removal::{Removal, Scope, is_unanswered};
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::lifecycle::selector::By;
use crate::lifecycle::selects::{selects, selects_across};
use crate::symbol::{Dimensions, Value};
use crate::trace::Act;

/// The fix of a finding.
///
/// # Errors
/// When what the removal is meant for is not made where it can be seen.
pub fn scope_removal(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let removals = group(&place, finding)?;
    let first = removals.first().ok_or_else(|| Withheld::because("no command of the job stands there"))?;
    if place.job.trace.acts.get(first.act).is_some_and(is_unanswered) {
        return Err(Withheld::because("it removes nothing as it is, and with `-f` it would remove more than today"));
    }
    let texts = ShellText::of_job(&place);
    if let Some(fix) = prune::until(Draft::new(scene), &place, &texts, first) {
        return fix;
    }
    let is_of_images = matches!(first.scope, Scope::Image | Scope::Builder);
    let is_by_age = first.selector.filters("until").next().is_some();
    if first.selector.by == By::Prune && first.scope == Scope::Image && first.selector.all && is_by_age {
        return Err(Withheld::because(
            "`until=` counts from the build of an image, not from its last use: leave out `-a`, so that only untagged \
             images go, or name the images that may go",
        ));
    }
    if let Some(age) = first.selector.filters("until").next().filter(|_| finding.level == Level::Info || is_of_images) {
        return Err(Withheld::because(format!(
            "it keeps what is younger than `{}`: raise that where a run may last longer, else nothing needs to be done",
            age.value
        )));
    }
    if is_of_images {
        return Err(Withheld::because(match first.selector.by {
            By::Prune if is_urgent(&place, first) => {
                "it is to free the disk when that is full, and what spares today's images may free nothing then: let it \
                 remove untagged images alone (without `-a`), or run when no job does"
            }
            By::Prune if place.analysed.workflow.is_scheduled() && first.selector.all => {
                "images carry no label of the run, and `until=` counts from their build: leave out `-a`, so that only \
                 untagged ones go, or name those that may go"
            }
            By::Prune if place.analysed.workflow.is_scheduled() => {
                "images and build caches carry no label of the run: write `--filter until=24h`, which spares what was built \
                 today"
            }
            By::Prune if prune::keeps_a_size(&place, first) => {
                "build caches carry no label of the run: leave them to one job on a schedule, with the same options"
            }
            By::Prune => {
                "images and build caches carry no label of the run: leave them to a job on a schedule, with `--filter until=24h`"
            }
            _ if first
                .selector
                .patterns
                .iter()
                .any(|(text, not)| !not && text.unique().dimensions.has(Dimensions::RUN)) =>
            {
                "it asks for what has this run's id already: end what it asks for where the tag ends (`$`), so that \
                 it fits no longer one"
            }
            _ if first.selector.filters("dangling").any(|filter| filter.value.as_literal() == Some("true")) => {
                "untagged images have no name and no label of the run: `docker image prune -f --filter until=24h` \
                 takes only those that are older than any run"
            }
            _ => {
                "images carry no label of the run: give those that this run builds a tag of the run, and remove them by that"
            }
        }));
    }
    let step = place.job.trace.acts.get(first.act).and_then(|act| place.job.trace.steps.get(act.step));
    if first.selector.by == By::Prune && frees_disk(step) {
        return Err(Withheld::because(match place.analysed.workflow.is_scheduled() {
            true => {
                "its step is to free the disk, and with the run's label it would free next to nothing: prune containers, \
                 images and the build cache one by one, each with `--filter until=24h`, and leave networks and volumes alone"
            }
            false => {
                "its step is to free the disk, and with the run's label it would free next to nothing: leave that to one \
                 scheduled job that spares what is recent (`--filter until=24h`)"
            }
        }));
    }
    if is_looked_at(&place, first) || finding.level == Level::Info && first.selector.by == By::Label {
        return Err(Withheld::because(
            "the removal looks at each candidate before it removes it: it is meant for what other runs left",
        ));
    }
    let mut own = made(&place.job.resources, |resource| is_meant(first, resource, false));
    let others = places(&place, first);
    let makes_some = !own.is_empty();
    own.retain(|resource| !is_gone_by(&place, resource, first));
    if makes_some && own.is_empty() && others.is_empty() {
        return Err(Withheld::because(
            "this removal runs after the job's own teardown, so with the run's label it would find nothing: it is \
             meant for what other runs left",
        ));
    }
    if own.is_empty() && others.is_empty() {
        let all = || place.analysed.jobs.iter().flat_map(|job| &job.resources);
        let is_composed = first.scope != Scope::Builder && all().any(|one| one.kind == ResourceKind::Project);
        // Where compose starts some, those stay.
        let mut of_kind = all().filter(|resource| is_of_kind(first, resource)).peekable();
        let ends = of_kind.peek().is_some() && of_kind.all(|resource| resource.ends_with_command().may_be());
        if let Some(images) =
            built(&place).filter(|_| first.scope == Scope::System && first.selector.all && !is_composed)
        {
            return Err(Withheld::because(format!(
                "this prune takes the job's images, which carry no label of the run: remove {images} by name (`docker \
                 rmi`), and leave the rest to one scheduled job that spares what is recent (`--filter until=24h`)"
            )));
        }
        return Err(Withheld::because(match ends && !is_composed {
            true => {
                "the containers of this workflow are gone when their commands end, so with the run's label it would find \
                 nothing. Leave what killed runs left to a sweeper, or remove it by its name"
            }
            false if is_composed && is_taken_down(&place, first) => {
                "the project is taken down before it, with all that compose made: what is left is other jobs', so delete \
                 this line"
            }
            false if is_composed => {
                "what compose makes here has no label of the run, so a filter by that would find nothing of it: take \
                 the project down instead (`docker compose down`), or delete this line"
            }
            false if is_for_builders(first) => {
                "what it selects are builders of buildx, which take no label: remove each by its name (`docker buildx rm`), \
                 or delete this line where `docker/setup-buildx-action` makes them, which removes its own"
            }
            false if place.job.trace.has_unread() => {
                "no command that can be read here makes what it selects, and the job calls others: give what makes it a \
                 label of the run, and filter by that"
            }
            false => {
                "no command of this workflow makes what it selects: give the program that makes it a label of the \
                 run, and filter by that"
            }
        }));
    }
    // What other jobs have made by then, and what they may be making.
    let (before, beside): (Vec<_>, Vec<_>) = {
        let (related, beside): (Vec<_>, Vec<_>) = others.iter().partition(|(other, _)| related(&place, other));
        let is_before = |(other, _): &&(Place<'_>, _)| place.peers.needs(&place.job.job, &other.job.job);
        (related.into_iter().filter(is_before).collect(), beside)
    };
    // Where the job makes it later, the removal clears the way: it is meant for what other runs left.
    if !before_it(&place, first, &own) && (before.is_empty() || !own.is_empty()) {
        return Err(Withheld::because(match beside.is_empty() || !own.is_empty() {
            true => {
                "it runs before this run makes anything, so with the run's label it would find nothing. Leave what killed \
                 runs left to a sweeper, `--filter until=24h`"
            }
            false => "what it removes is made in a job that neither waits for this one nor is waited for",
        }));
    }
    if !place.job.calls.is_empty() {
        return Err(Withheld::because(
            "one run calls the workflow several times, and the run's label is the same in every call: put an input into \
             a label that every call gives another value, and filter by that",
        ));
    }
    let label = Label::of(&place, !beside.is_empty() && !own.is_empty())?;
    let told_apart = label.is_of_a_leg;
    if !before.is_empty() && (told_apart || !beside.is_empty() && !own.is_empty()) {
        return Err(Withheld::because(
            "what it removes is also made in another job, which does not know this leg or call",
        ));
    }
    let mut draft = Draft::new(scene);
    for resource in &own {
        stamp(&mut draft, &place, &texts, resource, &label)?;
    }
    for (other, resources) in before {
        let texts = ShellText::of_job(other);
        for resource in resources {
            stamp(&mut draft, other, &texts, resource, &label)?;
        }
    }
    let is_narrow = |removal: &Removal| removal.selector.labels().iter().any(|known| known.prefix().starts_with(KEY));
    for removal in removals.iter().filter(|removal| !is_narrow(removal)) {
        match removal.selector.by {
            By::Prune => prune::listed(&mut draft, &place, &texts, removal, &label)?,
            _ => filter::narrow(&mut draft, &place, &texts, removal, &label)?,
        }
    }
    let why: Vec<String> = doubt(&place, first).into_iter().chain(same_run(&place).map(str::to_owned)).collect();
    let why = (!why.is_empty()).then(|| why.join("; "));
    let applicability = if why.is_some() { Applicability::Unsafe } else { Applicability::Safe };
    draft.finish("scope-removal", applicability, "put the run's label on what it makes, and remove only that", why)
}

/// The images that a job builds, in words.
fn built(place: &Place<'_>) -> Option<String> {
    let tags = place.job.trace.acts.iter().filter_map(|act| match act.verb() {
        Some(Verb::Build(build)) => Some(&build.tags),
        _ => None,
    });
    let known = tags.flatten().filter_map(|tag| tag.value.as_literal().map(|tag| format!("`{tag}`")));
    let mut tags: Vec<String> = known.collect();
    tags.dedup();
    match tags.len() {
        0 => None,
        1..=3 => Some(listed(&tags, "and")),
        more => Some(format!("{} and {} more", tags[..2].join(", "), more - 2)),
    }
}

/// Whether the job has removed something by its name before, wherever a removal runs.
fn is_gone_by(place: &Place<'_>, resource: &Resource, removal: &Removal) -> bool {
    let acts = &place.job.trace.acts;
    let Some(own) = acts.get(removal.act) else { return false };
    place.job.removals.iter().any(|other| {
        let runs_as_often = acts.get(other.act).is_some_and(|act| {
            let condition = |act: &Act| place.step(act.step).and_then(|step| step.condition.as_ref());
            let is_always = condition(act).is_some_and(|field| field.value.value().trim() == "always()");
            !act.context.conditional && act.context.trap.is_none() && (act.step == own.step || is_always)
        });
        let is_between = resource.act < other.act && other.act < removal.act;
        let by_name = matches!(other.selector.by, By::Name | By::Project);
        is_between && by_name && runs_as_often && selects(other, resource).is_yes()
    })
}

/// Whether something of these is there when a removal runs; it may be called again later.
fn before_it(place: &Place<'_>, removal: &Removal, own: &[&Resource]) -> bool {
    let acts = &place.job.trace.acts;
    let Some(at) = acts.get(removal.act).map(|act| &act.at) else { return false };
    let again = place.job.removals.iter().filter(|other| acts.get(other.act).is_some_and(|act| act.at == *at));
    let trapped = |act: usize| acts.get(act).is_some_and(|act| act.context.trap.is_some());
    again.into_iter().any(|again| own.iter().any(|made| made.act < again.act || trapped(again.act)))
}

/// Whether a loop looks at each candidate before it removes it.
fn is_looked_at(place: &Place<'_>, removal: &Removal) -> bool {
    let acts = &place.job.trace.acts;
    let looks = |act: &&Act| matches!(act.verb(), Some(crate::docker::Verb::Inspect { .. }));
    let in_loop = acts.get(removal.act).filter(|act| act.context.in_loop);
    in_loop.is_some_and(|own| acts.iter().filter(looks).any(|act| act.context.in_loop && act.step == own.step))
}

/// What may be left from now on.
fn doubt(place: &Place<'_>, removal: &Removal) -> Option<String> {
    if removal.scope == Scope::System {
        return Some(
            "images and caches are then no longer removed: leave them to a sweeper with `--filter until=24h`"
                .to_owned(),
        );
    }
    let mut unfollowed = place.job.trace.unfollowed.iter().filter(|call| !call.what.starts_with("command "));
    let unfollowed = unfollowed.next();
    unfollowed.map(|call| format!("what `{}` may make does not carry the label", call.what))
}

/// Whether a removal is meant for it. A prune takes what does not run: of what it is meant for only the kind is
/// known.
fn is_meant(removal: &Removal, resource: &Resource, across: bool) -> bool {
    let image_glob = removal.selector.by == By::Ancestor
        && removal.selector.filters("ancestor").any(|filter| crate::docker::is_glob(&filter.value));
    let loose = matches!(removal.selector.by, By::Prune | By::Listing | By::BaselineDiff) || image_glob;
    let selected = || match across {
        true => selects_across(removal, resource),
        false => selects(removal, resource),
    };
    // What goes with its command needs no removal.
    is_of_kind(removal, resource)
        && !resource.ends_with_command().is_yes()
        && resource.target == removal.target
        && (loose || selected().may_be())
}

fn is_of_kind(removal: &Removal, resource: &Resource) -> bool {
    matches!(
        (removal.scope, resource.kind),
        (Scope::Container | Scope::System, ResourceKind::Container)
            | (Scope::Network | Scope::System, ResourceKind::Network)
            | (Scope::Volume, ResourceKind::Volume)
    )
}

fn made(resources: &[Resource], is_meant: impl Fn(&Resource) -> bool) -> Vec<&Resource> {
    resources.iter().filter(|resource| is_meant(resource)).collect()
}

/// Other jobs of the workflow that make what the removal takes.
fn places<'a>(place: &Place<'a>, removal: &Removal) -> Vec<(Place<'a>, Vec<&'a Resource>)> {
    let all = place.analysed.jobs.iter().enumerate();
    let others = all.filter(|(_, other)| other.job.id.value() != place.job.job.id.value());
    let made = others.filter_map(|(at, job)| {
        let resources = made(&job.resources, |resource| is_meant(removal, resource, true));
        Some((place.of(at)?, resources))
    });
    made.filter(|(_, resources)| !resources.is_empty()).collect()
}

/// Whether one of two jobs needs the other.
fn related(place: &Place<'_>, other: &Place<'_>) -> bool {
    let (one, two) = (&place.job.job, &other.job.job);
    place.peers.are_in_turn(one, two)
}

/// Whether it is for the containers of builders: `name=buildx_buildkit`.
fn is_for_builders(removal: &Removal) -> bool {
    let is_theirs = |text: &Value| text.prefix().trim_start_matches(['^', '/']).starts_with("buildx_buildkit");
    removal.selector.filters("name").any(|filter| is_theirs(&filter.value))
}

/// Whether every compose project of the job has been taken down before a removal.
fn is_taken_down(place: &Place<'_>, removal: &Removal) -> bool {
    let is_down = |project: &Resource| {
        let own = place.job.removals.iter().filter(|other| other.scope == Scope::Project);
        own.into_iter().any(|down| project.act < down.act && down.act < removal.act && selects(down, project).is_yes())
    };
    let mut projects = place.job.resources.iter().filter(|resource| resource.kind == ResourceKind::Project).peekable();
    projects.peek().is_some() && projects.all(is_down)
}
