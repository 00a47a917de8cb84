//! What the workflow of one folder sweeps, on which runners, and from which age on.

use std::collections::{BTreeMap, BTreeSet};

use super::select::{By, Kind, select, volumes_of};
use crate::analysis::{Analysed, TracedJob, stays};
use crate::config;
use crate::docker::name_filter_matches;
use crate::facts::{Datum, Fact, Field};
use crate::lifecycle::resource::Resource;
use crate::runner::{Daemon, Declared};
use crate::symbol::Value;
use crate::trace::Target;

/// The shortest age, in minutes.
const SHORTEST: u32 = 120;
/// How long a job may run that says nothing of it, in minutes.
const USUAL_TIMEOUT: u32 = 360;
/// What is added to the longest job, in minutes.
const MARGIN: u32 = 60;

/// What is known of a repository.
pub struct Input<'a> {
    /// Its workflows, without a sweeper that was written here before.
    pub workflows: &'a [Analysed],
    /// Its facts.
    pub facts: &'a [Fact],
    /// What the configuration says of runners.
    pub runners: &'a [Declared],
    /// And of what programs make.
    pub declared: &'a [config::Resource],
}

/// The workflow of one folder.
#[derive(Debug, Default)]
pub struct Plan {
    /// The folder, as its workflows are shown.
    pub folder: String,
    /// What is selected.
    pub(super) selected: BTreeSet<(Kind, By)>,
    /// The labels of a runner for each daemon.
    pub(super) legs: Vec<Vec<String>>,
    /// Whether berth-run is on all of them.
    pub(super) has_helper: bool,
    /// From which age on something goes, in minutes.
    pub(super) older_than: u32,
    /// What is not swept, and why.
    pub left_out: BTreeSet<String>,
}

impl Plan {
    /// Whether there is nothing that it could remove, or nowhere to.
    pub fn is_empty(&self) -> bool {
        self.selected.is_empty() || self.legs.is_empty()
    }
}

/// The workflows that sweep what a repository leaves: one for each folder of workflows that leave something.
pub fn plans(input: &Input<'_>) -> Vec<Plan> {
    let mut plans: BTreeMap<&str, Plan> = BTreeMap::new();
    let mut daemons: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    let deployed = deployed(input);
    for workflow in input.workflows {
        let folder = workflow.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for job in workflow.jobs.iter().filter(|job| job.substrate.daemon == Daemon::Shared) {
            let left: Vec<&Resource> = left(input, workflow, job);
            if left.is_empty() {
                continue;
            }
            let plan = plans.entry(folder).or_insert_with(|| Plan { has_helper: true, ..Plan::default() });
            plan.older_than = plan.older_than.max(SHORTEST).max(longest(job).saturating_add(MARGIN));
            add_leg(plan, daemons.entry(folder).or_default(), job, input.runners);
            left.iter().for_each(|resource| add(plan, resource, input, &deployed));
        }
    }
    let mut plans: Vec<Plan> =
        plans.into_iter().map(|(folder, plan)| Plan { folder: folder.to_owned(), ..plan }).collect();
    plans.iter_mut().filter(|plan| !plan.has_helper).for_each(leave_out_images);
    plans
}

/// `docker ps` takes no pattern of images.
fn leave_out_images(plan: &mut Plan) {
    let (images, rest) = std::mem::take(&mut plan.selected).into_iter().partition(|(_, by)| matches!(by, By::Image(_)));
    plan.selected = rest;
    let images: BTreeSet<(Kind, By)> = images;
    plan.left_out.extend(images.into_iter().filter_map(|(_, by)| match by {
        By::Image(image) => Some(format!("container of image `{image}`: only berth-run selects by image")),
        _ => None,
    }));
}

