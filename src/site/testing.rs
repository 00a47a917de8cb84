//! Traces and facts for the tests of the rooms that make facts of jobs.

use super::Site;
use crate::facts::{Datum, Fact, Field};
use crate::runner::{Forge, Substrate};
use crate::source::Source;
use crate::trace::JobTrace;
use crate::trace::testing::traced;
use crate::workflow::Workflow;

/// A workflow, its first job's trace, and the file.
pub(crate) struct Read {
    pub(crate) trace: JobTrace,
    pub(crate) workflow: Workflow,
    pub(crate) source: Source,
    substrate: Substrate,
}

impl Read {
    pub(crate) fn job(&self) -> &crate::workflow::Job {
        &self.workflow.jobs[0]
    }

    /// Its first job, on a runner of which nothing is known.
    pub(crate) fn site(&self) -> Site<'_> {
        Site { job: self.job(), trace: &self.trace, source: &self.source, substrate: &self.substrate }
    }

    pub(crate) fn line(&self, fact: &Fact) -> usize {
        let span = fact.kind.spans[0].name;
        self.source.place(fact.spans[span][0].span.start).line
    }

    /// Facts as `LINE field field`, unknown ones as `?`, absent ones as `-`.
    pub(crate) fn shown(&self, facts: &[Fact], fields: &[&str]) -> Vec<String> {
        facts
            .iter()
            .map(|fact| {
                let shown = fields.iter().map(|name| match fact.fields.get(name) {
                    Some(Field::Known(Datum::Text(text))) => text.clone(),
                    Some(Field::Known(Datum::Bool(is))) => is.to_string(),
                    Some(Field::Known(Datum::Number(number))) => number.to_string(),
                    Some(Field::Known(Datum::List(items))) => items.join(","),
                    Some(Field::Unknown(_)) => "?".to_owned(),
                    None => "-".to_owned(),
                });
                std::iter::once(self.line(fact).to_string()).chain(shown).collect::<Vec<_>>().join(" ")
            })
            .collect()
    }
}

pub(crate) fn read(text: &str) -> Read {
    let mut traced = traced(text, &[]);
    Read {
        trace: traced.traces.remove(0),
        workflow: traced.workflow,
        source: traced.source,
        substrate: Substrate::unknown(Forge::Gitea),
    }
}
