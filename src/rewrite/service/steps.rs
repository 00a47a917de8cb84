//! Which steps use a job's services: where what starts them goes, where what stops them, and under which condition.

use std::collections::BTreeSet;

use super::uses::Use;
use crate::expr::Condition;
use crate::trace::JobTrace;
use crate::workflow::{Job, Step, Var};

/// Where the added steps go, by places in the file's own list, and the condition their users share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Before this step it is started.
    pub(super) start: usize,
    /// Before this step it is stopped; past the last, at the end.
    pub(super) stop: usize,
    /// The users' `if:`, where all have the same.
    pub(super) gate: Option<String>,
}

/// What installs something and needs no service for it.
const INSTALLERS: [&str; 16] = [
    "npm ci",
    "npm install",
    "yarn install",
    "pnpm install",
    "corepack ",
    "pip install",
    "python -m pip install",
    "uv sync",
    "poetry install",
    "bundle install",
    "composer install",
    "go mod download",
    "cargo fetch",
    "apt-get ",
    "sudo apt-get ",
    "apk add",
];

/// The steps, by their places in [`Job::steps`], that may read a variable: those that name it, and every program.
pub fn readers(job: &Job, trace: &JobTrace, name: &str) -> BTreeSet<usize> {
    let reads = |text: &str| {
        text.match_indices(name).any(|(at, _)| {
            let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part)
        })
    };
    let var = |var: &Var| var.text.as_ref().is_some_and(|text| text.value().contains("${{") && reads(text.value()));
    let own = job.steps.iter().enumerate().filter(|(_, step)| {
        step.run.as_ref().is_some_and(|run| reads(run.value.value()))
            || step.env.entries.iter().chain(&step.with.entries).any(var)
    });
    let mut all: BTreeSet<usize> = own.map(|(index, _)| index).collect();
    for act in trace.acts.iter().filter(|act| !act.chain.is_empty() && reads(act.frame.text.value())) {
        let step = trace.steps.get(act.step).and_then(|step| job.steps.iter().position(|own| own.index == step.index));
        all.extend(step);
    }
    all.extend(programs(job));
    all
}

/// The steps that may use a service without saying so: programs read their environment.
fn programs(job: &Job) -> BTreeSet<usize> {
    let runs = |step: &Step| match (&step.run, &step.uses) {
        (Some(run), _) => !only_installs(run.value.value()) && !only_prints(run.value.value()),
        (None, Some(uses)) => uses.value.value().starts_with("./"),
        (None, None) => false,
    };
    job.steps.iter().enumerate().filter(|(_, step)| runs(step)).map(|(index, _)| index).collect()
}

fn only_installs(run: &str) -> bool {
    let mut lines = run.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.all(|line| INSTALLERS.iter().any(|installer| line.starts_with(installer)))
}

/// Whether a script does nothing but print: what it prints is no answer of a program.
fn only_prints(run: &str) -> bool {
    let mut lines = run.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let is_print = |line: &str| {
        let says = line.starts_with("echo ") || line.starts_with("printf ") || line == "{" || line.starts_with("} >");
        says && !line.contains(['|', ';', '&', '`']) && !line.contains("$(")
    };
    lines.all(is_print)
}

/// Where the services are needed. Unless all of them are seen in use, any program may use the others.
pub(super) fn stretch(job: &Job, trace: &JobTrace, uses: &[Use], all_seen: bool) -> Stretch {
    let mut users: BTreeSet<usize> = BTreeSet::new();
    for found in uses {
        match (found.site.step(), found.site.variable()) {
            (Some(step), _) => drop(users.insert(step)),
            (None, Some(name)) => users.extend(readers(job, trace, name)),
            (None, None) => {}
        }
    }
    if !all_seen {
        users.extend(programs(job));
    }
    // What only looks at a failure needs no service of its own.
    let works = |step: &&usize| job.steps.get(**step).is_some_and(|step| !has_status(step));
    let workers: Vec<usize> = users.iter().filter(works).copied().collect();
    let first = workers.first().or(users.first()).copied().unwrap_or_default();
    let last = users.last().copied().unwrap_or_default();
    let index = |at: usize| job.steps.get(at).map_or(job.steps.len(), |step| step.index);
    let behind = job.steps.iter().enumerate().skip(last + 1);
    let stop = behind.clone().find(|(_, step)| only_uploads(step)).map_or(job.steps.len(), |(at, _)| at);
    let total = job.steps.last().map_or(0, |step| step.index + 1);
    Stretch {
        start: index(first),
        stop: if stop < job.steps.len() { index(stop) } else { total },
        gate: gate(job, &workers),
    }
}

fn gate(job: &Job, workers: &[usize]) -> Option<String> {
    let mut conditions = workers.iter().filter_map(|at| job.steps.get(*at)).map(condition);
    let first = conditions.next().flatten()?;
    conditions.all(|other| other == Some(first)).then(|| first.to_owned())
}

fn condition(step: &Step) -> Option<&str> {
    step.condition.as_ref().map(|field| field.value.value().trim()).filter(|text| !text.is_empty())
}

fn has_status(step: &Step) -> bool {
    let condition = condition(step).map(Condition::read);
    condition.is_some_and(|condition| condition.expression().is_none_or(crate::expr::Expr::has_status_function))
}

/// Whether a step only hands on what is there: the job's time after a cancel is not for that.
fn only_uploads(step: &Step) -> bool {
    let Some(uses) = &step.uses else { return false };
    let name = uses.value.value();
    ["upload", "cache/save", "codecov", "coveralls", "report", "publish", "notify", "slack", "comment"]
        .iter()
        .any(|word| name.contains(word))
}
