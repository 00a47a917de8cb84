//! `leave-no-volumes`: anonymous volumes go with what they belong to.

use std::collections::HashMap;

use super::removal::{after_scope, call_of, group};
use super::shell_text::ShellText;
use super::{Draft, Place, Scene, Withheld};
use crate::command::Arg;
use crate::docker::{ObjectKind, Verb};
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;
use crate::lifecycle::removal::{Removal, RemovalVerb, Scope};
use crate::rewrite::doubt::skipped::project_is_set;
use crate::source::Location;
use crate::stack::ProjectVolume;
use crate::symbol::Value;
use crate::trace::Act;

/// The rules that tell of a name which every run has.
const NAMES: [&str; 2] = ["static-container-name", "static-compose-project"];

/// The fix of a finding.
///
/// # Errors
/// When the command is written in a way that cannot be changed.
pub fn leave_no_volumes(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    after_scope(scene, &finding.location)?;
    let place = scene.place(finding)?;
    let texts = ShellText::of_job(&place);
    let mut draft = Draft::new(scene);
    let mut named = false;
    struct Asks(bool);
    let asks = || {
        let says = texts.iter().any(|text| text.value().contains(".Mounts"));
        Asks(says || place.job.trace.acts.iter().any(|act| takes_volumes_of_another(act) || may_tell_of_volumes(act)))
    };
    if place.reading.of_job(place.job, asks).0 {
        return Err(Withheld::because(
            "a command of the job asks for the volumes of a container, and a later one may read them",
        ));
    }
    for removal in group(&place, finding)? {
        let act = place.job.trace.acts.get(removal.act);
        let Some(act) = act.filter(|_| matches!(removal.verb, RemovalVerb::Remove | RemovalVerb::Down)) else {
            continue;
        };
        if removal.volumes.may_be() {
            continue;
        }
        is_the_runs(removal)?;
        all_are_the_runs(scene, finding, act)?;
        project_is_set(&place, act)?;
        let Some(found) = call_of(&texts, &act.at) else { continue };
        let Some(text) = texts.get(found.text) else { continue };
        let force = found.call.options.given.iter().find(|given| given.name == "force");
        let short = force.and_then(|force| {
            let raw = text.value().get(force.span.clone())?;
            (raw.starts_with('-') && !raw.starts_with("--")).then(|| force.span.clone())
        });
        let (range, added) = match short {
            Some(range) => (range, "v"),
            None => (found.call.at.clone(), " -v"),
        };
        let stacks = place.job.stacks.values().filter(|_| removal.verb == RemovalVerb::Down);
        if let Some(name) = stacks.flat_map(|stack| &stack.volumes).find(|name| !name.unique().is_static().is_no()) {
            let why = format!(
                "the volume `{name}` has a name of its own, so other runs may use it, and `-v` removes it as well"
            );
            return Err(Withheld::because(why));
        }
        let at = text
            .location(range)
            .ok_or_else(|| Withheld::because("the place of the option in the command is not certain"))?;
        draft.insert(&at, false, added)?;
        // Compose names a volume after its project: `shop_data`.
        let says = |volume: &ProjectVolume| texts.iter().any(|text| text.value().contains(&format!("_{}", volume.key)));
        let mut volumes = place.job.stacks.values().flat_map(|stack| &stack.project_volumes);
        named |= removal.verb == RemovalVerb::Down && volumes.any(says);
    }
    let why =
        named.then(|| "it also removes a volume of the project that a command of the job may still use".to_owned());
    let applicability = if why.is_some() { Applicability::Unsafe } else { Applicability::Safe };
    draft.finish("leave-no-volumes", applicability, "remove its volumes as well: `-v`", why)
}

/// `--volumes-from db`
fn takes_volumes_of_another(act: &Act) -> bool {
    matches!(act.verb(), Some(Verb::Run(run) | Verb::Create(run)) if !run.volumes_from.is_empty())
}

