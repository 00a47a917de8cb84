//! What all facts of a job have in common.

use super::Model;
use crate::facts::{Confidence, Fact, Field, StepRef};
use crate::lifecycle::act::may_end_script;
use crate::symbol::{Dimensions, Value};
use crate::trace::{Act, Target};
use crate::truth::Truth;

impl Model<'_> {
    /// A fact about the act at `index`.
    pub fn fact(&self, kind: &str, subject: impl Into<String>, index: usize) -> Fact {
        let act = &self.input.trace.acts[index];
        let mut fact = Fact::new(kind, subject);
        fact.job = Some(self.input.job.id.value().to_owned());
        fact.set("job-id", self.input.job.id.value());
        if let Some(step) = self.input.trace.steps.get(act.step) {
            fact.step = Some(StepRef { index: step.index, name: step.name.clone().or_else(|| step.id.clone()) });
        }
        fact.chain.clone_from(&act.chain);
        fact.set("followed", !act.chain.is_empty());
        match self.input.target(index) {
            Target::Here => fact.set("target", "here"),
            Target::Elsewhere => fact.set("target", "elsewhere"),
            Target::Container => fact.set("target", "container"),
            Target::Unknown => fact.unknown("target"),
        };
        fact.set("deploy", self.input.is_deploy(act.step));
        fact
    }

    /// A fact about the job itself, that no command makes.
    pub fn job_fact(&self, kind: &str, subject: impl Into<String>) -> Fact {
        let mut fact = Fact::new(kind, subject);
        fact.job = Some(self.input.job.id.value().to_owned());
        fact.set("job-id", self.input.job.id.value()).set("followed", false).set("deploy", false);
        fact.set("target", "here");
        fact
    }

    /// The act at an index.
    pub fn act(&self, index: usize) -> &Act {
        &self.input.trace.acts[index]
    }

    /// Whether a command's failure ends its script.
    pub fn ends_script(&self, index: usize) -> bool {
        may_end_script(self.act(index))
    }

    /// Whether a step also runs after a failure.
    pub fn runs_after_failure(&self, step: usize) -> Truth {
        let Some(step) = self.input.trace.steps.get(step) else { return Truth::Unknown };
        if step.conditions.is_empty() {
            return Truth::No;
        }
        let run = |condition: &crate::expr::Condition| {
            condition.runs(crate::expr::Outcome::Failure, self.input.status, self.input.resolve)
        };
        step.conditions.iter().map(run).fold(Truth::Yes, Truth::and)
    }
}

/// Says in what a value is unique, as far as that decides something.
pub fn set_unique(fact: &mut Fact, value: Option<&Value>) {
    let Some(value) = value else {
        // Docker's own choice.
        fact.set("unique-in", vec!["random"]);
        return;
    };
    let unique = value.unique();
    let decided = unique.dimensions.has(Dimensions::RUN) || unique.dimensions.has(Dimensions::RANDOM);
    if unique.unknown && !decided {
        fact.unknown("unique-in");
    } else {
        fact.set("unique-in", unique.dimensions.names());
    }
}

/// Each fact once: what several legs, or a script that is called twice, say alike.
pub fn once(facts: Vec<Fact>) -> Vec<Fact> {
    let mut kept: Vec<Fact> = Vec::new();
    for fact in facts {
        match kept.iter_mut().find(|known| is_same(known, &fact)) {
            Some(known) => known.confidence = known.confidence.max(fact.confidence),
            None => kept.push(fact),
        }
    }
    kept
}

fn is_same(known: &Fact, fact: &Fact) -> bool {
    let first = known.kind.spans.first().map(|span| span.name);
    let at = |fact: &Fact| first.and_then(|name| fact.spans.get(name)).and_then(|all| all.first().cloned());
    let by = |fact: &Fact| fact.fields.get("kind").cloned();
    known.kind.name == fact.kind.name
        && known.subject == fact.subject
        && at(known) == at(fact)
        && by(known) == by(fact)
        && field(known, "claim") == field(fact, "claim")
}

fn field<'f>(fact: &'f Fact, name: &str) -> Option<&'f Field> {
    fact.fields.get(name)
}

/// Makes a fact no surer than this.
pub fn at_most(fact: &mut Fact, confidence: Confidence) {
    fact.confidence = fact.confidence.min(confidence);
}
