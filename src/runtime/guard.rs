//! The guard: a tiny container that waits for the job container to end and then removes what
//! carries the job's token.
//!
//! Cancel, timeout and kill are covered even where the runner skips `always()` steps. Its image is berth-run's own
//! static binary (`program`), imported on the spot, so no registry is needed.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use bollard::models::{ContainerCreateBody, ContainerSummary, ContainerSummaryStateEnum, HostConfig, Mount, MountType};
use bollard::query_parameters::{CreateContainerOptionsBuilder, WaitContainerOptionsBuilder};
use futures_util::StreamExt;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::engine::{DEFAULT_SOCKET, Engine, is_leaving, status, words};
use super::error::together;
use super::job::Job;
use super::place::JobContainer;
use super::program::{Executable, tidy_images_beside};
use super::remove::{self, Patience};
use super::token::Token;
use super::{Error, Result, console, own, units};
use crate::identity::{GUARD, MANAGED, OF, TOKEN};

/// What is said of other jobs' things that stay.
const OTHERS: &str = "of another job";

/// How long the guard goes on trying to clean up behind a daemon that refuses.
const STUBBORN: Duration = Duration::from_secs(600);

/// How often the guard looks for what has expired.
const LOOK: Duration = Duration::from_secs(15);

/// The guard speaks to nobody but the socket, and who has that is root anyway. To give it a network namespace of its
/// own costs a daemon as much as all the rest of its start.
const QUICK_NETWORK: &str = "host";

/// Where the daemon refuses the host's network.
const NO_NETWORK: &str = "none";

/// Makes sure this job's guard is running.
///
/// # Errors
/// It cannot be made or started.
pub async fn ensure(engine: &Engine, job: &Job, container: &JobContainer, ttl: Duration) -> Result<()> {
    let name = name(&job.token);
    if is_watching(engine, &name, &job.token).await? {
        return Ok(());
    }
    let program = Executable::beside().await?;
    let mut labels = job.container_labels(&name, ttl);
    let until = units::now().saturating_add(ttl.as_secs());
    labels.insert(GUARD.to_owned(), container.id.clone());
    let options = CreateContainerOptionsBuilder::default().name(&name).build();
    let started = Instant::now();
    let mut network = QUICK_NETWORK;
    loop {
        let image = program.image(engine).await?;
        let body = request(engine, job, container, (&image, until, network), labels.clone());
        let made = engine.docker.create_container(Some(options.clone()), body).await;
        match made {
            Ok(made) => match engine.docker.start_container(&made.id, None).await {
                Ok(()) => return Ok(()),
                // `down` of this very job took it away between the two calls, or is about to.
                Err(error) if status(&error) == Some(404) || is_leaving(&error) => {}
                Err(error) => {
                    engine.remove(&made.id).await?;
                    if status(&error).is_none() || network == NO_NETWORK {
                        return Err(no_guard(&error));
                    }
                    network = NO_NETWORK;
                }
            },
            // Another `up` of this job was first, or an earlier guard is just being removed.
            Err(error) if status(&error) == Some(409) => {
                if is_watching(engine, &name, &job.token).await? {
                    return Ok(());
                }
            }
            // Between import and creation another job's `down` removed the unused image.
            Err(error) if status(&error) == Some(404) => {}
            // User namespaces, or a plugin that decides what may be made, forbid the host's network.
            Err(error) if status(&error).is_some() && network != NO_NETWORK => network = NO_NETWORK,
            Err(error) => return Err(no_guard(&error)),
        }
        if started.elapsed() > Duration::from_secs(30) {
            return Err(Error::failed(
                format!("the guard {name} does not come up"),
                format!("see what holds its name: docker inspect {name}; or use --no-guard"),
            ));
        }
        sleep(Duration::from_millis(50)).await;
    }
}

fn no_guard(error: &bollard::errors::Error) -> Error {
    Error::failed(
        format!("the guard cannot start: {}", words(error)),
        "it needs the daemon's socket as the daemon's host knows it; with --no-guard only `berth-run down` and a sweep clean up",
    )
}

