//! A job to try expressions on.

use crate::source::Source;
use crate::workflow::{Job, Workflow};
use crate::yaml;

/// A job with this id and this `strategy:`.
pub(super) fn job(id: &str, strategy: &str) -> Job {
    let text = format!("on: push\njobs:\n  '{id}':\n    runs-on: x\n    strategy: {{ {strategy} }}\n    steps: []\n");
    let tree = yaml::parse(&Source::new("w.yml", text.into_bytes()).expect("UTF-8")).expect("YAML");
    let workflow = Workflow::read(&tree).expect("a workflow");
    workflow.jobs.into_iter().next().map(std::sync::Arc::unwrap_or_clone).expect("a job")
}
