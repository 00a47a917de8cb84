//! Traces for tests: a workflow and the files beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::world::{Unknown, World};
use super::{ActKind, JobTrace, Setting, Target, walk_job};
use crate::follow::Files;
use crate::source::Source;
use crate::workflow::Workflow;

/// A workflow read, with its trace.
pub(crate) struct Traced {
    pub(crate) source: Source,
    pub(crate) workflow: Workflow,
    /// One for each job.
    pub(crate) traces: Vec<JobTrace>,
}

/// Traces every job of `workflow`, in a repository that holds `files`.
pub(crate) fn traced(workflow: &str, files: &[(&str, &str)]) -> Traced {
    walked(workflow, files, &mut Unknown)
}

/// Walks every job of `workflow` in `world`.
pub(crate) fn walked(workflow: &str, files: &[(&str, &str)], world: &mut dyn World) -> Traced {
    let source = Source::new(".gitea/workflows/ci.yml", workflow.as_bytes().to_vec()).expect("UTF-8");
    let tree = crate::yaml::parse(&source).expect("YAML");
    let read = Workflow::read(&tree).expect("a workflow");
    let files = Files::in_memory(files.iter().copied());
    let traces = read
        .jobs
        .iter()
        .map(|job| {
            let setting = Setting {
                files: &files,
                follow: true,
                source: &source,
                workflow: &read,
                job,
                has_job_index: false,
                is_self_hosted: false,
                container_env_wins: true,
                inputs: BTreeMap::new(),
                flags: BTreeSet::new(),
                needs: Arc::default(),
            };
            walk_job(&setting, world).0
        })
        .collect();
    Traced { source, workflow: read, traces }
}

/// The trace of one step with this script.
pub(crate) fn script(run: &str) -> JobTrace {
    let body: String = run.lines().map(|line| format!("          {line}\n")).collect();
    let workflow = format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - id: s\n        run: |\n{body}");
    traced(&workflow, &[]).traces.remove(0)
}

/// A trace a line each: the command with its words as they became, and how it stands.
pub(crate) fn printed(trace: &JobTrace) -> Vec<String> {
    let words =
        |args: &[crate::command::Arg]| args.iter().map(|arg| arg.value.to_string()).collect::<Vec<_>>().join(" ");
    trace
        .acts
        .iter()
        .map(|act| {
            let what = match &act.kind {
                ActKind::Command { program, argv, .. } => format!("{program} {}", words(argv)),
                ActKind::Docker(call) => match &call.verb {
                    crate::docker::Verb::Run(run) => format!(
                        "run {} {}",
                        run.name.as_ref().map_or(String::new(), |name| name.value.to_string()),
                        run.image.as_ref().map_or(String::new(), |image| image.value.to_string()),
                    ),
                    crate::docker::Verb::Remove(remove) => format!("rm {}", words(&remove.names)),
                    verb => format!("{verb:?}").split(['(', ' ']).next().unwrap_or_default().to_owned(),
                },
                ActKind::Program(program) => program.program.to_owned(),
                ActKind::Action(_) => "action".to_owned(),
                ActKind::Uses { name } => name.clone(),
            };
            let context = &act.context;
            let marks = [
                (context.conditional, "?"),
                (context.tolerated, "~"),
                (context.guarded, "!"),
                (context.background, "&"),
                (context.trap.is_some(), "T"),
                (context.target == Target::Elsewhere, "E"),
                (context.target == Target::Container, "C"),
                (!act.chain.is_empty(), ">"),
            ];
            let marks: String = marks.iter().filter(|(on, _)| *on).map(|(_, mark)| *mark).collect();
            format!("{marks} {}", what.trim()).trim_start().to_owned()
        })
        .collect()
}
