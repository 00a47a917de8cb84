//! The fields that every fact of a job has, whoever made it: where the job runs, and where in it the fact stands.

use super::model::TracedJob;
use crate::facts::{Confidence, Fact, StepRef};
use crate::follow::Files;
use crate::lifecycle::run_suffix;
use crate::runner::{Daemon, Program};
use crate::source::Location;
use crate::truth::Truth;

/// Says of a fact of a job what all of them say: where the job runs, and where in it the fact stands.
pub(super) fn set_common(fact: &mut Fact, traced: &TracedJob, serialised: Truth, scheduled: bool, files: &Files) {
    let substrate = &traced.substrate;
    fact.confidence = fact.confidence.min(match substrate.daemon {
        Daemon::Unknown => Confidence::High,
        _ => substrate.confidence,
    });
    let known = |fact: &mut Fact, name, word: Option<&str>| {
        match word {
            Some(word) => fact.set(name, word),
            None => fact.unknown(name),
        };
    };
    known(fact, "daemon", substrate.daemon.name());
    known(fact, "mode", substrate.mode.name());
    fact.set_some("likely-mode", substrate.likely_mode.name());
    known(fact, "job-network", substrate.network.name());
    known(fact, "runner", substrate.runner.map(Program::name));
    fact.set("forge", substrate.forge.name());
    match substrate.version {
        Some(version) => fact.set("runner-version", version.to_string()),
        None => fact.unknown("runner-version"),
    };
    fact.set_truth("serialised", serialised).set("in-matrix", traced.has_several_legs);
    if scheduled {
        fact.set("sweeper", true);
    }
    if let Some(place) = fact.kind.spans.iter().find_map(|span| fact.spans.get(span.name)?.first()) {
        let steps = &traced.trace.steps;
        let in_workflow = fact.chain.is_empty() || steps.iter().any(|step| step.at.path == place.path);
        let label = run_suffix::label(files.kind(&place.path), in_workflow);
        fact.set("in-workflow", in_workflow).set("run-label", label);
    }
    fact.set("job-id", traced.job.id.value());
    fact.set("followed", !fact.chain.is_empty());
    fact.set("runs-on", substrate.labels.join(", "));
    fact.job = Some(traced.job.id.value().to_owned());
    let step = fact.step.clone().or_else(|| step_of(fact, traced));
    if !fact.fields.contains_key("deploy") {
        // Those of a local action have the number of the step that uses it.
        let steps = &traced.trace.steps;
        let first = |index: usize| steps.partition_point(|other| other.index < index);
        let index = step.as_ref().map(|step| (first(step.index), step.index));
        let index = index.filter(|(at, index)| steps.get(*at).is_some_and(|step| step.index == *index));
        let index = index.map(|(at, _)| at);
        let deploy = index.map_or_else(
            || !traced.deploy.is_empty() && traced.deploy.iter().all(|deploy| *deploy),
            |index| traced.deploy.get(index).copied().unwrap_or_default(),
        );
        fact.set("deploy", deploy);
    }
    if !fact.fields.contains_key("target") {
        fact.set("target", "here");
    }
    fact.step = step;
}

/// The job's step whose text holds the fact's place.
fn step_of(fact: &Fact, traced: &TracedJob) -> Option<StepRef> {
    let first = fact.kind.spans.iter().find_map(|span| fact.spans.get(span.name)?.first())?;
    let place: &Location = fact.chain.first().map_or(first, |link| &link.location);
    let steps = &traced.trace.steps;
    let step = steps.iter().find(|step| step.at.path == place.path && step.at.span.contains(place.span))?;
    Some(StepRef { index: step.index, name: step.name.clone() })
}
