//! `guard`: what a cancelled job leaves on a runner that then runs no step gets the labels of `berth-run`, whose guard
//! removes it when the job ends.

use std::collections::BTreeSet;
use std::ops::Range;

mod handed;

use handed::Written;

use super::doubt::helper;
use super::removal::{Found, call_of};
use super::shell_text::ShellText;
use super::{Draft, Place, Scene, Withheld};
use crate::docker::{Client, Verb};
use crate::edit::Fix;
use crate::finding::Finding;
use crate::lifecycle::coverage::{Means, Taken};
use crate::lifecycle::helper_labels::HelperLabels;
use crate::lifecycle::resource::Resource;
use crate::source::Location;

/// What is written where a container is made.
const LABELS: &str = " --label-file \"$(berth-run labels --guard)\"";

/// The fix of a finding, which is about all jobs with one label.
///
/// # Errors
/// A runner has no helper, or something that is left takes no labels from a file.
pub fn guard(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let mut draft = Draft::new(scene);
    let mut doubts: Vec<String> = Vec::new();
    let mut written = Written::default();
    let left: BTreeSet<&Location> = finding.related.iter().map(|related| &related.location).collect();
    let mut labelled: BTreeSet<&Location> = BTreeSet::new();
    let labels = &scene.place(finding)?.job.substrate.labels;
    // A script is called by jobs of several labels, and each has its own finding.
    for place in scene.jobs().filter(|place| place.job.substrate.labels == *labels) {
        let acts = &place.job.trace.acts;
        let makes = |(_, resource): &(usize, &Resource)| left.contains(acts[resource.act].called_at());
        let made: Vec<_> = place.job.resources.iter().enumerate().filter(makes).collect();
        if made.is_empty() {
            continue;
        }
        let mut own = helper::is_there(scene, &place)?;
        let others = place.position().map(|own| place.peers.of(own));
        let coverage = others.map(|others| place.job.coverage(place.tree.source(), others)).unwrap_or_default();
        for (number, resource) in made {
            label(&mut draft, &place, resource, &mut written)?;
            if coverage.get(number).is_none_or(|found| outlives(&found.taken.success)) {
                let shown = resource.in_words();
                own.push(format!("a later job may use the {shown}, which is gone when this one ends"));
            }
            labelled.insert(acts[resource.act].called_at());
        }
        own.retain(|doubt| !doubts.contains(doubt));
        doubts.extend(own);
    }
    match left.is_subset(&labelled) {
        true => draft.finish_with("guard", "have a guard of `berth-run` remove it when the job ends", &doubts),
        false => Err(Withheld::because("what makes it cannot be edited: change it by hand")),
    }
}

/// Whether something may be meant to be there after its job: nothing of the job removes it when all goes well.
fn outlives(on_success: &Taken) -> bool {
    !matches!(on_success, Taken::By(Means::Itself | Means::Script | Means::Step | Means::Trap, _))
}

/// Gives a container the labels.
fn label(draft: &mut Draft<'_>, place: &Place<'_>, resource: &Resource, written: &mut Written) -> Result<(), Withheld> {
    let shown = resource.in_words();
    let takes_none = || {
        Withheld::because(format!(
            "what makes the {shown} in `{}` takes no labels from a file: start it with `berth-run up`, or have a scheduled \
             job remove what is old",
            place.analysed.path
        ))
    };
    let texts = ShellText::of_job(place);
    let act = &place.job.trace.acts[resource.act];
    let found = call_of(&texts, &act.at).filter(makes_container).ok_or_else(takes_none)?;
    let text = texts.get(found.text).filter(|_| !found.nested).ok_or_else(takes_none)?;
    text.takes_variables()?;
    let (beside, new) = match resource.helper_labels {
        HelperLabels::None => {
            // Behind `-d`, else right behind the verb.
            let detach = found.call.options.given.iter().find(|given| given.name == "detach");
            (Some(detach.map_or(found.call.at.clone(), |given| given.span.clone())), LABELS)
        }
        HelperLabels::Own | HelperLabels::Guarded => (asks_for_labels(text, &found), " --guard"),
    };
    let at = beside.and_then(|beside| text.location(beside));
    let at = at.ok_or_else(|| Withheld::because("the place of the labels in the command is not certain"))?;
    if at.path != place.analysed.path && matches!(resource.helper_labels, HelperLabels::None) {
        return written.hand_on(draft, place, act, &at);
    }
    helper::in_workflow(place, &at)?;
    draft.insert(&at, false, new)
}

/// Where a command has the labels from already.
fn asks_for_labels(text: &ShellText, found: &Found) -> Option<Range<usize>> {
    const CALL: &str = "berth-run labels";
    let at = found.statement.start + text.value().get(found.statement.clone())?.find(CALL)?;
    Some(at..at + CALL.len())
}

fn makes_container(found: &Found) -> bool {
    let takes_file = matches!(found.call.program, Client::Docker | Client::Podman);
    takes_file && matches!(found.call.verb, Verb::Run(_) | Verb::Create(_))
}
