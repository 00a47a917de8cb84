//! Who plays: the runs of a job, and what they read where only the run knows a text.

use super::machine::Maker;
use crate::docker::holds_path;
use crate::symbol::{Dimensions, Opaque, Part, Value};
use crate::trace::contexts::Contexts;

/// What a runner makes for a job is no job's own.
pub(super) const RUNNER: usize = usize::MAX;

/// The commit that all runs of a play are of.
pub(super) const COMMIT: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";

/// Who makes what the first job of a run makes; strangers are nobody's run, number 0.
pub(super) fn maker_of(run: usize) -> Maker {
    Maker { run: u32::try_from(run).unwrap_or(u32::MAX - 1) + 1, job: 0 }
}

/// One run of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cast {
    /// `github.run_id`
    pub run: u32,
    /// `github.run_attempt`, from 1.
    pub attempt: u32,
    /// Whether the runner tells the attempt: `run_attempt` is empty otherwise.
    pub counts_attempts: bool,
    /// Which leg of the matrix.
    pub leg: u32,
    /// Which of the calls of its workflow.
    pub call: u32,
    /// Whether texts of which nothing is known are others in each run.
    pub unknowns_differ: bool,
}

impl Cast {
    /// The run of which a story tells.
    pub(super) fn first() -> Self {
        Self { run: 41, attempt: 1, counts_attempts: true, leg: 1, call: 1, unknowns_differ: true }
    }

    /// Another run of the same job, of the same branch.
    pub(super) fn second(&self) -> Self {
        Self { run: 42, ..self.clone() }
    }

    /// The same run, started again.
    pub(super) fn again(&self) -> Self {
        Self { attempt: self.attempt + 1, ..self.clone() }
    }

    /// Another leg of the same run.
    pub(super) fn other_leg(&self) -> Self {
        Self { leg: 2, ..self.clone() }
    }

    /// The same job of the same run, called from somewhere else.
    pub(super) fn other_call(&self) -> Self {
        Self { call: 2, ..self.clone() }
    }

    /// The text of something that only the run knows.
    pub(super) fn text(&self, unknown: &Opaque, contexts: &Contexts) -> Option<Value> {
        let source = &*unknown.source;
        let leg = usize::try_from(self.leg).ok().and_then(|leg| contexts.legs.get(leg.checked_sub(1)?));
        let of_leg = source.strip_prefix("matrix.").and_then(|key| leg?.get(key));
        if let Some(value) = of_leg {
            return Some(Value::literal(value.clone()));
        }
        // The walker knows these files by their names.
        let file = source.strip_prefix("$GITHUB_").or_else(|| source.strip_prefix("$GITEA_"));
        if file.or_else(|| source.strip_prefix("$FORGEJO_")).is_some() {
            return None;
        }
        let name =
            |text: &str| text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect::<String>();
        let text = match source {
            "github.run_id" => self.run.to_string(),
            "github.run_attempt" if self.counts_attempts => self.attempt.to_string(),
            "github.run_attempt" => String::new(),
            "github.run_number" => (self.run - 34).to_string(),
            "github.job" => contexts.job.clone(),
            "github.repository" => "team/app".to_owned(),
            "github.repository_owner" => "team".to_owned(),
            "github.server_url" => "https://git.example.org".to_owned(),
            "github.ref" => "refs/heads/main".to_owned(),
            "github.ref_name" | "github.head_ref" | "github.base_ref" => "main".to_owned(),
            "github.sha" => COMMIT.to_owned(),
            "github.event_name" => "push".to_owned(),
            "github.workspace" | "$PWD" => "/workspace/team/app".to_owned(),
            "github.actor" => "dev".to_owned(),
            "$HOME" => "/root".to_owned(),
            "$RUNNER_TEMP" | "runner.temp" => "/tmp/runner".to_owned(),
            "$JOB_CONTAINER_NAME" => format!("job-{}", self.who()),
            _ if unknown.empty.is_yes() => String::new(),
            _ => {
                let dimensions = unknown.unique.dimensions;
                let mut text = name(source).trim_matches('-').to_owned();
                if dimensions.has(Dimensions::RANDOM) {
                    text = format!("{text}-{}", self.who());
                }
                if unknown.unique.unknown && self.unknowns_differ {
                    text = format!("{text}-{}-{}-{}", self.run, self.leg, self.call);
                } else if dimensions.has(Dimensions::RUN) {
                    text = format!("{text}-{}", self.run);
                }
                if dimensions.has(Dimensions::LEG) {
                    text = format!("{text}-{}", self.leg);
                }
                // What `go env GOCACHE` prints names no volume.
                if source.starts_with("$(") && holds_path(source) { format!("/{text}") } else { text }
            }
        };
        Some(Value::literal(text))
    }

    /// A text as this run has it.
    pub(super) fn value(&self, value: &Value, contexts: &Contexts) -> String {
        let part = |part: &Part| match part {
            Part::Literal(text) => text.to_string(),
            Part::Opaque(opaque) => {
                self.text(opaque, contexts).map_or_else(|| opaque.source.to_string(), |text| text.to_string())
            }
            Part::OneOf(values) => {
                let texts: Vec<String> = values.iter().map(|value| self.value(value, contexts)).collect();
                texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
            }
        };
        value.parts().iter().map(part).collect()
    }

    /// Whether a word is one that only the run of which a story tells has.
    pub(super) fn has_as_own(word: &str) -> bool {
        let first = Self::first();
        word == first.run.to_string() || word == first.drawn()
    }

    /// A random text: hexadecimal digits that no other run draws.
    pub(super) fn drawn(&self) -> String {
        format!("{:x}{:x}{:x}{:x}", self.run, self.attempt, self.leg, self.call)
    }

    /// What no two runs share.
    pub(super) fn who(&self) -> String {
        format!("{}-{}-{}-{}", self.run, self.attempt, self.leg, self.call)
    }
}
