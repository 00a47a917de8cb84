//! What stays on the daemon when nothing of a job runs any more: after a cancel on runners that then run no
//! step, and after the runner itself was killed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::model::{TracedJob, WorkflowFacts};
use crate::facts::{Datum, Fact, Field};
use crate::source::Location;

/// Says of jobs' own facts that they leave something when they are cancelled, where their runner is known to run no
/// step then and has no hook: once for each label, with all that is left by jobs on it.
pub(super) fn on_cancel(each: &mut [WorkflowFacts], traced: &[Arc<Vec<TracedJob>>]) {
    let mut left: BTreeMap<String, ((usize, usize), Vec<Location>)> = BTreeMap::new();
    for (workflow, (facts, jobs)) in each.iter().zip(traced).enumerate() {
        for (job, (facts, traced)) in facts.jobs.iter().zip(jobs.iter()).enumerate() {
            let substrate = &traced.substrate;
            if !substrate.cancel_skips_steps.is_yes() || substrate.hook.is_yes() {
                continue;
            }
            for fact in facts.iter().filter(|fact| stays(fact)) {
                let (_, makers) = left.entry(substrate.labels.join(", ")).or_insert(((workflow, job), Vec::new()));
                makers.extend(fact.spans.get("creation").into_iter().flat_map(|makers| makers.iter().cloned()));
            }
        }
    }
    for ((workflow, job), makers) in left.into_values() {
        let facts = each.get_mut(workflow).and_then(|facts| facts.jobs.get_mut(job));
        if let Some(job) = facts.and_then(|facts| facts.iter_mut().find(|fact| fact.kind.name == "job")) {
            job.set("leaks-on-cancel", true);
            for maker in makers {
                job.at("left-on-cancel", maker);
            }
        }
    }
}

/// The fact of the repository: what a killed runner leaves there and no scheduled workflow sweeps.
pub fn unswept(facts: &[Fact]) -> Option<Fact> {
    let left: Vec<&Fact> = facts.iter().filter(|fact| stays(fact) && fact.text("daemon") == Some("shared")).collect();
    let mut fact = Fact::new("repository", "unswept");
    fact.confidence = left.iter().map(|fact| fact.confidence).max()?;
    let mut names: Vec<String> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for resource in left {
        let text = |name| resource.text(name).unwrap_or_default();
        let name = format!("{} {}", text("kind"), text("name"));
        if !seen.insert(name.clone()) {
            continue;
        }
        names.push(name);
        let creation = resource.spans.get("creation").into_iter().flat_map(|places| places.iter());
        for place in creation {
            if !fact.spans.contains_key("first") {
                fact.at("first", place.clone());
                fact.job.clone_from(&resource.job);
                fact.chain.clone_from(&resource.chain);
            }
            fact.at("resources", place.clone());
        }
    }
    fact.set("unswept", names);
    Some(fact)
}

/// Whether it is something made on the job's daemon that only a command of the job removes, and no sweep takes.
pub fn stays(fact: &Fact) -> bool {
    let is = |name: &str, value: bool| fact.fields.get(name) == Some(&Field::Known(Datum::Bool(value)));
    let removed_by_runner = fact.text("gap") == Some("none") && !fact.spans.contains_key("removal");
    fact.kind.name == "resource"
        && fact.text("target") == Some("here")
        && !is("deploy", true)
        && !is("swept", true)
        && !removed_by_runner
}
