//! `name-claim`: names that a job takes on the daemon.

use super::common::{Once, set_every_run, set_unique};
use super::model::Model;
use super::{option, port};
use crate::docker::{ComposeVerb, Verb};
use crate::facts::{Datum, Fact};
use crate::lifecycle::peers::OtherJob;
use crate::lifecycle::removal::{Removal, RemovalVerb};
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::lifecycle::run_suffix::{Allowed, project_base, suffix};
use crate::lifecycle::selector::By;
use crate::lifecycle::selects::selects;
use crate::runner::table::Trait;
use crate::symbol::{Dimensions, Part, Value};
use crate::truth::Truth;

/// One for each resource that has a name.
pub fn name_facts(model: &Model<'_>, all: &mut Once) {
    // What is declared only has a pattern for a name.
    let own = model.resources.iter().filter(|resource| resource.declared.is_none());
    let named = own.filter_map(|resource| Some((resource, resource.name.as_ref()?)));
    for (resource, name) in named {
        let (of, at) = (kind(resource.kind), model.act(resource.act).called_at());
        if !all.is_certain("name-claim", &format!("{of} {name}"), at, Some(&Datum::from(of))) {
            all.extend([fact(model, resource, name)]);
        }
    }
}

/// One for each service that `options` give a name of its own: where the runner heeds it, the last one counts.
pub fn service_name_facts(model: &Model<'_>) -> Vec<Fact> {
    let substrate = model.input.substrate;
    if !substrate.does(Trait::HonoursNameOption).is_yes() {
        return Vec::new();
    }
    let named = model.input.job.services.iter().filter_map(|service| {
        let options = service.container.options.as_ref()?;
        let (range, name) = option::values(&option::words(options.value.value()), &["--name"]).pop()?;
        let name = port::value(model, &name);
        let mut fact = model.job_fact("name-claim", format!("container {name}"));
        fact.set("kind", "container").set("name", name.to_string()).set("by", "service");
        fact.set("command", format!("--name {name}"));
        set_unique(&mut fact, Some(&name));
        set_every_run(&mut fact, name.unique(), &name.to_string());
        set_shared(model, &mut fact, &name, |other| other.kind == ResourceKind::Container);
        fact.set("run-suffix", suffix(model.input.job, substrate, Allowed::Docker, Some(&name), false));
        let at = model.input.source.location(options.value.text.span(range));
        fact.at("command", at.clone()).at("name", at);
        Some(fact)
    });
    named.collect()
}

fn fact(model: &Model<'_>, resource: &Resource, name: &Value) -> Fact {
    let act = model.act(resource.act);
    let kind = kind(resource.kind);
    let mut fact = model.fact("name-claim", format!("{kind} {name}"), resource.act);
    fact.set("kind", kind).set("name", name.to_string()).set("by", resource.by).set("command", act.called_text());
    set_unique(&mut fact, Some(name));
    set_every_run(&mut fact, name.unique(), &name.to_string());
    set_shared(model, &mut fact, name, |other| other.kind == resource.kind);
    set_own(model, &mut fact, resource, name);
    fact.set("deploy", model.is_deploy(resource));
    if resource.kind == ResourceKind::Container {
        fact.set_truth("detached", resource.detached);
        fact.set_truth("foreground-rm", resource.ends_with_command());
    }
    let removed = model.removals_of(resource).map(|removal| selects(removal, resource)).fold(Truth::No, Truth::or);
    fact.set_truth("removed-by-job", removed).set("may-be-removed", removed.may_be());
    let precleans = |removal: &&Removal| {
        removal.act < resource.act && removal.force.is_yes() && selects(removal, resource).is_yes()
    };
    fact.set("precleaned", model.removals_of(resource).any(|removal| precleans(&removal)));
    fact.set("tolerated", act.context.tolerated);
    fact.at("command", act.called_at().clone());
    if let Some(at) = &resource.name_at {
        fact.at("name", at.clone());
    }
    let named = model.removals_of(resource).filter(|removal| matches!(removal.selector.by, By::Name | By::Project));
    for removal in named.filter(|removal| selects(removal, resource).is_yes()) {
        let stops = matches!(removal.verb, RemovalVerb::Stop | RemovalVerb::Kill);
        let at = model.act(removal.act).called_at();
        fact.at(if stops { "stops" } else { "removals" }, at.clone());
        let when = match (is_reached_unmade(model, resource, removal), stops) {
            (false, _) => "gone-when-made",
            (true, true) => "stops-unmade",
            (true, false) => "removals-unmade",
        };
        fact.at(when, at.clone());
    }
    fact
}

