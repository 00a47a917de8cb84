//! `berth-run hook job-completed`: called by a runner after each job.
//!
//! - gitea-runner's job hook and GitHub's ACTIONS_RUNNER_HOOK_JOB_COMPLETED run in the job's environment, where the job
//!   is known as in a step.
//! - gitea-runner's post-task script knows five variables of its own and nothing else; they name the task.
//!
//! A hook that fails would fail the job, whatever it was about. So what cannot be done is said, and the code is 0.

use super::engine::Engine;
use super::job::Job;
use super::place::{self, JobPlace};
use super::remove::{self, Patience, Removed};
use super::{Result, console, down, guard};
use crate::identity::{MANAGED, OF, REPO, RUN, SERVER, TASK};

/// Removes what the job that has just ended has left.
pub async fn job_completed() {
    if let Err(error) = clean().await {
        console::failure("not everything is cleaned up", &error);
    }
}

async fn clean() -> Result<()> {
    if let Some(labels) = task(|name| std::env::var(name).ok()) {
        return by_labels(&Engine::connect().await?, &labels).await;
    }
    // Without an identity there may still be the container that this runs in.
    if let Ok(Some(_)) = Job::find() {
        return down::down(false, None).await;
    }
    let engine = Engine::connect().await?;
    match place::find(&engine).await? {
        JobPlace::Container(container) => by_labels(&engine, &[(OF, container.id)]).await,
        JobPlace::Host { .. } => {
            console::note("this job has no token here: what it may have left is its guard's, and then a sweep's");
            Ok(())
        }
    }
}

/// The labels that a post-task script's own variables lead to. In host mode the runner names no task container, and
/// everything of the run may be another job's.
fn task(variable: impl Fn(&str) -> Option<String>) -> Option<Vec<(&'static str, String)>> {
    let of = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let number = of("GITEA_TASK_ID").filter(|number| number != "0" && number.bytes().all(|b| b.is_ascii_digit()))?;
    // A job's own hook has these as well; but it has the job's variables too, which say more.
    if of("GITHUB_JOB").is_some() {
        return None;
    }
    let mut labels = vec![(TASK, number), (REPO, of("GITEA_REPOSITORY")?), (RUN, of("GITEA_RUN_ID")?)];
    // Not among the five: where several forges share the daemon, the runner's configuration must hand it on.
    labels.extend(of("GITHUB_SERVER_URL").map(|server| (SERVER, server)));
    Some(labels)
}

async fn by_labels(engine: &Engine, labels: &[(&'static str, String)]) -> Result<()> {
    let mut all = vec![(MANAGED, "1")];
    all.extend(labels.iter().map(|(key, value)| (*key, value.as_str())));
    let mut removed = Removed::default();
    let mut outcome = remove::all_into(engine, &all, Patience::DOWN, &mut removed).await;
    // As for `down`: a guard goes when nothing is left to guard.
    if outcome.is_ok() {
        outcome = guard::retire_labelled(engine, &all).await;
    }
    if outcome.is_ok() || removed.count() > 0 {
        down::report(&removed);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Option<Vec<(&'static str, String)>> {
        task(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    const FIVE: [(&str, &str); 5] = [
        ("GITEA_TASK_ID", "7"),
        ("GITEA_RUN_ID", "41"),
        ("GITEA_REPOSITORY", "team/app"),
        ("GITEA_WORKSPACE", "/w"),
        ("GITEA_JOB_RESULT", "cancelled"),
    ];

    #[test]
    fn a_post_task_script_goes_by_task_repository_and_run() {
        let labels = read(&FIVE).expect("a task");
        assert_eq!(labels, [(TASK, "7".to_owned()), (REPO, "team/app".to_owned()), (RUN, "41".to_owned())]);
        let mut more = FIVE.to_vec();
        more.push(("GITHUB_SERVER_URL", "https://forge.example"));
        assert_eq!(read(&more).expect("a task").len(), 4);
        more.push(("GITHUB_JOB", "test"));
        assert_eq!(read(&more), None, "a job's own hook");
    }

    #[test]
    fn without_one_of_them_nothing_is_selected() {
        for missing in ["GITEA_TASK_ID", "GITEA_RUN_ID", "GITEA_REPOSITORY"] {
            let rest: Vec<_> = FIVE.into_iter().filter(|(key, _)| *key != missing).collect();
            assert_eq!(read(&rest), None, "{missing}");
        }
        assert_eq!(read(&[("GITEA_TASK_ID", "0"), ("GITEA_RUN_ID", "1"), ("GITEA_REPOSITORY", "a/b")]), None);
    }
}