/// Whether the job's guard runs. One that was made and never started is started.
async fn is_watching(engine: &Engine, name: &str, token: &Token) -> Result<bool> {
    let Some(found) = engine.inspect(name).await? else {
        return Ok(false);
    };
    let labels = found.config.and_then(|c| c.labels).unwrap_or_default();
    if labels.get(TOKEN).map(String::as_str) != Some(token.as_str()) {
        return Err(Error::failed(
            format!("the name {name} is taken by a container that is not this job's guard"),
            format!("rename it: docker rename {name} another-name"),
        ));
    }
    let state = found.state.unwrap_or_default();
    if state.running == Some(true) {
        return Ok(true);
    }
    let id = found.id.unwrap_or_default();
    Ok(state.status == Some(bollard::models::ContainerStateStatusEnum::CREATED)
        && engine.docker.start_container(&id, None).await.is_ok())
}

/// The name of this token's guard.
fn name(token: &Token) -> String {
    format!("berth-guard-{}", token.short())
}

fn request(
    engine: &Engine,
    job: &Job,
    container: &JobContainer,
    (image, until, network): (&str, u64, &str),
    labels: HashMap<String, String>,
) -> ContainerCreateBody {
    let until = until.to_string();
    let words = ["/berth-run", "guard", "--job", &container.id, "--token", job.token.as_str(), "--until", &until];
    ContainerCreateBody {
        image: Some(image.to_owned()),
        entrypoint: Some(words.iter().map(|w| (*w).to_owned()).collect()),
        user: Some("0:0".to_owned()),
        env: Some(vec![format!("DOCKER_HOST=unix://{DEFAULT_SOCKET}")]),
        labels: Some(labels),
        host_config: Some(HostConfig {
            network_mode: Some(network.to_owned()),
            auto_remove: Some(true),
            readonly_rootfs: Some(true),
            cap_drop: Some(vec!["ALL".to_owned()]),
            // A mount, not a bind: a missing source is then an error, and not a new directory.
            mounts: Some(vec![Mount {
                typ: Some(MountType::BIND),
                source: Some(socket_on_host(engine, container)),
                target: Some(DEFAULT_SOCKET.to_owned()),
                ..Default::default()
            }]),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Where the daemon's host has the socket: the source of what the job container has mounted at the
/// path that this process uses.
fn socket_on_host(engine: &Engine, container: &JobContainer) -> String {
    let Some(socket) = engine.socket() else {
        return DEFAULT_SOCKET.to_owned();
    };
    // /var/run is a link to /run almost everywhere, and mounts may name either.
    let plain = |path: &str| path.strip_prefix("/var").unwrap_or(path).to_owned();
    container
        .mounts
        .iter()
        .filter(|mount| mount.typ.as_deref() == Some("bind"))
        .find(|mount| mount.destination.as_deref().map(plain) == Some(plain(socket)))
        .and_then(|mount| mount.source.clone())
        .unwrap_or_else(|| DEFAULT_SOCKET.to_owned())
}

/// Makes sure that the guard has stayed: another `up` of this job that failed may have dismissed
/// it, and one that dies at once leaves no trace but its absence.
///
/// # Errors
/// It does not stay.
pub async fn confirm(engine: &Engine, job: &Job, container: &JobContainer, ttl: Duration) -> Result<()> {
    let name = name(&job.token);
    if is_watching(engine, &name, &job.token).await? {
        return Ok(());
    }
    ensure(engine, job, container, ttl).await?;
    sleep(Duration::from_millis(300)).await;
    if is_watching(engine, &name, &job.token).await? {
        return Ok(());
    }
    Err(Error::failed(
        "the guard ended at once: it could not use the daemon's socket",
        "is the socket the job has mounted readable by root? with --no-guard only `berth-run down` and a sweep clean up",
    ))
}

/// Removes this job's guard, and guards' images that were imported a day ago or earlier.
///
/// # Errors
/// The daemon refuses.
pub async fn retire(engine: &Engine, token: &Token) -> Result<()> {
    retire_labelled(engine, &[(MANAGED, "1"), (TOKEN, token.as_str())]).await
}

/// The same for guards that are known by other labels.
///
/// # Errors
/// The daemon refuses.
pub async fn retire_labelled(engine: &Engine, labels: &[(&str, &str)]) -> Result<()> {
    // Lost guards are those of other jobs: one has nothing to do with the other.
    let (removed, taken) = tokio::join!(remove_guards(engine, labels), take_over(engine));
    together([removed, taken, tidy_images_beside(engine).await])
}

/// The guards with these labels; one that stays does not keep the others.
async fn remove_guards(engine: &Engine, labels: &[(&str, &str)]) -> Result<()> {
    let mut all = engine.labelled(labels).await?;
    all.retain(|container| own::is_guard(container.labels.as_ref()));
    let outcomes = join_all(all.iter().map(|container| remove_guard(engine, container))).await;
    together(outcomes)
}

async fn remove_guard(engine: &Engine, container: &ContainerSummary) -> Result<()> {
    match &container.id {
        Some(id) if own::is_original(engine, container).await? => {
            engine.remove(id).await?;
            gone(engine, id).await
        }
        _ => Ok(()),
    }
}

/// Waits until a removal that somebody may have begun before us is over: until then the image is
/// in use.
async fn gone(engine: &Engine, id: &str) -> Result<()> {
    let started = Instant::now();
    while engine.inspect(id).await?.is_some() && started.elapsed() < Duration::from_secs(10) {
        sleep(Duration::from_millis(30)).await;
    }
    Ok(())
}

/// Does the work of guards that are not there: an `up` was killed before its guard ran, or the daemon went down and
/// took the guards along. What is left names the job container it was made in; when that has ended and no guard runs
/// for the token, nobody else will remove it before it expires.
///
/// What cannot be removed is another job's trouble, and said only.
///
/// # Errors
/// The daemon does not answer.
pub async fn take_over(engine: &Engine) -> Result<()> {
    let all = engine.labelled(&[(MANAGED, "1")]).await?;
    let running = |container: &&ContainerSummary| container.state == Some(ContainerSummaryStateEnum::RUNNING);
    let guards = all.iter().filter(|container| own::is_guard(container.labels.as_ref()));
    let guarded: HashSet<String> = guards.filter(running).filter_map(|guard| charge(&guard.labels, TOKEN)).collect();
    let mut found: HashMap<String, String> = HashMap::new();
    for container in &all {
        let job = charge(&container.labels, OF).or_else(|| charge(&container.labels, GUARD));
        let (Some(job), Some(token)) = (job, charge(&container.labels, TOKEN)) else { continue };
        if guarded.contains(&token) {
            continue;
        }
        match own::is_original(engine, container).await {
            Ok(true) => drop(found.insert(token, job)),
            // Labels that came with an image tell of a job that is long over.
            Ok(false) => {}
            Err(error) if error.is_no_daemon() => return Err(error),
            Err(error) => console::failure(OTHERS, &error),
        }
    }
    for volume in remove::labelled_volumes(engine, &[(MANAGED, "1")]).await? {
        let labels = Some(volume.labels);
        if let (Some(job), Some(token)) = (charge(&labels, OF), charge(&labels, TOKEN))
            && !guarded.contains(&token)
        {
            found.insert(token, job);
        }
    }
    let work = found.iter().map(|(token, job)| finish(engine, token, job));
    let mut outcome = Ok(());
    for finished in join_all(work).await {
        match finished {
            Err(error) if error.is_no_daemon() => outcome = Err(error),
            Err(error) => console::failure(OTHERS, &error),
            Ok(()) => {}
        }
    }
    outcome
}

fn charge(labels: &Option<HashMap<String, String>>, key: &str) -> Option<String> {
    labels.as_ref()?.get(key).filter(|value| !value.is_empty()).cloned()
}

/// Removes what carries the token, and the guard that never ran or whose removal was broken off, if the job container
/// has ended.
async fn finish(engine: &Engine, token: &str, job: &str) -> Result<()> {
    if !has_ended(engine, job).await? {
        return Ok(());
    }
    let labels = [(MANAGED, "1"), (TOKEN, token)];
    let outcome = remove::all(engine, &labels, Patience::DOWN).await.map(drop);
    if outcome.as_ref().is_err_and(|error| error.is_no_daemon()) {
        return outcome;
    }
    let mut guards = engine.labelled(&labels).await?;
    let is_idle = |state| matches!(state, Some(ContainerSummaryStateEnum::CREATED | ContainerSummaryStateEnum::DEAD));
    guards.retain(|guard| is_idle(guard.state) && own::is_guard(guard.labels.as_ref()));
    let removed = join_all(guards.iter().map(|guard| remove_guard(engine, guard))).await;
    together(removed.into_iter().chain([outcome]))
}

async fn has_ended(engine: &Engine, container: &str) -> Result<bool> {
    Ok(engine.inspect(container).await?.and_then(|found| found.state).is_none_or(|state| state.running != Some(true)))
}

/// The guard's own life: waits for the container `job` to end, then removes what carries `token`. Until then it removes
/// what expires. At `until`, in Unix seconds, it ends by itself if there is nothing left to guard.
///
/// # Errors
/// The daemon was gone for ten minutes.
pub async fn run(engine: &Engine, job: &str, token: &Token, until: Option<u64>) -> Result<()> {
    let labels = [(MANAGED, "1"), (TOKEN, token.as_str())];
    let mut end = std::pin::pin!(wait_for_end(engine, job));
    loop {
        let pause = remove::next_expiry(engine, &labels).await.unwrap_or(None);
        tokio::select! {
            outcome = &mut end => {
                outcome?;
                break;
            }
            () = sleep(pause.unwrap_or(LOOK).clamp(Duration::from_secs(1), LOOK)) => {}
        }
        // A daemon that does not answer now is asked again: `wait_for_end` says when that has lasted too long.
        let Ok(left) = remove::expired(engine, &labels).await else { continue };
        if left == 0 && until.is_some_and(|until| until <= units::now()) {
            return tidy_images_beside(engine).await;
        }
    }
    console::note(&format!("job container {job} has ended: cleaning up"));
    let started = Instant::now();
    let own = loop {
        match remove::all(engine, &labels, Patience::AFTER_DEATH).await {
            Ok(removed) => {
                let containers = removed.containers.len();
                console::note(&format!("removed {containers} container(s) in {}", units::spoken(started.elapsed())));
                break Ok(());
            }
            Err(error) if started.elapsed() > STUBBORN => break Err(error),
            Err(_) => sleep(Duration::from_secs(2)).await,
        }
    };
    // What stays of its own job keeps it from nothing else.
    together([own, take_over(engine).await, tidy_images_beside(engine).await])
}

async fn wait_for_end(engine: &Engine, job: &str) -> Result<()> {
    let mut refusals = 0_u32;
    loop {
        match has_ended(engine, job).await {
            Ok(true) => return Ok(()),
            Ok(false) => refusals = 0,
            // A daemon that restarts while containers live on is back within minutes.
            Err(error) if refusals > 300 => return Err(error),
            Err(_) => refusals += 1,
        }
        let options = WaitContainerOptionsBuilder::default().condition("not-running").build();
        // Whatever it says, the container's own state above decides: it may have been restarted.
        let mut end = engine.docker.wait_container(job, Some(options));
        match end.next().await {
            // The client makes an error of every exit code but 0.
            Some(Ok(_) | Err(bollard::errors::Error::DockerContainerWaitError { .. })) => {}
            _ => sleep(Duration::from_secs(1)).await,
        }
    }
}

/// Whether there is still a container for this token's guard to watch over.
///
/// # Errors
/// The daemon does not answer.
pub async fn has_charges(engine: &Engine, token: &Token) -> Result<bool> {
    let labels = [(MANAGED, "1"), (TOKEN, token.as_str())];
    Ok(!remove::originals(engine, &labels).await?.is_empty())
}
