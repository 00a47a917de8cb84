//! Which calls of a reusable workflow come to a step of it: a call that passes `false` to what the step asks for does
//! not.

use std::collections::HashMap;

use super::TracedJob;
use super::callers::Callers;
use crate::expr::{self, Condition, Known, Path};
use crate::facts::Fact;

/// The calls that come to the steps of a workflow, by job and step.
pub(super) struct Reaching<'a> {
    callers: &'a Callers,
    jobs: HashMap<&'a str, &'a TracedJob>,
    known: HashMap<(String, Option<usize>), Vec<usize>>,
}

impl<'a> Reaching<'a> {
    /// For these calls and jobs.
    pub(super) fn new(callers: &'a Callers, jobs: &'a [TracedJob]) -> Self {
        let jobs = jobs.iter().map(|traced| (traced.job.id.value(), traced)).collect();
        Self { callers, jobs, known: HashMap::new() }
    }

    /// The numbers of the calls that come to what a fact is about; all of them where none is seen to.
    pub(super) fn calls_to(&mut self, fact: &Fact) -> Vec<usize> {
        let all = || (0..self.callers.jobs.len()).collect();
        let Some(job) = &fact.job else { return all() };
        let Some(traced) = self.jobs.get(job.as_str()) else { return all() };
        let step = fact.step.as_ref().map(|step| step.index);
        let key = (job.clone(), step);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let own = traced.trace.steps.iter().find(|own| Some(own.index) == step);
        let conditions = own.map_or(&[][..], |own| &own.conditions);
        // A call that the job's own `if:` turns away comes to none of its steps.
        let of_job = traced.job.condition.as_ref().map(|field| Condition::read(field.value.value()));
        let all_of_it = conditions.iter().chain(&of_job);
        let asking: Vec<&Condition> = all_of_it.filter(|condition| condition.asks_for("inputs")).collect();
        let comes = |call: &usize| {
            !asking.iter().any(|condition| condition.is_never(&|path| self.resolve(traced, *call, path)))
        };
        let mut calls: Vec<usize> = (0..self.callers.jobs.len()).filter(comes).collect();
        if calls.is_empty() {
            calls = all();
        }
        self.known.insert(key, calls.clone());
        calls
    }

    /// What a path is in one call.
    fn resolve(&self, traced: &TracedJob, call: usize, path: &Path) -> Known {
        let name = path.names().filter(|_| path.context == "inputs");
        let given = match name.as_deref() {
            Some([name]) => self.callers.given.get(call).and_then(|given| Some((*name, given.get(*name)?))),
            _ => None,
        };
        let Some((name, value)) = given else { return traced.contexts.resolve(path) };
        match value.as_literal() {
            Some(text) if self.callers.flags.contains(name) => Known::one_of([expr::Value::Bool(text == "true")]),
            Some(text) => Known::text(text),
            None => Known::unknown(),
        }
    }
}
