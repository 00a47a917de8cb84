//! `berth-run snapshot` and `down --since-snapshot`: for containers that a program makes and nobody can label.
//!
//! What was not there before may be this job's, or that of another which runs at the same time: nothing tells them
//! apart. So whatever is known to be somebody else's stays, and a selector narrows the rest. A label at creation has no
//! such hole.

use std::collections::HashSet;
use std::path::PathBuf;

use bollard::models::ContainerSummary;
use bollard::query_parameters::ListContainersOptionsBuilder;
use serde::{Deserialize, Serialize};

use super::engine::{Engine, refused};
use super::job::Job;
use super::place::{self, JobPlace};
use super::select::Selector;
use super::tasks::RunningTasks;
use super::token;
use super::{Error, Result, console, own};
use crate::door::helper;
use crate::identity::{MANAGED, task_number};

/// What is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Snapshot {
    /// The ids of all containers.
    containers: Vec<String>,
}

/// Notes which containers there are.
///
/// # Errors
/// There is no identity or no daemon, or the note cannot be kept.
pub async fn snapshot() -> Result<()> {
    let job = Job::find_or_mint()?;
    let engine = Engine::connect().await?;
    let containers: Vec<String> = all(&engine).await?.into_iter().filter_map(|container| container.id).collect();
    let count = containers.len();
    let path = place(&job)?;
    let draft = path.with_extension(token::random_hex(4)?);
    let text = serde_json::to_string(&Snapshot { containers }).unwrap_or_default();
    helper::replace(&path, &draft, &text).map_err(|error| {
        Error::failed(
            format!("cannot write {}: {error}", path.display()),
            "RUNNER_TEMP must be a directory this job may write to",
        )
    })?;
    console::note(&format!("{count} containers are there; `berth-run down --since-snapshot` leaves them alone"));
    Ok(())
}

/// Removes the containers that have come since, as far as nothing shows that they are another's; `removed` takes in
/// their names.
///
/// # Errors
/// There is no snapshot that can be read, or the daemon refuses to remove some of them: the others are gone.
pub async fn remove_since(engine: &Engine, job: &Job, selector: &Selector, removed: &mut Vec<String>) -> Result<()> {
    let known = read(job)?;
    let here = match place::find(engine).await? {
        JobPlace::Container(container) => Some(container.id),
        JobPlace::Host { .. } => None,
    };
    let all = all(engine).await?;
    let tasks = RunningTasks::among(&all);
    let mut stay = Vec::new();
    for container in &all {
        let Some(id) = container.id.as_deref() else { continue };
        if known.contains(id) || here.as_deref() == Some(id) || is_anothers(container, &tasks) {
            continue;
        }
        let name = own::name(container).unwrap_or(id);
        let labels = container.labels.clone().unwrap_or_default();
        let image = container.image.as_deref().unwrap_or_default();
        if selector.is_empty() || selector.takes(name, &[image], &labels) {
            match engine.remove(id).await {
                Ok(()) => removed.push(name.to_owned()),
                Err(error) if error.is_no_daemon() => return Err(error),
                Err(error) => stay.push(format!("{name}: {}", error.what())),
            }
        }
    }
    match stay.is_empty() {
        true => Ok(()),
        false => Err(Error::failed(
            format!("not everything since the snapshot could be removed: {}", stay.join("; ")),
            "the daemon's words say why: run `berth-run down --since-snapshot` again when that has ended",
        )),
    }
}

/// A runner's own container, its task's, or what another berth-run has made: this job's own goes by its token.
fn is_anothers(container: &ContainerSummary, tasks: &RunningTasks) -> bool {
    let labelled = container.labels.as_ref().is_some_and(|labels| labels.contains_key(MANAGED));
    labelled || tasks.hold(container) || own::name(container).and_then(task_number).is_some()
}

async fn all(engine: &Engine) -> Result<Vec<ContainerSummary>> {
    let options = ListContainersOptionsBuilder::default().all(true).build();
    engine.docker.list_containers(Some(options)).await.map_err(|error| refused("list containers", &error))
}

fn place(job: &Job) -> Result<PathBuf> {
    let directory = std::env::var_os("RUNNER_TEMP").filter(|directory| !directory.is_empty()).ok_or_else(|| {
        Error::usage(
            "RUNNER_TEMP is not set, so there is no place for the snapshot",
            "set RUNNER_TEMP to a directory of this job alone",
        )
    })?;
    Ok(PathBuf::from(directory).join(format!("berth-snapshot-{}", job.token.short())))
}

fn read(job: &Job) -> Result<HashSet<String>> {
    let path = place(job)?;
    let wrong = |why: String| {
        Error::failed(
            format!("the snapshot {} {why}: nothing was removed by it", path.display()),
            "run `berth-run snapshot` before what makes the containers; without it every container would count as new",
        )
    };
    let text = helper::private(&path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let text = text.ok_or_else(|| wrong("is not there".to_owned()))?;
    let snapshot: Snapshot = serde_json::from_str(&text).map_err(|error| wrong(format!("is broken: {error}")))?;
    Ok(snapshot.containers.into_iter().collect())
}
