//! The jobs of a workflow, traced.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::callers::Callers;
use super::deploy::{self, Level, Purpose, Said, TestSteps};
use super::input::AnalysisInput;
use super::model::TracedJob;
use crate::expr::Condition;
use crate::lifecycle::declared::declared;
use crate::lifecycle::peers::in_order;
use crate::lifecycle::removals::removals;
use crate::lifecycle::resources::resources;
use crate::lifecycle::{NameIndex, name_clusters};
use crate::runner::table::Trait;
use crate::runner::{Declared, Forge, Setting as RunnerSetting, substrate};
use crate::shared::Shared;
use crate::source::Source;
use crate::stack::stacks;
use crate::symbol::{Value, Variables};
use crate::trace::contexts::Contexts;
use crate::trace::{ActKind, JobTrace, Setting, StepTrace, Target, trace_job};
use crate::workflow::{Job, Matrix, Workflow};

/// The jobs of a workflow that have steps and can run, in the file's order.
pub(super) fn trace_workflow(
    repository: &AnalysisInput<'_>,
    source: &Source,
    workflow: &Workflow,
    callers: Option<&Callers>,
) -> Vec<TracedJob> {
    let callers = callers.cloned().unwrap_or_default();
    let forge = Forge::of(source.path(), repository.forge);
    let setting = RunnerSetting {
        forge,
        runners: repository.runners,
        self_hosted: repository.self_hosted,
        calls: &callers.calls,
    };
    let mut needs: Arc<BTreeMap<(String, String), Value>> = Arc::default();
    let mut traced = Vec::new();
    for job in in_order(workflow) {
        let condition = job.condition.as_ref().map_or(Condition::MISSING, |field| Condition::read(field.value.value()));
        let contexts = Contexts {
            job: job.id.value().to_owned(),
            inputs: callers.inputs.clone(),
            flags: callers.flags.clone(),
            ..Contexts::default()
        };
        if condition.is_never(&|path| contexts.resolve(path)) || job.uses.is_some() {
            continue;
        }
        let substrate = substrate(job, workflow, &setting);
        let has_job_index = substrate.does(Trait::SetsJobIndex).is_yes();
        let is_self_hosted = substrate.is_self_hosted();
        let (trace, outputs) = trace_job(&Setting {
            files: repository.files,
            follow: repository.follow,
            source,
            workflow,
            job,
            has_job_index,
            is_self_hosted,
            container_env_wins: !substrate.does(Trait::ContainerEnvWins).is_no(),
            inputs: callers.inputs.clone(),
            flags: callers.flags.clone(),
            needs: needs.clone(),
        });
        let id = job.id.value().to_owned();
        let before = needs.clone();
        Arc::make_mut(&mut needs).extend(outputs.into_iter().map(|(name, value)| ((id.clone(), name), value)));
        let mut trace = trace;
        if substrate.elsewhere.is_some() {
            for act in &mut trace.acts {
                if act.context.target == Target::Here && matches!(act.kind, ActKind::Docker(_)) {
                    act.context.target = Target::Elsewhere;
                }
            }
        }
        let mut contexts = Contexts { env: env_of(&trace), has_job_index, is_self_hosted, ..contexts };
        if let Some(matrix) = job.matrix() {
            contexts.set_matrix(matrix);
        }
        let stacks = stacks(repository.files, &trace, &contexts);
        let removed = removals(&trace, &stacks);
        let deploy = deploys(source, workflow, job, &trace);
        let tests = TestSteps::of(trace.steps.len());
        let is_test = |step: usize| trace.steps.get(step).is_some_and(|traced| tests.has(step, traced));
        let mut made = resources(&trace, &stacks);
        name_clusters(repository.files, &trace, &mut made);
        made.extend(declared(repository.declared, source.path(), &trace, &is_test));
        let docker: Vec<&Declared> = repository.runners.iter().filter(|declared| declared.docker.is_yes()).collect();
        let labels = || substrate.labels.iter().map(String::as_str);
        let pinned = (!docker.is_empty() && !substrate.labels.is_empty())
            .then(|| docker.iter().any(|declared| declared.fits(labels()).is_some()));
        traced.push(TracedJob {
            pinned,
            job: job.clone(),
            trace,
            substrate,
            condition,
            contexts,
            meets: NameIndex::new(&made, &removed),
            resources: made,
            removals: removed,
            deploy,
            tests,
            needs: before,
            stacks,
            calls: callers.side_by_side.clone(),
            has_several_legs: job.matrix().is_some_and(Matrix::has_several_legs),
        });
    }
    traced.sort_by_key(|traced| traced.job.span.start);
    traced
}

/// What `env.*` can be in the conditions of a job's steps: what any step finds there.
fn env_of(trace: &JobTrace) -> Shared<Variables> {
    let mut all: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    let mut before: Option<&Shared<Variables>> = None;
    for step in &trace.steps {
        // Most steps find what the step before them found.
        if before.replace(&step.env).is_some_and(|before| before.is_same(&step.env)) {
            continue;
        }
        for (name, value) in &*step.env {
            all.entry(name.clone()).or_default().push(value.clone());
        }
    }
    all.into_iter().map(|(name, values)| (name, Value::one_of(values))).collect()
}

/// For each step whether its names, or the job's `environment:`, say that it brings up what is to stay.
fn deploys(source: &Source, workflow: &Workflow, job: &Job, trace: &JobTrace) -> Vec<bool> {
    let file = source.path().rsplit('/').next().unwrap_or_default();
    let file = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let job_name = job.name.as_ref().map(|name| (Level::JobName, name.value.value()));
    let workflow_name = workflow.name.as_ref().map(|name| (Level::Workflow, name.value.value()));
    let wider = job_name.into_iter().chain([(Level::JobId, job.id.value())]).chain(workflow_name);
    let wider: Vec<Said> = wider.chain([(Level::File, file)]).map(|(level, name)| Said::by(level, name)).collect();
    let deploys = |step: &StepTrace| {
        let nearest = step.name.as_deref().or(step.id.as_deref()).map(|name| Said::by(Level::Step, name));
        let said = nearest.into_iter().chain(wider.iter().copied());
        deploy::by_names(said, job.environment.is_some()) == Some(Purpose::Deploy)
    };
    trace.steps.iter().map(deploys).collect()
}
