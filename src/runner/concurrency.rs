//! Concurrency groups that keep a repository's own runs apart.

use super::kind::{Forge, Version};
use super::syntax::ignored;
use crate::expr::{Part, Path, parse_at, template};
use crate::truth::Truth;
use crate::workflow::{Concurrency, Job, Workflow};

/// Whether the job's or the workflow's concurrency group keeps two runs of this workflow apart: no ref, sha,
/// pull request, run or person is in it, and the forge honours it (GitHub; Gitea from 1.26, its comparison
/// with GitHub Actions).
pub fn serialises_twins(workflow: &Workflow, job: &Job, forge: Forge, gitea: Option<Version>) -> Truth {
    let honours = |key| match forge {
        // Not in its list of what it supports, nor in that of what it does not.
        Forge::Forgejo => Truth::No,
        _ => !ignored(key, forge, gitea, None, None),
    };
    let of = |key, concurrency: Option<&Concurrency>| {
        let group = concurrency.and_then(|concurrency| concurrency.group.as_ref());
        group.map_or(Truth::No, |group| same_for_all_runs(group.value()).and(honours(key)))
    };
    of("concurrency", workflow.concurrency.as_deref()).or(of("jobs.*.concurrency", job.concurrency.as_deref()))
}

/// Whether a group's name is the same in every run.
fn same_for_all_runs(text: &str) -> Truth {
    let mut all = Truth::from(!text.trim().is_empty());
    for part in template(text) {
        all = all.and(match part {
            Part::Literal(_) => Truth::Yes,
            Part::Unclosed(_) => Truth::Unknown,
            Part::Expression { inner, .. } => parse_at(text, inner).map_or(Truth::Unknown, |expr| {
                expr.paths().into_iter().fold(Truth::Yes, |all, (path, _)| all.and(same(path)))
            }),
        });
    }
    all
}

fn same(path: &Path) -> Truth {
    match path.context.as_str() {
        "github" | "gitea" | "forgejo" => match path.names().as_deref() {
            Some([name, ..]) => Truth::from(matches!(
                name.to_ascii_lowercase().as_str(),
                "workflow" | "repository" | "repository_owner" | "repository_id" | "job" | "event_name" | "server_url"
            )),
            _ => Truth::Unknown,
        },
        // The same leg of another run has the same.
        "matrix" | "strategy" => Truth::Yes,
        _ => Truth::Unknown,
    }
}
