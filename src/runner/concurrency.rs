//! Concurrency groups that keep a repository's own runs apart.

use super::kind::{Forge, Program, Version};
use super::substrate::Substrate;
use super::syntax::ignored;
use super::table::{Trait, does};
use crate::expr::{ExprKind, Part, Path, parse_at, template};
use crate::truth::Truth;
use crate::workflow::{Concurrency, Field, Job, Workflow};

/// A concurrency group that lets one run at a time through: its name is the same in every run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The group as written.
    pub written: String,
    /// Its name, as far as the workflow tells it: groups of one name are one.
    pub name: String,
    /// Whether the job itself waits, not only the run as a whole.
    pub of_job: bool,
}

/// The groups that a job's runs wait in, where the forge honours them. Only literals, `github.workflow`,
/// `repository`, `job` and `vars` make a name that nobody needs to guess.
pub fn queues(path: &str, workflow: &Workflow, job: &Job, gitea: Option<Version>, on: &Substrate) -> Vec<Queue> {
    let found = [(&workflow.concurrency, false), (&job.concurrency, true)];
    let queue = |(concurrency, of_job): (&Option<Box<Field<Concurrency>>>, bool)| {
        let concurrency = concurrency.as_ref()?;
        let group = concurrency.group.as_ref()?.value();
        let key = if of_job { "jobs.*.concurrency" } else { "concurrency" };
        let honoured = honours(key, on.forge, gitea).is_yes();
        let cancels =
            concurrency.cancel_in_progress.as_ref().is_some_and(|cancel| cancel.value.as_bool() != Some(false));
        // What it cancels is still there when the next one starts: no step runs after the cancel.
        let leaves = cancels
            && on.runner == Some(Program::GiteaRunner)
            && !does(Trait::RunsStepsOnCancel, on.runner, on.version).is_yes();
        let name = queue_name(group, path, workflow, job).filter(|_| honoured && !leaves)?;
        Some(Queue { written: group.trim().to_owned(), name, of_job })
    };
    found.into_iter().filter_map(queue).collect()
}

/// A group's name; nothing when anything else than what is the same in every run is in it. Names are compared
/// without regard to case (docs.github.com, "Control the concurrency of workflows and jobs").
fn queue_name(group: &str, path: &str, workflow: &Workflow, job: &Job) -> Option<String> {
    let mut name = String::new();
    for part in template(group.trim()) {
        let text = match part {
            Part::Literal(range) => group.trim()[range].to_owned(),
            Part::Unclosed(_) => return None,
            Part::Expression { inner, .. } => {
                let expr = parse_at(group.trim(), inner.clone())?;
                match expr.paths().as_slice() {
                    [(path_in_it, _)] if matches!(expr.kind, ExprKind::Path(_)) => match only_leg(job, path_in_it) {
                        Some(leg) => leg.to_owned(),
                        None => match fixed(path_in_it)? {
                            Fixed::Workflow => {
                                workflow.name.as_ref().map_or(path, |name| name.value.value()).to_owned()
                            }
                            Fixed::Job => job.id.value().to_owned(),
                            Fixed::Elsewhere => group.trim()[inner].trim().to_owned(),
                        },
                    },
                    paths => {
                        for (path_in_it, _) in paths {
                            fixed(path_in_it)?;
                        }
                        format!("{path} {}", &group.trim()[inner])
                    }
                }
            }
        };
        name.push_str(&text);
    }
    let name = name.trim().to_lowercase();
    (!name.is_empty()).then_some(name)
}

/// What a matrix of one leg says of a value: that is the same in every run.
fn only_leg<'j>(job: &'j Job, path: &Path) -> Option<&'j str> {
    let names = path.names().filter(|_| path.context == "matrix")?;
    let [name] = names.as_slice() else { return None };
    let matrix = job.matrix().filter(|matrix| !matrix.has_several_legs())?;
    let is_it = |key: &str| key.eq_ignore_ascii_case(name);
    let axes = matrix.axes.iter().filter(|axis| is_it(axis.name.value())).flat_map(|axis| &axis.values);
    let more = matrix.include.entries.iter().flatten().filter(|(key, _)| is_it(key.value())).map(|(_, value)| value);
    let mut values = axes.chain(more);
    let (only, none) = (values.next()?, values.next());
    let text = only.as_scalar().filter(|_| none.is_none())?.text.value();
    (!text.contains("${{")).then_some(text)
}

/// A path whose value is the same in every run.
enum Fixed {
    Workflow,
    Job,
    /// Of the repository: the same in all of its workflows.
    Elsewhere,
}

fn fixed(path: &Path) -> Option<Fixed> {
    match (path.context.as_str(), path.names().as_deref()) {
        ("github" | "gitea" | "forgejo", Some([name])) => match name.to_ascii_lowercase().as_str() {
            "workflow" => Some(Fixed::Workflow),
            "job" => Some(Fixed::Job),
            "repository" => Some(Fixed::Elsewhere),
            _ => None,
        },
        ("vars", Some([_])) => Some(Fixed::Elsewhere),
        _ => None,
    }
}

/// Whether the job's or the workflow's concurrency group keeps two runs of this workflow apart: no ref, sha,
/// pull request, run or person is in it, and the forge honours it (GitHub; Gitea from 1.26, its comparison
/// with GitHub Actions).
pub fn serialises_twins(workflow: &Workflow, job: &Job, forge: Forge, gitea: Option<Version>) -> Truth {
    let of = |key, concurrency: &Option<Box<Field<Concurrency>>>| {
        let group = concurrency.as_ref().and_then(|concurrency| concurrency.group.as_ref());
        group.map_or(Truth::No, |group| same_for_all_runs(group.value()).and(honours(key, forge, gitea)))
    };
    of("concurrency", &workflow.concurrency).or(of("jobs.*.concurrency", &job.concurrency))
}

/// Whether a forge obeys a concurrency key.
fn honours(key: &str, forge: Forge, gitea: Option<Version>) -> Truth {
    match forge {
        // Not in its list of what it supports, nor in that of what it does not.
        Forge::Forgejo => Truth::No,
        _ => !ignored(key, forge, gitea, None, None),
    }
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
