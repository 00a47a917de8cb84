//! `berth-run down`: removes everything of this job's token, and nothing else.

use bollard::models::ContainerSummaryStateEnum;

use super::engine::Engine;
use super::error::together;
use super::job::Job;
use super::port::LEASE;
use super::remove::{self, Patience, Removed};
use super::select::Selector;
use super::{Error, Result, console, export, files, guarding, logs, own, snapshot};
use crate::identity::{MANAGED, TOKEN};

/// Lines of each container's log that `--logs` shows.
const LOG_LINES: u32 = 2000;

/// Removes it. To find nothing is success: the step runs whether or not anything was started. With `since`, also the
/// containers that have come since the snapshot and that it selects.
///
/// # Errors
/// There is no identity, no daemon, something could not be removed, or there is no snapshot.
pub async fn down(show_logs: bool, since: Option<&Selector>) -> Result<()> {
    let Some(job) = Job::find()? else {
        if since.is_some() {
            return Err(Error::failed(
                "this job has no snapshot: nothing was removed",
                "run `berth-run snapshot` before what makes the containers",
            ));
        }
        console::note("this job has started nothing: nothing to remove");
        return Ok(());
    };
    // A variable that cannot be written, as on a full disk, is no reason to leave what it tells of.
    let withdrawn = withdraw();
    let engine = Engine::connect().await?;
    let labels = [(MANAGED, "1"), (TOKEN, job.token.as_str())];
    if show_logs {
        for container in remove::originals(&engine, &labels).await?.found {
            // What never ran, as a lease of a port, has said nothing.
            let ran = container.state != Some(ContainerSummaryStateEnum::CREATED);
            if let (true, Some(id), Some(name)) = (ran, &container.id, own::name(&container)) {
                logs::print(&engine, id, name, LOG_LINES).await;
            }
        }
    }
    let mut removed = Removed::default();
    let others = match since {
        Some(selector) => snapshot::remove_since(&engine, &job, selector, &mut removed.containers).await,
        None => Ok(()),
    };
    // Whatever became of those: this job's own goes.
    let outcome = together([own_goes(&engine, &job, &labels, &mut removed).await, others, withdrawn]);
    if outcome.is_ok() || removed.count() > 0 {
        report(&removed);
    }
    outcome.map_err(|error| {
        error.when_gone("when it is back, run `berth-run down` again: what is left has the job's labels")
    })
}

/// Removes what carries the labels, and then the guard.
async fn own_goes(engine: &Engine, job: &Job, labels: &[(&str, &str)], removed: &mut Removed) -> Result<()> {
    remove::all_into(engine, labels, Patience::ONCE, removed).await?;
    // The guard goes when nothing is left to guard, so that a `down` that is killed half-way has somebody to finish it.
    // What a step that still runs makes from now on is found by the looks beside.
    let (late, dismissed) =
        tokio::join!(remove::all_into(engine, labels, Patience::DOWN, removed), guarding::dismiss(engine, &job.token));
    together([late, dismissed])
}

/// From here on nothing asks for an address that the next run's sibling may get.
fn withdraw() -> Result<()> {
    let lines = export::withdrawn(&files::exported(), |name| std::env::var(name).ok());
    files::append("GITHUB_ENV", &lines)?;
    files::append("GITHUB_OUTPUT", &lines)?;
    Ok(())
}

/// Says what was removed.
pub(super) fn report(removed: &Removed) {
    if removed.count() == 0 {
        console::note("nothing of this job is left");
        return;
    }
    for (kind, names) in
        [("container", &removed.containers), ("network", &removed.networks), ("volume", &removed.volumes)]
    {
        for name in names {
            match name.strip_prefix(LEASE) {
                Some(port) => console::note(&format!("gave back port {port}")),
                None => console::note(&format!("removed {kind} {name}")),
            }
        }
    }
}