/// What stays when a job's runner is killed.
fn left<'w>(input: &Input<'_>, workflow: &Analysed, job: &'w TracedJob) -> Vec<&'w Resource> {
    let id = job.job.id.value();
    let is_own = |fact: &&Fact| {
        let first = fact.chain.first().map(|link| &link.location);
        let at = first.or_else(|| fact.spans.values().flat_map(|places| places.iter()).next());
        fact.job.as_deref() == Some(id) && at.is_some_and(|at| at.path == workflow.path)
    };
    let told: BTreeSet<(&str, &str)> = (input.facts.iter().filter(|fact| stays(fact)).filter(is_own))
        .map(|fact| (fact.text("kind").unwrap_or_default(), fact.text("name").unwrap_or_default()))
        .collect();
    let resources = job.resources.iter().filter(|resource| resource.target == Target::Here && !resource.ensured);
    resources.filter(|resource| told.contains(&(resource.kind.name(), resource.shown().as_str()))).collect()
}

/// The names of containers that the repository deploys: they are to stay.
fn deployed(input: &Input<'_>) -> Vec<Value> {
    let is_deploy = |fact: &&Fact| fact.fields.get("deploy") == Some(&Field::Known(Datum::Bool(true)));
    let told: BTreeSet<&str> = (input.facts.iter().filter(|fact| fact.kind.name == "resource").filter(is_deploy))
        .filter_map(|fact| fact.text("name"))
        .collect();
    let jobs = input.workflows.iter().flat_map(|workflow| workflow.jobs.iter());
    let resources = jobs.flat_map(|job| &job.resources).filter(|resource| told.contains(resource.shown().as_str()));
    resources.filter_map(|resource| resource.name.clone()).collect()
}

fn add(plan: &mut Plan, resource: &Resource, input: &Input<'_>, deployed: &[Value]) {
    let selected = select(resource, input.declared).map_err(str::to_owned).and_then(|found| {
        let takes = |by: &By| match by {
            By::Name(pattern) => {
                let pattern = Value::literal(pattern.as_str());
                deployed.iter().find(|name| name_filter_matches(&pattern, name).is_yes())
            }
            _ => None,
        };
        match found.iter().find_map(|(_, by)| takes(by)) {
            Some(name) => Err(format!("the same pattern finds `{name}`, which is deployed")),
            None => Ok(found),
        }
    });
    match selected {
        Ok(found) => plan.selected.extend(found),
        Err(why) => {
            plan.left_out.insert(format!("{}: {why}", resource.in_words()));
        }
    }
    plan.selected.extend(volumes_of(resource));
}

/// How long a job may run, in minutes.
fn longest(job: &TracedJob) -> u32 {
    let written = job.job.timeout_minutes.as_ref().and_then(|field| field.value().parse::<f64>().ok());
    written.filter(|minutes| *minutes > 0.0).map_or(USUAL_TIMEOUT, |minutes| minutes.ceil().min(1e6) as u32)
}

/// Adds the runners of a job, as far as they are known; those with one entry of the configuration have one daemon.
fn add_leg(plan: &mut Plan, daemons: &mut BTreeSet<usize>, job: &TracedJob, runners: &[Declared]) {
    let written: Vec<&crate::workflow::Scalar> = job.job.runs_on.iter().flat_map(|field| &field.labels).collect();
    let legs: Vec<Vec<String>> = match written.iter().any(|label| label.has_expression()) {
        false => vec![written.iter().map(|label| label.value().to_owned()).collect()],
        true => {
            let own = job.substrate.labels.iter().filter(|label| *label != "self-hosted");
            own.map(|label| vec![label.clone()]).collect()
        }
    };
    let legs: Vec<Vec<String>> = legs.into_iter().filter(|leg| !leg.is_empty()).collect();
    if legs.is_empty() {
        plan.left_out.insert(format!("the runner of job `{}`: its label is not known", job.job.id.value()));
    }
    for leg in legs {
        plan.has_helper &= job.substrate.helper;
        let fits = |declared: &Declared| {
            declared.fits(leg.iter().map(String::as_str)).is_some_and(|own| !own.name.contains('*'))
        };
        let is_new = runners.iter().position(fits).is_none_or(|entry| daemons.insert(entry));
        if is_new && !plan.legs.contains(&leg) {
            plan.legs.push(leg);
        }
    }
}
