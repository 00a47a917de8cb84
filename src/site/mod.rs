//! A job where it runs: what the facts of a job begin with, and what their makers ask of steps and commands.

#[cfg(test)]
pub(crate) mod testing;

use crate::expr::{Known, Path, Status};
use crate::facts::{Fact, StepRef};
use crate::runner::{Mode, Network, Program, Substrate};
use crate::source::Source;
use crate::trace::{Act, ActKind, JobTrace, StepTrace, Target};
use crate::truth::Truth;
use crate::workflow::{Job, Step};

/// A job of a workflow: what the file says of it, what it does, and where it runs. A fact of a job begins here, so that
/// whoever makes it can say at once what only knowledge about the runner tells.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The job.
    pub job: &'a Job,
    /// What it does.
    pub trace: &'a JobTrace,
    /// The workflow's file.
    pub source: &'a Source,
    /// Where it runs.
    pub substrate: &'a Substrate,
}

impl Site<'_> {
    /// A fact of the job that is about no command.
    pub fn fact(&self, kind: &str, subject: impl Into<String>) -> Fact {
        let mut fact = Fact::new(kind, subject);
        let id = self.job.id.value();
        fact.job = Some(id.to_owned());
        fact.set("job-id", id);
        fact
    }

    /// A fact about a command: its target, step and call chain.
    pub fn fact_of(&self, kind: &str, subject: impl Into<String>, act: &Act) -> Fact {
        let mut fact = self.fact(kind, subject);
        set_target(&mut fact, act.context.target);
        fact.set("followed", !act.chain.is_empty());
        fact.chain.clone_from(&act.chain);
        fact.step = self.trace.steps.get(act.step).map(step_ref);
        fact
    }

    /// Whether the steps run on the runner's machine itself, where the processes of other jobs are seen.
    pub fn is_on_host(&self) -> Truth {
        match self.substrate.mode {
            Mode::Host => Truth::Yes,
            Mode::Container => Truth::No,
            Mode::Unknown => Truth::Unknown,
        }
    }

    /// Whether no other job is in its workspace: GitHub's runner has one job at a time; on the others jobs of one
    /// repository may share it on the host (docs/runners.md).
    pub fn has_own_workspace(&self) -> bool {
        self.substrate.runner == Some(Program::Github)
    }

    /// Whether what listens in a step listens on the machine's own network, beside other jobs' servers.
    pub fn shares_host_network(&self) -> Truth {
        let network = match self.substrate.network {
            Network::Host => Truth::Yes,
            Network::Unknown => Truth::Unknown,
            _ => Truth::No,
        };
        self.is_on_host().or(network)
    }
}

/// Says where a command takes effect.
pub fn set_target(fact: &mut Fact, target: Target) {
    match target {
        Target::Here => fact.set("target", "here"),
        Target::Elsewhere => fact.set("target", "elsewhere"),
        Target::Container => fact.set("target", "container"),
        Target::Unknown => fact.unknown("target"),
    };
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
