//! The fact of a job itself, and what every fact of a job is stamped with.

#[cfg(test)]
pub(crate) mod testing;

use crate::expr::{Known, Path, Status};
use crate::facts::{Fact, StepRef};
use crate::source::{Location, Source};
use crate::trace::{Act, ActKind, JobTrace, StepTrace, Target};
use crate::workflow::{Job, Step};

/// The fact of a job. `pinned`, the labels as resolved and what a cancel leaves are set by whoever
/// knows the runner.
pub fn facts(trace: &JobTrace, job: &Job, source: &Source) -> Vec<Fact> {
    let mut fact = of_job("job", job.id.value(), job);
    let touches: Vec<&Act> = trace.acts.iter().filter(|act| touches_docker(act)).collect();
    fact.set("docker", !touches.is_empty());
    fact.set("services", !job.services.is_empty() || job.services_expression.is_some());
    fact.set("container", job.container.is_some());
    let labels = job.runs_on.iter().flat_map(|field| &field.labels).map(|label| label.value().to_owned());
    fact.set("labels", labels.collect::<Vec<_>>());
    fact.set("followed", false);
    if let Some(runs_on) = &job.runs_on {
        fact.at("runs-on", source.location(runs_on.span));
    }
    fact.at("job", source.location(job.id.span));
    if let Some(first) = touches.first() {
        fact.at("docker", entry(first));
    }
    if let Some(key) = &job.services_key {
        fact.at("services", source.location(key.key));
    }
    vec![fact]
}

fn touches_docker(act: &Act) -> bool {
    let docker = matches!(act.kind, ActKind::Docker(_) | ActKind::Program(_) | ActKind::Action(_));
    docker && act.context.target == Target::Here
}

/// Where in the workflow an act comes from: its first call, else itself.
fn entry(act: &Act) -> Location {
    act.chain.first().map_or_else(|| act.at.clone(), |link| link.location.clone())
}

/// A fact of a job that is about no command.
pub fn of_job(kind: &str, subject: impl Into<String>, job: &Job) -> Fact {
    let mut fact = Fact::new(kind, subject);
    fact.job = Some(job.id.value().to_owned());
    fact.set("job-id", job.id.value());
    fact
}

/// A fact about a command: its target, step and call chain.
pub fn of_act(kind: &str, subject: impl Into<String>, act: &Act, trace: &JobTrace, job: &Job) -> Fact {
    let mut fact = of_job(kind, subject, job);
    match act.context.target {
        Target::Here => fact.set("target", "here"),
        Target::Elsewhere => fact.set("target", "elsewhere"),
        Target::Container => fact.set("target", "container"),
        Target::Unknown => fact.unknown("target"),
    };
    fact.set("followed", !act.chain.is_empty());
    fact.chain.clone_from(&act.chain);
    fact.step = trace.steps.get(act.step).map(step_ref);
    fact
}

/// Names a step.
pub fn step_ref(step: &StepTrace) -> StepRef {
    StepRef { index: step.index, name: step.name.clone().or_else(|| step.id.clone()) }
}

/// Names a step of the workflow.
pub fn step_ref_of(step: &Step) -> StepRef {
    let name = step.name.as_ref().or(step.id.as_ref()).map(|field| field.value.value().to_owned());
    StepRef { index: step.index, name }
}

/// Whether a step can run whatever became of the steps before it: with `if: always()`, or such a
/// condition that only gates it further.
pub fn runs_always(step: &StepTrace) -> bool {
    let unknown = |_: &Path| Known::unknown();
    [Status::SUCCESS, Status::FAILURE, Status::CANCELLED]
        .iter()
        .all(|&status| step.conditions.iter().all(|condition| condition.truth(status, &unknown).may_be()))
        && !step.conditions.is_empty()
}

/// The known texts of a command's arguments; what is not known stays as it is written.
pub fn words(argv: &[crate::command::Arg]) -> Vec<String> {
    argv.iter().map(|arg| arg.value.to_string()).collect()
}

/// Everything a command says: itself, and the commands whose output it reads.
pub fn mention(trace: &JobTrace, act: &Act) -> String {
    let mut text = act.text.clone();
    let mut add = |capture: &crate::trace::Capture| {
        for stage in &capture.stages {
            text.push(' ');
            text.push_str(&stage.program);
            for word in words(&stage.argv) {
                text.push(' ');
                text.push_str(&word);
            }
        }
    };
    if let Some(stdin) = &act.context.stdin {
        add(stdin);
    }
    if let ActKind::Command { argv, .. } = &act.kind {
        for arg in argv {
            if let Some(capture) = trace.capture(&arg.value) {
                add(capture);
            }
        }
        text.push(' ');
        text.push_str(&words(argv).join(" "));
    }
    text
}

/// Whether `word` stands in `text` with nothing of a name, number or path around it.
pub fn has_token(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !word.is_empty()
        && text.match_indices(word).any(|(at, _)| {
            !text[..at].chars().next_back().is_some_and(part)
                && !text[at + word.len()..].chars().next().is_some_and(part)
        })
}
