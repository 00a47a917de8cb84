//! `berth-run down`: removes everything of this job's token, and nothing else.

use super::engine::Engine;
use super::job::Job;
use super::remove::{self, Patience, Removed};
use super::{Result, console, guard, logs, own};
use crate::identity::{MANAGED, TOKEN};

/// Lines of each container's log that `--logs` shows.
const LOG_LINES: u32 = 2000;

/// Removes it. To find nothing is success: the step runs whether or not anything was started.
///
/// # Errors
/// There is no identity, no daemon, or something could not be removed.
pub async fn down(show_logs: bool) -> Result<()> {
    let Some(job) = Job::find()? else {
        console::note("this job has started nothing: nothing to remove");
        return Ok(());
    };
    let engine = Engine::connect().await?;
    let labels = [(MANAGED, "1"), (TOKEN, job.token.as_str())];
    if show_logs {
        for container in remove::originals(&engine, &labels).await? {
            if let (Some(id), Some(name)) = (&container.id, own::name(&container)) {
                logs::print(&engine, id, name, LOG_LINES).await;
            }
        }
    }
    let removed = remove::all(&engine, &labels, Patience::DOWN).await?;
    // Last, so that a `down` that is killed half-way still has somebody to finish it.
    guard::retire(&engine, &job.token).await?;
    report(&removed);
    Ok(())
}

fn report(removed: &Removed) {
    if removed.count() == 0 {
        console::note("nothing of this job is left");
        return;
    }
    for (kind, names) in
        [("container", &removed.containers), ("network", &removed.networks), ("volume", &removed.volumes)]
    {
        for name in names {
            console::note(&format!("removed {kind} {name}"));
        }
    }
}
