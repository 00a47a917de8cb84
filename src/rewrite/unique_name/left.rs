//! What runs leave behind once each has a name of its own: no later run finds it by that name.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::super::teardown::{self, Stays};
use super::super::{Place, Scene};
use super::reference::kind;
use super::{Name, image};
use crate::docker::Verb;
use crate::expr::{Condition, Outcome};
use crate::lifecycle::removal::{Removal, RemovalVerb, Scope};
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::lifecycle::selector::By;
use crate::lifecycle::selects::selects;
use crate::lifecycle::{helper_sweeps, sweep};
use crate::stack::Stack;
use crate::truth::Truth;

/// What runs leave under names of their own.
#[derive(Debug, Default)]
pub struct Left {
    /// The acts that make what a step at the job's end has to remove.
    pub acts: Vec<usize>,
    /// The steps that have to remove it in every outcome.
    pub steps: Vec<usize>,
    /// What is left besides, in words.
    pub doubts: Vec<String>,
}

impl Left {
    /// What runs leave of something; `several`: the fix is about several of its kind.
    pub fn of(scene: &Scene<'_>, place: &Place<'_>, name: &Name, several: bool) -> Self {
        let mut left = Self::default();
        let has_hook = place.job.substrate.hook.is_yes();
        let ends = match place.job.substrate.cancel_skips_steps {
            Truth::No => "killed",
            Truth::Yes => "cancelled or killed",
            Truth::Unknown => "killed, or cancelled on some runners,",
        };
        let Some(kind) = kind(name.kind) else {
            let makers = image::makers_of_containers(place, name);
            // The client is killed, and its container goes on and holds the image (docs/runners.md).
            let in_foreground = makers.iter().any(|act| {
                let verb = place.job.trace.acts.get(*act).and_then(|act| act.verb());
                matches!(verb, Some(Verb::Run(run)) if !run.detach.may_be()) && !goes_on_cancel(place, *act)
            });
            // Where any cancel leaves it, this one is no other.
            let ends = match in_foreground && place.job.substrate.cancel_skips_steps.is_no() {
                true => "cancelled while a container of the image runs, or killed,",
                false => ends,
            };
            let mut stay = makers.into_iter().filter_map(|act| teardown::stays_after(scene, place, act));
            // A step that has only to run more often does so once that finding is mended.
            if let Some(stays) = stay.find(|stays| stays.gate.is_none()) {
                left.add(format!("{} leaves its container, so the image cannot be removed", stays.after));
            } else if !has_hook && !prunes_images(place) {
                let image = if several { "images" } else { "an image" };
                left.add(format!("each run that is {ends} leaves {image}, which no later run removes"));
            }
            return left;
        };
        let alike = alike(place, name, kind);
        for resource in &alike {
            match teardown::stays_after(scene, place, resource.act) {
                Some(Stays { sure: false, after, .. }) => left.add(format!(
                    "it is not certain that the {} is removed after {after}, and with a name of its own each would leave one",
                    kind.name()
                )),
                Some(Stays { gate: Some(step), .. }) => left.steps.push(step),
                Some(_) => left.acts.push(resource.act),
                None => {}
            }
        }
        // Under the fixed name there was one at most, whoever left it.
        let is_cared_for = || has_hook || alike.iter().all(|resource| is_swept(scene, resource));
        if !alike.is_empty() && !is_cared_for() {
            left.add(match kind {
                ResourceKind::Network => {
                    let network = if several { "networks" } else { "a network" };
                    format!("each run that is {ends} leaves {network}, and a daemon holds about 30")
                }
                ResourceKind::Project => {
                    let made = of_project(place, &alike);
                    format!(
                        "each run that is {ends} leaves its project: {made} and a network, and a daemon holds about 30 networks"
                    )
                }
                _ => {
                    let thing = if several { format!("{}s", kind.name()) } else { format!("a {}", kind.name()) };
                    format!("each run that is {ends} leaves {thing}, which no later run removes")
                }
            });
        }
        left
    }

    fn add(&mut self, doubt: String) {
        if !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
    }
}

/// What the job makes under a name.
pub fn alike<'a>(place: &Place<'a>, name: &Name, kind: ResourceKind) -> Vec<&'a Resource> {
    let made = Made::of(place);
    let named = made.by_name.get(&(kind, name.value.to_string())).into_iter().flatten();
    let here = made.by_act.get(&name.act).into_iter().flatten();
    let all: BTreeSet<usize> = named.chain(here).copied().collect();
    let all = all.into_iter().filter_map(|index| place.job.resources.get(index));
    all.filter(|resource| resource.kind == kind).collect()
}

