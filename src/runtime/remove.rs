//! Removing everything that carries some labels, until nothing comes back.
//!
//! A cancelled step goes on running beside the cleanup, and the daemon finishes requests whose
//! client is dead. So one look is not enough: removal ends when several looks in a row find nothing.

use std::time::Duration;

use bollard::models::ContainerSummary;
use bollard::query_parameters::{ListNetworksOptionsBuilder, ListVolumesOptionsBuilder, RemoveVolumeOptions};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::engine::{Engine, label_filter, refused, status, words};
use super::{Error, Result, own};

/// How patient a removal is.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Looks in a row that must find nothing.
    pub looks: u32,
    /// The pause between two looks.
    pub pause: Duration,
    /// After this long without any progress, what is left is an error.
    pub limit: Duration,
}

impl Patience {
    /// For `down`, whose job is alive and has stopped starting things.
    pub const DOWN: Self = Self { looks: 2, pause: Duration::from_millis(150), limit: Duration::from_secs(10) };
    /// For the guard and for an interrupted `up`: a request may still be under way in the daemon.
    pub const AFTER_DEATH: Self = Self { looks: 4, pause: Duration::from_millis(500), limit: Duration::from_secs(20) };
}

/// However much is removed, there is an end: a step that is still running may make ever more.
const LONGEST: Duration = Duration::from_secs(120);

/// What was removed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Names of containers.
    pub containers: Vec<String>,
    /// Names of networks.
    pub networks: Vec<String>,
    /// Names of volumes.
    pub volumes: Vec<String>,
}

impl Removed {
    /// How many things.
    pub fn count(&self) -> usize {
        self.containers.len() + self.networks.len() + self.volumes.len()
    }
}

/// Containers with these labels that are originals and no guards.
///
/// # Errors
/// The daemon does not answer.
pub async fn originals(engine: &Engine, labels: &[(&str, &str)]) -> Result<Vec<ContainerSummary>> {
    let mut found = Vec::new();
    for container in engine.labelled(labels).await? {
        if !own::is_guard(container.labels.as_ref()) && own::is_original(engine, &container).await? {
            found.push(container);
        }
    }
    Ok(found)
}

/// Removes containers, then networks, then volumes with all of these labels. Guards stay.
///
/// # Errors
/// The daemon does not answer, or something is left when the patience ends.
pub async fn all(engine: &Engine, labels: &[(&str, &str)], patience: Patience) -> Result<Removed> {
    let started = Instant::now();
    let mut progress = started;
    let mut removed = Removed::default();
    let mut quiet = 0;
    loop {
        let before = removed.count();
        let left = round(engine, labels, &mut removed).await?;
        quiet = if left.seen { 0 } else { quiet + 1 };
        if quiet >= patience.looks {
            return Ok(removed);
        }
        if removed.count() > before {
            progress = Instant::now();
        }
        if left.seen && (progress.elapsed() >= patience.limit || started.elapsed() >= LONGEST) {
            return Err(Error::failed(
                format!("not everything could be removed: {}", left.why.join("; ")),
                "something else may still use it, or make more of it: run `berth-run down` again when that has ended",
            ));
        }
        sleep(patience.pause).await;
    }
}

#[derive(Default)]
struct Left {
    seen: bool,
    why: Vec<String>,
}

async fn round(engine: &Engine, labels: &[(&str, &str)], removed: &mut Removed) -> Result<Left> {
    let mut left = Left::default();
    containers(engine, labels, removed, &mut left).await?;
    networks(engine, labels, removed, &mut left).await?;
    volumes(engine, labels, removed, &mut left).await?;
    Ok(left)
}

async fn containers(engine: &Engine, labels: &[(&str, &str)], removed: &mut Removed, left: &mut Left) -> Result<()> {
    let found = originals(engine, labels).await?;
    let work = found.iter().filter_map(|container| {
        let id = container.id.as_deref()?;
        let name = own::name(container).unwrap_or(id);
        Some(async move { (name, engine.remove(id).await) })
    });
    for (name, outcome) in join_all(work).await {
        left.seen = true;
        match outcome {
            Ok(()) => remember(&mut removed.containers, name),
            Err(error) => left.why.push(error.to_string()),
        }
        left.why.push(format!("container {name} is still there"));
    }
    Ok(())
}

async fn networks(engine: &Engine, labels: &[(&str, &str)], removed: &mut Removed, left: &mut Left) -> Result<()> {
    let filters = label_filter(labels)?;
    let options = ListNetworksOptionsBuilder::default().filters(&filters).build();
    let found = engine.docker.list_networks(Some(options)).await.map_err(|error| refused("list networks", &error))?;
    for network in found {
        let Some(id) = network.id else { continue };
        let name = network.name.unwrap_or_else(|| id.clone());
        left.seen = true;
        match engine.docker.remove_network(&id).await {
            Ok(()) => remember(&mut removed.networks, &name),
            Err(error) if status(&error) == Some(404) => {}
            Err(error) => left.why.push(format!("network {name}: {}", words(&error))),
        }
    }
    Ok(())
}

async fn volumes(engine: &Engine, labels: &[(&str, &str)], removed: &mut Removed, left: &mut Left) -> Result<()> {
    let filters = label_filter(labels)?;
    let options = ListVolumesOptionsBuilder::default().filters(&filters).build();
    let found = engine.docker.list_volumes(Some(options)).await.map_err(|error| refused("list volumes", &error))?;
    for volume in found.volumes.unwrap_or_default() {
        left.seen = true;
        match engine.docker.remove_volume(&volume.name, None::<RemoveVolumeOptions>).await {
            Ok(()) => remember(&mut removed.volumes, &volume.name),
            Err(error) if status(&error) == Some(404) => {}
            Err(error) => left.why.push(format!("volume {}: {}", volume.name, words(&error))),
        }
    }
    Ok(())
}

fn remember(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|known| known == name) {
        list.push(name.to_owned());
    }
}