/// Whether a removal may run although the run could not make the resource.
fn is_reached_unmade(model: &Model<'_>, resource: &Resource, removal: &Removal) -> bool {
    let (made, act) = (model.act(resource.act), model.act(removal.act));
    // Nobody has the id of what was not made.
    if removal.selector.made_by.iter().any(|act| resource.acts.contains(act)) {
        return false;
    }
    if removal.act < resource.act || !made.may_end_script() {
        return true;
    }
    if made.step == act.step {
        return act.context.trap.is_some() || act.context.process != made.context.process;
    }
    let goes_on = model.input.trace.steps.get(made.step).is_none_or(|step| step.continue_on_error);
    goes_on || model.runs_after_failure(act.step).may_be()
}

/// What would make the name the run's own.
fn set_own(model: &Model<'_>, fact: &mut Fact, resource: &Resource, name: &Value) {
    let (job, substrate) = (model.input.job, model.input.substrate);
    let with_job = others_beside(model, name).any(|(_, other)| other.kind == resource.kind);
    let suffix = |allowed| suffix(job, substrate, allowed, Some(name), with_job);
    if resource.kind != ResourceKind::Project {
        fact.set("run-suffix", suffix(Allowed::Docker));
        return;
    }
    // A name with values of the matrix goes on with the run: they tell the legs apart.
    let is_written_out = name.as_literal().is_none()
        && name.parts().iter().all(|part| match part {
            Part::Literal(text) => Allowed::Compose.allows(text),
            Part::Opaque(opaque) => opaque.source.starts_with("matrix."),
            Part::OneOf(_) => false,
        });
    let own_suffix = |name| self::suffix(job, substrate, Allowed::Compose, name, with_job);
    let suffix = suffix(Allowed::Compose);
    let (base, end) = match is_written_out {
        true => (name.to_string(), suffix.clone()),
        // Where the name is left behind, so is what tells the legs apart.
        false => (project_base(job, name), own_suffix(name.as_literal().map(|_| name))),
    };
    // A suffix that tells jobs apart may begin with the job's id, which is what the project is called after.
    let own = match end.strip_prefix(&*base).is_some_and(|rest| rest.starts_with('-')) {
        true => end,
        false => format!("{base}-{end}"),
    };
    fact.set("own-name", own).set("run-suffix", suffix).set("by-option", resource.name_at.is_some());
    let is_one_off = |act: &usize| matches!(model.act(*act).verb(), Some(Verb::Compose(compose)) if matches!(compose.verb, ComposeVerb::Run(_)));
    fact.set("one-off", resource.acts.iter().all(is_one_off));
}

/// What other jobs, that may run beside this one on its daemon, make under the same name.
fn others_beside<'m>(model: &'m Model<'_>, name: &Value) -> impl Iterator<Item = (OtherJob<'m>, &'m Resource)> {
    let others = model.input.others.making(name);
    others.filter(|(other, _)| !other.needs_this && !other.needed_by_this && !other.same_runner.is_no())
}

fn kind(kind: ResourceKind) -> &'static str {
    match kind {
        // A cluster's nodes are containers named after it.
        ResourceKind::Container | ResourceKind::Cluster => "container",
        ResourceKind::Project => "project",
        ResourceKind::Network => "network",
        ResourceKind::Volume => "volume",
        ResourceKind::Builder => "builder",
    }
}

/// Says which other legs, jobs and calls of the run make the same name: only of names that other runs do not make.
pub fn set_shared(model: &Model<'_>, fact: &mut Fact, name: &Value, is_kind: impl Fn(&Resource) -> bool) {
    let unique = name.unique();
    let per_run = unique.dimensions.has(Dimensions::RUN) && !unique.dimensions.has(Dimensions::RANDOM);
    fact.set("in-matrix", model.input.in_matrix);
    let mut shared = Vec::new();
    if per_run && model.input.in_matrix && unique.differs_in(Dimensions::LEG).is_no() {
        shared.push("leg");
    }
    // What callers pass can differ from call to call.
    let passed = name.parts().iter().any(|part| matches!(part, Part::OneOf(_)));
    if per_run && !passed && unique.differs_in(Dimensions::LEG).is_no() && !model.input.calls.is_empty() {
        shared.push("call");
        fact.at_all("calls", model.input.calls);
    }
    let by_jobs = per_run && !unique.unknown && !unique.dimensions.has(Dimensions::JOB);
    for (other, resource) in others_beside(model, name).filter(|(_, resource)| by_jobs && is_kind(resource)) {
        if !shared.contains(&"job") {
            shared.push("job");
        }
        if let Some(act) = other.peer.trace.acts.get(resource.act) {
            fact.at("others", act.called_at().clone());
        }
    }
    fact.set("shared-with", shared);
}