/// Whether a command prints which volumes there are: a listing of them, and all that is known of a container.
fn may_tell_of_volumes(act: &Act) -> bool {
    match act.verb() {
        Some(Verb::List(list)) => list.kind == ObjectKind::Volume,
        Some(Verb::Inspect { kind: Some(ObjectKind::Volume), .. }) => true,
        Some(Verb::Inspect { kind: None | Some(ObjectKind::Container), format, .. }) => {
            let is_whole = |text: &str| text.trim() == "json" || text.replace(' ', "").contains("json.}");
            let whole = |format: &Arg| format.value.as_literal().is_none_or(is_whole);
            format.as_ref().is_none_or(whole)
        }
        _ => false,
    }
}

/// Refuses a command that removes, for whoever calls it, also a container that is not known to be this run's own.
fn all_are_the_runs(scene: &Scene<'_>, finding: &Finding, command: &Act) -> Result<(), Withheld> {
    for place in scene.places(finding)? {
        for removal in removals_at(&place, &command.at).filter(|removal| removal.scope == Scope::Container) {
            removal.selector.names.iter().try_for_each(|name| is_its_own(&place, &name.value))?;
        }
    }
    Ok(())
}

/// The removals of a job that are written at a place, whoever calls them.
fn removals_at<'a>(place: &Place<'a>, at: &Location) -> impl Iterator<Item = &'a Removal> {
    struct At(HashMap<Location, Vec<usize>>);
    let job = place.job;
    let found = place.reading.of_job(job, || {
        let mut all: HashMap<Location, Vec<usize>> = HashMap::new();
        for (number, removal) in job.removals.iter().enumerate() {
            let act = job.trace.acts.get(removal.act);
            act.into_iter().for_each(|act| all.entry(act.at.clone()).or_default().push(number));
        }
        At(all)
    });
    let numbers = found.0.get(at).cloned().unwrap_or_default();
    numbers.into_iter().filter_map(move |number| job.removals.get(number))
}

fn is_its_own(place: &Place<'_>, name: &Value) -> Result<(), Withheld> {
    let makers = place.peers.making(name);
    let is_static = name.unique().is_static();
    if makers.is_empty() && !is_static.is_no() {
        let why = format!("the command also removes `{name}`, which this job does not make: it would lose its volumes");
        return Err(Withheld::because(why));
    }
    if is_static.is_yes() {
        return Err(Withheld::until(&NAMES, another_runs(name)));
    }
    // Two jobs of one run that have the name at the same time.
    let other = makers.iter().filter_map(|(job, _)| place.of(*job)).find(|other| {
        let (own, theirs) = (&place.job.job, &other.job.job);
        own.id.value() != theirs.id.value() && !place.peers.are_in_turn(own, theirs)
    });
    match other {
        Some(other) => Err(Withheld::until(
            &["matrix-shared-name"],
            format!(
                "`{name}` may be the container of the job `{}`, which would lose its volumes",
                other.job.job.id.value()
            ),
        )),
        None => Ok(()),
    }
}

fn another_runs(name: &Value) -> String {
    format!(
        "`{name}` may belong to another run, which would lose its volumes as well: first put the run's id into the name"
    )
}

/// Refuses a removal of what another run may have under that name: that would go with its volumes, where it went
/// without them before.
fn is_the_runs(removal: &Removal) -> Result<(), Withheld> {
    let has_run = |value: &Value| value.unique().is_static().is_no();
    let selector = &removal.selector;
    if selector.labels().into_iter().any(has_run) || !selector.made_by.is_empty() {
        return Ok(());
    }
    // Of a project nobody says the name: it may be that of the folder, which all jobs have.
    let is_shared = |value: &Value| match removal.verb {
        RemovalVerb::Down => !has_run(value),
        _ => value.unique().is_static().is_yes(),
    };
    match selector.value().filter(is_shared) {
        Some(name) => Err(Withheld::until(&NAMES, another_runs(&name))),
        None => Ok(()),
    }
}
