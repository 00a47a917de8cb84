//! What all facts of a job have in common.

use std::collections::HashMap;

use super::model::Model;
use crate::facts::{Confidence, Datum, Fact, Field};
use crate::lifecycle::removal::Removal;
use crate::lifecycle::resource::Resource;
use crate::site::set_target;
use crate::source::Location;
use crate::symbol::{Dimensions, Unique, Value};
use crate::trace::Act;
use crate::truth::Truth;

impl Model<'_> {
    /// A fact about the act at `index`.
    pub fn fact(&self, kind: &str, subject: impl Into<String>, index: usize) -> Fact {
        let act = &self.input.trace.acts[index];
        let mut fact = self.input.site().fact_of(kind, subject, act);
        set_target(&mut fact, act.target());
        fact.set("deploy", self.input.is_deploy(act.step));
        fact.chain = act.called_chain().to_vec();
        fact
    }

    /// A fact about the job itself, that no command makes.
    pub fn job_fact(&self, kind: &str, subject: impl Into<String>) -> Fact {
        let mut fact = self.input.site().fact(kind, subject);
        fact.set("followed", false).set("deploy", false);
        fact.set("target", "here");
        fact
    }

    /// The act at an index.
    pub fn act(&self, index: usize) -> &Act {
        &self.input.trace.acts[index]
    }

    /// The removals that may select a resource, in order.
    pub fn removals_of(&self, resource: &Resource) -> impl Iterator<Item = &Removal> {
        self.input.meets.removals_of(resource).into_iter().map(|index| &self.removals[index])
    }

    /// The resources that a removal may select, in order.
    pub fn resources_of(&self, removal: &Removal) -> impl Iterator<Item = &Resource> {
        self.input.meets.resources_of(removal).into_iter().map(|index| &self.resources[index])
    }

    /// The resources that an act makes, in order.
    pub fn made_by(&self, act: usize) -> impl Iterator<Item = &Resource> {
        self.input.meets.made_by(act).map(|index| &self.resources[index])
    }

    /// Whether a command's failure ends its script.
    pub fn ends_script(&self, index: usize) -> bool {
        self.act(index).may_end_script()
    }

    /// Whether a step also runs after a failure.
    pub fn runs_after_failure(&self, step: usize) -> Truth {
        let Some(step) = self.input.trace.steps.get(step) else { return Truth::Unknown };
        if step.conditions.is_empty() {
            return Truth::No;
        }
        let run = |condition: &crate::expr::Condition| {
            condition.runs(crate::expr::Outcome::Failure, self.input.substrate.status_rules, self.input.resolve)
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
    set_dimensions(fact, value.unique());
}

/// Says in what something is unique, as far as that decides something.
pub fn set_dimensions(fact: &mut Fact, unique: Unique) {
    if unique.is_static() == Truth::Unknown {
        fact.unknown("unique-in");
    } else {
        fact.set("unique-in", unique.dimensions.names());
    }
}

/// Says which runs have the same one, as far as its own text tells: those of one commit have the same `github.sha`.
pub fn set_every_run(fact: &mut Fact, unique: Unique, shown: &str) {
    fact.set("every-run", every_run(unique, shown));
}

fn every_run(unique: Unique, shown: &str) -> &'static str {
    if !unique.dimensions.has(Dimensions::REF) {
        return "every run";
    }
    let shown = shown.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| shown.contains(word));
    match () {
        () if has(&["sha", "after", "head_commit"]) => "every run of one commit",
        () if has(&["pull_request.number", "event.number", "issue.number"]) => "every run of one pull request",
        () if has(&["head_ref", "ref_name", "github.ref", "github_ref"]) => "every run of one branch or tag",
        () => "every run of the same branch or commit",
    }
}

/// Each fact once: what several legs, or a script that is called twice, say alike.
#[derive(Default)]
pub struct Once {
    /// They.
    pub all: Vec<Fact>,
    /// By kind and subject.
    known: HashMap<(&'static str, String), Vec<usize>>,
}

impl Once {
    /// Adds facts.
    pub fn extend(&mut self, facts: impl IntoIterator<Item = Fact>) {
        for fact in facts {
            let alike = self.known.entry((fact.kind.name, fact.subject.clone())).or_default();
            match alike.iter().find(|known| is_same(&self.all[**known], &fact)) {
                Some(known) => self.all[*known].confidence = self.all[*known].confidence.max(fact.confidence),
                None => {
                    alike.push(self.all.len());
                    self.all.push(fact);
                }
            }
        }
    }

    /// Whether a fact that would be about the same is known for certain: another like it adds nothing.
    pub fn is_certain(&self, kind: &'static str, subject: &str, first: &Location, field: Option<&Datum>) -> bool {
        let alike = self.known.get(&(kind, subject.to_owned())).into_iter().flatten().map(|known| &self.all[*known]);
        let is_it = |fact: &&Fact| {
            let of = match fact.fields.get("kind") {
                Some(Field::Known(datum)) => Some(datum),
                _ => None,
            };
            at(fact) == Some(first) && of == field && !fact.fields.contains_key("claim")
        };
        alike.into_iter().filter(is_it).any(|fact| fact.confidence == Confidence::High)
    }
}

fn is_same(known: &Fact, fact: &Fact) -> bool {
    let same = |name: &str| known.fields.get(name) == fact.fields.get(name);
    known.kind.name == fact.kind.name
        && known.subject == fact.subject
        && at(known) == at(fact)
        && same("kind")
        && same("claim")
}

/// Where a fact stands.
fn at(fact: &Fact) -> Option<&Location> {
    let first = fact.kind.spans.first()?;
    fact.spans.get(first.name)?.first()
}

/// Makes a fact no surer than this.
pub fn at_most(fact: &mut Fact, confidence: Confidence) {
    fact.confidence = fact.confidence.min(confidence);
}