/// What an act makes first.
pub fn made_by<'a>(place: &Place<'a>, act: usize) -> Option<&'a Resource> {
    place.job.resources.get(*Made::of(place).by_act.get(&act)?.first()?)
}

/// What a job makes, found by names and by acts.
#[derive(Default)]
struct Made {
    by_name: HashMap<(ResourceKind, String), Vec<usize>>,
    by_act: HashMap<usize, Vec<usize>>,
}

impl Made {
    fn of(place: &Place<'_>) -> Rc<Self> {
        place.reading.of_job(place.job, || {
            let mut made = Self::default();
            for (index, resource) in place.job.resources.iter().enumerate() {
                if let Some(name) = &resource.name {
                    made.by_name.entry((resource.kind, name.to_string())).or_default().push(index);
                }
                for act in &resource.acts {
                    made.by_act.entry(*act).or_default().push(index);
                }
            }
            made
        })
    }
}

/// Whether a cancelled job is without the container that an act makes: a step that runs then removes it, or makes it
/// and goes on to its end.
fn goes_on_cancel(place: &Place<'_>, act: usize) -> bool {
    let Some(resource) = made_by(place, act) else { return false };
    let rules = place.job.substrate.status_rules;
    let runs = |step: usize| {
        let conditions = place.job.trace.steps.get(step).map_or(&[][..], |step| &step.conditions);
        let holds = |condition: &Condition| {
            condition.runs(Outcome::Cancelled, rules, &|path| place.job.contexts.resolve(path)).is_yes()
        };
        !conditions.is_empty() && conditions.iter().all(holds)
    };
    if place.job.trace.acts.get(act).is_some_and(|act| runs(act.step)) {
        return true;
    }
    place.job.removals.iter().any(|removal| {
        let step = place.job.trace.acts.get(removal.act).map(|act| act.step);
        let takes = removal.scope == Scope::Container && (takes_running(removal) || removal.verb == RemovalVerb::Stop);
        let goes = removal.verb == RemovalVerb::Remove || resource.rm.is_yes();
        removal.act > act && takes && goes && selects(removal, resource).is_yes() && step.is_some_and(runs)
    })
}

/// What a project has besides its network, in words; all there can be where its files are not known.
fn of_project(place: &Place<'_>, alike: &[&Resource]) -> String {
    let acts = || alike.iter().flat_map(|resource| &resource.acts);
    let any = |has: &dyn Fn(&Stack) -> bool| {
        acts().any(|act| place.job.stacks.get(act).is_none_or(|stack| stack.services.is_empty() || has(stack)))
    };
    let mut made = vec!["containers"];
    if any(&|stack| stack.named_volumes) {
        made.push("volumes");
    }
    if any(&Stack::names_what_it_builds) {
        made.push("images");
    }
    made.join(", ")
}

/// Whether the job removes all images without a container: later runs take those of earlier ones.
fn prunes_images(place: &Place<'_>) -> bool {
    place.job.removals.iter().any(|removal| {
        let selector = &removal.selector;
        matches!(removal.scope, Scope::System | Scope::Image) && selector.by == By::Prune && selector.all
    })
}

/// Whether a scheduled job removes what is left of it, also while it runs: the container of a killed run goes on.
fn is_swept(scene: &Scene<'_>, resource: &Resource) -> bool {
    let sweeps = scene.reading.of_all(|| Sweeps::read(scene));
    let runs_on = matches!(resource.kind, ResourceKind::Container | ResourceKind::Project);
    sweeps.0.iter().any(|sweep| selects(sweep, resource).is_yes() && (!runs_on || takes_running(sweep)))
}

/// Whether a removal takes what runs: no prune does, and no `rm` without `-f`.
fn takes_running(removal: &Removal) -> bool {
    let is_stopped = removal.selector.filters("status").any(|filter| filter.value.as_literal() != Some("running"));
    removal.selector.by != By::Prune && removal.force.may_be() && !is_stopped
}

/// What the repository's scheduled jobs remove.
struct Sweeps(Vec<Removal>);

impl Sweeps {
    fn read(scene: &Scene<'_>) -> Self {
        let scheduled = scene.workflows.iter().filter(|analysed| analysed.workflow.is_scheduled());
        let jobs = scheduled.flat_map(|analysed| analysed.jobs.iter());
        Self(
            jobs.flat_map(|job| sweep::sweeps(&job.removals).cloned().chain(helper_sweeps::sweeps(&job.trace)))
                .collect(),
        )
    }
}
