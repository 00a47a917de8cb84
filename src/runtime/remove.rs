//! Removing everything that carries some labels, until nothing comes back.
//!
//! A cancelled step goes on running beside the cleanup, and the daemon finishes requests whose
//! client is dead. So one look is not enough: removal ends when several looks in a row find nothing.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{ContainerSummary, Network, Volume};
use bollard::query_parameters::{ListNetworksOptionsBuilder, ListVolumesOptionsBuilder, RemoveVolumeOptions};
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::engine::{Engine, label_filter, refused, status, words};
use super::{Error, Result, own, units};
use crate::identity::EXPIRES;

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
    /// Until one look finds nothing.
    pub const ONCE: Self = Self { looks: 1, ..Self::DOWN };
    /// For `down`, whose job is alive and has stopped starting things.
    pub const DOWN: Self = Self { looks: 2, pause: Duration::from_millis(150), limit: Duration::from_secs(10) };
    /// For the guard and for an interrupted `up`: a request may still be under way in the daemon.
    pub const AFTER_DEATH: Self = Self { looks: 4, pause: Duration::from_millis(500), limit: Duration::from_secs(20) };
}

/// The pause after a removal.
const BREATH: Duration = Duration::from_millis(20);

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
    /// Takes in what a later call has removed.
    pub fn and(&mut self, more: Self) {
        more.containers.iter().for_each(|name| remember(&mut self.containers, name));
        more.networks.iter().for_each(|name| remember(&mut self.networks, name));
        more.volumes.iter().for_each(|name| remember(&mut self.volumes, name));
    }

    /// How many things.
    pub fn count(&self) -> usize {
        self.containers.len() + self.networks.len() + self.volumes.len()
    }
}

/// Containers that carry some labels and are no guards.
#[derive(Debug, Default)]
pub struct Originals {
    /// Those that were made with the labels.
    pub found: Vec<ContainerSummary>,
    /// Why of others nobody can tell: they may be originals, and stay.
    pub unclear: Vec<Error>,
}

impl Originals {
    /// Whether there is none, for sure.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty() && self.unclear.is_empty()
    }
}

/// Containers with these labels that are originals and no guards.
///
/// # Errors
/// The daemon does not answer. What it cannot tell of one container is no reason to leave the others.
pub async fn originals(engine: &Engine, labels: &[(&str, &str)]) -> Result<Originals> {
    let mut all = engine.labelled(labels).await?;
    all.retain(|container| !own::is_guard(container.labels.as_ref()));
    let judged = join_all(all.iter().map(|container| own::is_original(engine, container))).await;
    let mut originals = Originals::default();
    for (container, original) in all.into_iter().zip(judged) {
        match original {
            Ok(true) => originals.found.push(container),
            Ok(false) => {}
            Err(error) if error.is_no_daemon() => return Err(error),
            Err(error) => originals.unclear.push(error),
        }
    }
    Ok(originals)
}

/// Volumes that carry all of these labels.
///
/// # Errors
/// The daemon does not answer.
pub async fn labelled_volumes(engine: &Engine, labels: &[(&str, &str)]) -> Result<Vec<Volume>> {
    let filters = label_filter(labels)?;
    let options = ListVolumesOptionsBuilder::default().filters(&filters).build();
    let found = engine.docker.list_volumes(Some(options)).await.map_err(|error| refused("list volumes", &error))?;
    Ok(found.volumes.unwrap_or_default())
}

/// Networks that carry all of these labels.
///
/// # Errors
/// The daemon does not answer.
pub async fn labelled_networks(engine: &Engine, labels: &[(&str, &str)]) -> Result<Vec<Network>> {
    let filters = label_filter(labels)?;
    let options = ListNetworksOptionsBuilder::default().filters(&filters).build();
    engine.docker.list_networks(Some(options)).await.map_err(|error| refused("list networks", &error))
}

/// The time in Unix seconds from which on a sweep may take what carries these labels; none when it cannot be read.
pub fn expiry(labels: &HashMap<String, String>) -> Option<u64> {
    labels.get(EXPIRES)?.parse().ok()
}

/// How long until the first container with these labels expires; none when there is none.
///
/// # Errors
/// The daemon does not answer.
pub async fn next_expiry(engine: &Engine, labels: &[(&str, &str)]) -> Result<Option<Duration>> {
    let now = units::now();
    let all = originals(engine, labels).await?.found;
    let times = all.iter().filter_map(|container| expiry(container.labels.as_ref()?));
    Ok(times.min().map(|at| Duration::from_secs(at.saturating_sub(now))))
}

