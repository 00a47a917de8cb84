//! What a runner puts into scripts before a shell reads them: an expression whose value may hold anything stands
//! there in no other quotes than it did.

use std::collections::BTreeSet;

use crate::expr::{Part, template};
use crate::rewrite::untrusted::{is_plain, is_plain_anywhere};
use crate::shell::{self, Context};
use crate::workflow::{Action, Job, Runs, Step, Workflow};
use crate::yaml::Tree;

/// The first expression that a script of `new` holds as code where none of the same job did in `old`.
pub(super) fn added(old: &Tree, new: &Tree) -> Option<String> {
    if let (Ok(old), Ok(new)) = (Workflow::read(old), Workflow::read(new)) {
        return new.jobs.iter().find_map(|job| {
            let before = old.job(job.id.value()).map_or(&[][..], |job| &job.steps);
            in_steps(before, &job.steps, Some(job))
        });
    }
    match (Action::read(old).map(|action| action.runs), Action::read(new).map(|action| action.runs)) {
        (Ok(Runs::Composite { steps: old }), Ok(Runs::Composite { steps: new })) => in_steps(&old, &new, None),
        _ => None,
    }
}

fn in_steps(old: &[Step], new: &[Step], job: Option<&Job>) -> Option<String> {
    let old: BTreeSet<&str> = texts(old).collect();
    let changed: Vec<&str> = texts(new).filter(|text| text.contains("${{") && !old.contains(text)).collect();
    if changed.is_empty() {
        return None;
    }
    let known: Vec<(String, Context)> = old.into_iter().flat_map(expressions).collect();
    let is_plain = |expression: &str| match job {
        Some(job) => is_plain(job, expression),
        None => is_plain_anywhere(expression),
    };
    let found = changed.into_iter().flat_map(expressions);
    let mut foreign = found.filter(|found| !known.contains(found) && !is_plain(&found.0));
    foreign.next().map(|(expression, _)| expression)
}

fn texts(steps: &[Step]) -> impl Iterator<Item = &str> {
    steps.iter().filter_map(|step| Some(step.run.as_ref()?.value.value()))
}

/// The expressions of a script, each with the quotes it stands in.
fn expressions(text: &str) -> Vec<(String, Context)> {
    let script = shell::parse(text);
    let whole = template(text).into_iter().filter_map(|part| match part {
        Part::Expression { whole, inner } => Some((whole.start, text[inner].trim().to_owned())),
        _ => None,
    });
    whole.map(|(at, inner)| (inner, script.context(text, at))).collect()
}
