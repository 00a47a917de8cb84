//! Traces and facts for the tests of this folder.

use crate::facts::{Datum, Fact, Field};
use crate::source::Source;
use crate::trace::JobTrace;
use crate::trace::testing::traced;
use crate::workflow::Workflow;

/// A workflow, its first job's trace, and the file.
pub(super) struct Read {
    pub(super) trace: JobTrace,
    pub(super) workflow: Workflow,
    pub(super) source: Source,
}

impl Read {
    pub(super) fn job(&self) -> &crate::workflow::Job {
        &self.workflow.jobs[0]
    }

    pub(super) fn line(&self, fact: &Fact) -> usize {
        let span = fact.kind.spans[0].name;
        self.source.place(fact.spans[span][0].span.start).line
    }

    /// Facts as `LINE field field`, unknown ones as `?`, absent ones as `-`.
    pub(super) fn shown(&self, facts: &[Fact], fields: &[&str]) -> Vec<String> {
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

pub(super) fn read(text: &str) -> Read {
    let mut traced = traced(text, &[]);
    Read { trace: traced.traces.remove(0), workflow: traced.workflow, source: traced.source }
}

/// Every fact of this folder over real workflows, for people to read.
#[test]
#[expect(clippy::print_stderr, reason = "for people to read")]
fn over_the_corpus() {
    use crate::trace::{Setting, trace_job};
    use std::collections::BTreeMap;
    crate::yaml::tests::corpus::for_each_file(|path, source| {
        let shown = path.to_string_lossy().into_owned();
        let Some((root, _)) = shown.split_once("/.").filter(|_| shown.contains("/workflows/")) else { return };
        let Ok(tree) = crate::yaml::parse(source) else { return };
        let Ok(workflow) = Workflow::read(&tree) else { return };
        let files = crate::follow::Files::new(std::path::Path::new(root), "");
        for job in &workflow.jobs {
            let setting = Setting {
                files: &files,
                follow: true,
                source,
                workflow: &workflow,
                job,
                has_job_index: false,
                container_env_wins: true,
                inputs: BTreeMap::new(),
                flags: std::collections::BTreeSet::new(),
                needs: std::sync::Arc::default(),
            };
            let trace = trace_job(&setting).0;
            for fact in every(&trace, &workflow, job, source) {
                let Some(at) = fact.spans.get(fact.kind.spans[0].name).and_then(|places| places.first()) else {
                    continue;
                };
                let line = if at.path == *source.path() {
                    source.place(at.span.start).line.to_string()
                } else {
                    format!("{}@{}", at.path, at.span.start)
                };
                let fields: Vec<String> = fact
                    .fields
                    .iter()
                    .filter(|(name, _)| !["job-id", "followed"].contains(name))
                    .map(|(name, field)| format!("{name}={}", serde_json::to_string(field).unwrap_or_default()))
                    .collect();
                eprintln!("{shown}:{line}: {} {}", fact.kind.name, fields.join(" "));
            }
        }
    });
}

fn every(trace: &JobTrace, workflow: &Workflow, job: &crate::workflow::Job, source: &Source) -> Vec<Fact> {
    let mut facts = super::process::facts(trace, job, source);
    facts.extend(super::kill::facts(trace, job, source));
    facts.extend(super::server::facts(trace, job, source));
    facts.extend(super::port_probe::facts(trace, job, source));
    facts.extend(super::idiom::facts(trace, job, source));
    facts.extend(super::mount::facts(trace, job, &|_| false));
    facts.extend(super::sweep::facts(trace, workflow, job, source, &[]));
    facts.extend(super::service_use::facts(trace, job, source));
    facts.extend(super::job::facts(trace, job, source));
    facts
}