/// Removes containers, and with the last of them networks and volumes, that carry these labels and have expired; how
/// many containers are left, or may be. What refuses to go is tried again by the next call.
///
/// # Errors
/// The daemon does not answer.
pub async fn expired(engine: &Engine, labels: &[(&str, &str)]) -> Result<usize> {
    let now = units::now();
    let over = |labels: &HashMap<String, String>| expiry(labels).is_some_and(|at| at <= now);
    let all = originals(engine, labels).await?;
    let (old, young): (Vec<_>, Vec<_>) =
        all.found.iter().partition(|container| container.labels.as_ref().is_some_and(&over));
    let ids: Vec<&str> = old.iter().filter_map(|container| container.id.as_deref()).collect();
    join_all(ids.iter().map(|id| engine.remove(id))).await;
    for network in labelled_networks(engine, labels).await? {
        if let (true, Some(id)) = (network.labels.as_ref().is_some_and(&over), &network.id) {
            let _ = engine.docker.remove_network(id).await;
        }
    }
    for volume in labelled_volumes(engine, labels).await? {
        if over(&volume.labels) {
            let _ = engine.docker.remove_volume(&volume.name, None::<RemoveVolumeOptions>).await;
        }
    }
    Ok(young.len() + all.unclear.len())
}

/// Removes containers, then networks, then volumes with all of these labels. Guards stay.
///
/// # Errors
/// The daemon does not answer, or something is left when the patience ends.
pub async fn all(engine: &Engine, labels: &[(&str, &str)], patience: Patience) -> Result<Removed> {
    let mut removed = Removed::default();
    all_into(engine, labels, patience, &mut removed).await?;
    Ok(removed)
}

/// The same; `removed` takes in what goes, also where an error comes in the middle.
///
/// # Errors
/// As for [`all`].
pub async fn all_into(
    engine: &Engine,
    labels: &[(&str, &str)],
    patience: Patience,
    removed: &mut Removed,
) -> Result<()> {
    let started = Instant::now();
    let mut progress = started;
    let mut quiet = 0;
    loop {
        let before = removed.count();
        let left = round(engine, labels, removed).await?;
        quiet = if left.seen { 0 } else { quiet + 1 };
        if quiet >= patience.looks {
            return Ok(());
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
        // Between two looks that find nothing lies the pause; after a removal the first look comes at once.
        sleep(if quiet == 0 { BREATH.min(patience.pause) } else { patience.pause }).await;
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
    // Containers keep networks and volumes in use; of each other these two know nothing.
    let (networks, volumes) = tokio::join!(networks(engine, labels), volumes(engine, labels));
    let ((names, networks), (volume_names, volumes)) = (networks?, volumes?);
    names.iter().for_each(|name| remember(&mut removed.networks, name));
    volume_names.iter().for_each(|name| remember(&mut removed.volumes, name));
    for more in [networks, volumes] {
        left.seen |= more.seen;
        left.why.extend(more.why);
    }
    Ok(left)
}

async fn containers(engine: &Engine, labels: &[(&str, &str)], removed: &mut Removed, left: &mut Left) -> Result<()> {
    let all = originals(engine, labels).await?;
    left.seen |= !all.unclear.is_empty();
    left.why.extend(all.unclear.iter().map(|error| error.what().to_owned()));
    let work = all.found.iter().filter_map(|container| {
        let id = container.id.as_deref()?;
        let name = own::name(container).unwrap_or(id);
        Some(async move { (name, engine.remove(id).await) })
    });
    let mut gone = Ok(());
    for (name, outcome) in join_all(work).await {
        left.seen = true;
        match outcome {
            Ok(()) => {
                remember(&mut removed.containers, name);
                left.why.push(format!("container {name} is still there"));
            }
            Err(error) if error.is_no_daemon() => gone = Err(error),
            Err(error) => left.why.push(error.what().to_owned()),
        }
    }
    gone
}

/// Removes the networks: the names of those that went, and what is left.
async fn networks(engine: &Engine, labels: &[(&str, &str)]) -> Result<(Vec<String>, Left)> {
    let found = labelled_networks(engine, labels).await?;
    let work = found.into_iter().filter_map(|network| {
        let id = network.id?;
        let name = network.name.unwrap_or_else(|| id.clone());
        Some(async move { (name, engine.docker.remove_network(&id).await) })
    });
    Ok(sorted("network", join_all(work).await))
}

/// The same for volumes.
async fn volumes(engine: &Engine, labels: &[(&str, &str)]) -> Result<(Vec<String>, Left)> {
    let found = labelled_volumes(engine, labels).await?;
    let work = found.into_iter().map(|volume| async move {
        let outcome = engine.docker.remove_volume(&volume.name, None::<RemoveVolumeOptions>).await;
        (volume.name, outcome)
    });
    Ok(sorted("volume", join_all(work).await))
}

/// What went, and what did not and why. What is gone already went.
fn sorted(kind: &str, outcomes: Vec<(String, std::result::Result<(), bollard::errors::Error>)>) -> (Vec<String>, Left) {
    let mut left = Left { seen: !outcomes.is_empty(), why: Vec::new() };
    let mut gone = Vec::new();
    for (name, outcome) in outcomes {
        match outcome {
            Ok(()) => gone.push(name),
            Err(error) if status(&error) == Some(404) => {}
            Err(error) => left.why.push(format!("{kind} {name}: {}", words(&error))),
        }
    }
    (gone, left)
}

fn remember(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|known| known == name) {
        list.push(name.to_owned());
    }
}
