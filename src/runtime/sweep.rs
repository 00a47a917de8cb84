//! `berth-run sweep`: what jobs have left behind on this daemon, by age. The layer that stands when all others failed.
//!
//! It judges by itself: Docker's filters match too much or nothing. In doubt it leaves a thing alone.

use std::time::Duration;

use bollard::models::{ContainerSummary, ContainerSummaryStateEnum};
use bollard::query_parameters::{ListContainersOptionsBuilder, RemoveVolumeOptions};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};

use super::engine::{Engine, refused, refused_one, status, words};
use super::remove::{expiry, labelled_networks, labelled_volumes};
use super::select::Selector;
use super::tasks::RunningTasks;
use super::{Error, Result, console, files, own, program, units};
use crate::identity::MANAGED;

/// Questions and removals that are under way at once.
const AT_ONCE: usize = 8;

/// What `sweep` is asked to do.
#[derive(Debug)]
pub struct Request {
    /// Which containers; without any, what berth-run has made and has expired.
    pub selector: Selector,
    /// From which age on; without a selector none is needed.
    pub older_than: Option<Duration>,
    /// With more than these, nothing is removed.
    pub cap: usize,
    /// Whether to remove.
    pub apply: bool,
}

impl Request {
    /// From which age on a selected container goes.
    fn limit(&self) -> Duration {
        self.older_than.unwrap_or(OLD)
    }
}

/// The age from which on a selected container is swept when none is given.
const OLD: Duration = Duration::from_secs(2 * 3600);

/// How many of too many are named.
const SHOWN: usize = 20;

/// One thing to remove.
struct Doomed {
    kind: Kind,
    /// For the daemon.
    id: String,
    /// For people.
    name: String,
    why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Container,
    Network,
    Volume,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Network => "network",
            Self::Volume => "volume",
        }
    }
}

/// Says what it would remove, and with `apply` removes it.
///
/// # Errors
/// More than the cap was found; something could not be removed; the daemon does not answer (exit code 3).
pub async fn sweep(request: &Request) -> Result<()> {
    let engine = Engine::connect().await?;
    let options = ListContainersOptionsBuilder::default().all(true).build();
    let all = engine.docker.list_containers(Some(options)).await.map_err(|error| refused("list containers", &error))?;
    let tasks = RunningTasks::among(&all);
    let (doomed, in_vain) = match request.selector.is_empty() {
        true => {
            let doomed = expired(&engine, &all, &tasks, request.older_than).await?;
            (doomed, "nothing that berth-run has made on this daemon has expired".to_owned())
        }
        false => selected(&engine, &all, &tasks, request).await?,
    };
    if doomed.len() > request.cap {
        for thing in doomed.iter().take(SHOWN) {
            console::note(&format!("found {} {}: {}", thing.kind.word(), thing.name, thing.why));
        }
        if doomed.len() > SHOWN {
            console::note(&format!("and {} more", doomed.len() - SHOWN));
        }
        return Err(Error::failed(
            format!("{} would be removed, more than the cap of {}: nothing was removed", doomed.len(), request.cap),
            "see in the list above whether the selector takes what it should not, or who leaks so much; --cap N allows more",
        ));
    }
    if doomed.is_empty() {
        console::note(&format!("nothing to sweep: {in_vain}"));
        return if request.apply { program::tidy_images(&engine).await } else { Ok(()) };
    }
    if !request.apply {
        for thing in &doomed {
            console::result(&format!("would remove {} {}: {}", thing.kind.word(), thing.name, thing.why));
        }
        console::note(&format!("{} to remove; this was a dry run: add --apply", doomed.len()));
        return Ok(());
    }
    let outcome = remove(&engine, &doomed).await;
    outcome.map_err(|error| error.when_gone("the next sweep removes the rest"))
}

/// What berth-run has made, and has outlived its `--ttl`.
async fn expired(
    engine: &Engine,
    all: &[ContainerSummary],
    tasks: &RunningTasks,
    older_than: Option<Duration>,
) -> Result<Vec<Doomed>> {
    let now = units::now();
    let grace = older_than.unwrap_or_default().as_secs();
    let over = |labels: &std::collections::HashMap<String, String>| {
        let ours = labels.get(MANAGED).is_some_and(|value| value == "1");
        let age = expiry(labels).filter(|_| ours).and_then(|at| now.checked_sub(at))?;
        (age >= grace && !tasks.hold_labels(labels))
            .then(|| format!("expired {} ago", units::spoken(Duration::from_secs(age))))
    };
    let mut doomed = Vec::new();
    for container in all {
        let Some(why) = container.labels.as_ref().and_then(over) else { continue };
        // A guard that runs ends by itself, after its work.
        let at_work =
            own::is_guard(container.labels.as_ref()) && container.state == Some(ContainerSummaryStateEnum::RUNNING);
        if at_work || tasks.hold(container) {
            continue;
        }
        let Some(id) = container.id.clone() else { continue };
        let name = own::name(container).unwrap_or(&id).to_owned();
        match own::is_original(engine, container).await {
            Ok(true) => {}
            Ok(false) => continue,
            Err(error) if error.is_no_daemon() => return Err(error),
            Err(error) => {
                console::note(&format!("left container {name}: {}", error.what()));
                continue;
            }
        }
        doomed.push(Doomed { kind: Kind::Container, id, name, why });
    }
    for network in labelled_networks(engine, &[(MANAGED, "1")]).await? {
        if let (Some(why), Some(id)) = (network.labels.as_ref().and_then(over), network.id) {
            let name = network.name.unwrap_or_else(|| id.clone());
            doomed.push(Doomed { kind: Kind::Network, id, name, why });
        }
    }
    for volume in labelled_volumes(engine, &[(MANAGED, "1")]).await? {
        if let Some(why) = over(&volume.labels) {
            doomed.push(Doomed { kind: Kind::Volume, id: volume.name.clone(), name: volume.name, why });
        }
    }
    Ok(doomed)
}

/// What becomes of a container that a selector may mean.
enum Verdict {
    Goes(Doomed),
    /// It is not meant after all, or gone.
    Other,
    /// It is too young.
    Young,
    /// For a reason that was said.
    Left,
}

/// Containers that are selected, old enough, and no running task's; and why there may be none.
async fn selected(
    engine: &Engine,
    all: &[ContainerSummary],
    tasks: &RunningTasks,
    request: &Request,
) -> Result<(Vec<Doomed>, String)> {
    let candidates = all.iter().filter(|container| may_be_meant(container, &request.selector));
    let judged = stream::iter(candidates.map(|container| judge(engine, container, tasks, request)))
        .buffered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    let (mut doomed, mut young, mut left) = (Vec::new(), 0_usize, 0_usize);
    for verdict in judged {
        match verdict? {
            Verdict::Goes(thing) => doomed.push(thing),
            Verdict::Other => {}
            Verdict::Young => young += 1,
            Verdict::Left => left += 1,
        }
    }
    let age = units::spoken(request.limit());
    let in_vain = match (young, left) {
        (0, 0) => format!("none of {} containers on this daemon is selected", all.len()),
        (young, 0) => {
            format!("of {} containers on this daemon {young} are selected, all younger than {age}", all.len())
        }
        (young, left) => format!(
            "of {} containers on this daemon {} are selected: {young} younger than {age}, {left} left as said above",
            all.len(),
            young + left
        ),
    };
    Ok((doomed, in_vain))
}

/// The cheap question, from the list alone. A container whose image has lost its name is listed by the image's id: what
/// it was made from must be asked for.
fn may_be_meant(container: &ContainerSummary, selector: &Selector) -> bool {
    let labels = container.labels.clone().unwrap_or_default();
    let image = container.image.as_deref().unwrap_or_default();
    let name = own::name(container).unwrap_or_default();
    selector.takes(name, &[image], &labels) || (selector.asks_for_images() && is_id(image))
}

fn is_id(image: &str) -> bool {
    let digits = image.strip_prefix("sha256:").unwrap_or(image);
    digits.len() >= 12 && digits.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether it goes; what is left out for a reason is said.
async fn judge(
    engine: &Engine,
    container: &ContainerSummary,
    tasks: &RunningTasks,
    request: &Request,
) -> Result<Verdict> {
    let Some(id) = container.id.clone() else { return Ok(Verdict::Other) };
    let name = own::name(container).unwrap_or(&id).to_owned();
    let left = |why: &str| {
        console::note(&format!("left container {name}: {why}"));
        Ok(Verdict::Left)
    };
    let found = match engine.inspect(&id).await {
        Ok(Some(found)) => found,
        // Somebody else has removed it meanwhile.
        Ok(None) => return Ok(Verdict::Other),
        Err(error) if error.is_no_daemon() => return Err(error),
        // One that the daemon itself cannot read is no reason to leave the others.
        Err(error) => return left(error.what()),
    };
    let listed = container.image.clone().unwrap_or_default();
    let made_from = found.config.as_ref().and_then(|config| config.image.clone()).unwrap_or_default();
    let labels = container.labels.clone().unwrap_or_default();
    if !request.selector.takes(&name, &[&listed, &made_from], &labels) {
        return Ok(Verdict::Other);
    }
    if tasks.hold(container) {
        return left("it belongs to a task that is running");
    }
    let started = found.state.as_ref().and_then(|state| state.started_at.clone()).unwrap_or_default();
    let Some(age) = age(&started, &found.created.unwrap_or_default(), units::now()) else {
        return left("its age cannot be read");
    };
    if age < request.limit() {
        return Ok(Verdict::Young);
    }
    let shown = if made_from.is_empty() { listed } else { made_from };
    let why = format!("image {shown}, {} old", units::spoken(age));
    Ok(Verdict::Goes(Doomed { kind: Kind::Container, id, name, why }))
}

/// Since the last start, or since the making of what never started. None where the daemon's words cannot be read: no
/// other time stands in for one.
fn age(started: &str, created: &str, now: u64) -> Option<Duration> {
    let never = started.is_empty() || started.starts_with("0001-01-01T00:00:00");
    let since = units::unix_seconds(if never { created } else { started })?;
    Some(Duration::from_secs(now.saturating_sub(since)))
}

/// Removes containers, then what they kept in use. With a daemon that goes away the rest is left to the next run.
async fn remove(engine: &Engine, doomed: &[Doomed]) -> Result<()> {
    let mut gone: Vec<&Doomed> = Vec::new();
    let mut failed: Vec<String> = Vec::new();
    let mut outcome = Ok(());
    let (containers, others): (Vec<&Doomed>, Vec<&Doomed>) =
        doomed.iter().partition(|thing| thing.kind == Kind::Container);
    for batch in containers.chunks(AT_ONCE).chain(others.chunks(AT_ONCE)) {
        for (thing, dropped) in batch.iter().zip(join_all(batch.iter().map(|thing| drop_one(engine, thing))).await) {
            match dropped {
                Ok(()) => {
                    console::result(&format!("removed {} {}: {}", thing.kind.word(), thing.name, thing.why));
                    gone.push(thing);
                }
                Err(error) if error.is_no_daemon() => outcome = Err(error),
                Err(error) => failed.push(error.what().to_owned()),
            }
        }
        if outcome.is_err() {
            break;
        }
    }
    summary(&gone);
    let counted = format!("removed {} of {}", gone.len(), doomed.len());
    if outcome.is_err() {
        console::note(&format!("{counted} when the daemon went away"));
        return outcome;
    }
    match program::tidy_images(engine).await {
        Err(error) if error.is_no_daemon() => return Err(error),
        Err(error) => failed.push(error.what().to_owned()),
        Ok(()) => {}
    }
    if !failed.is_empty() {
        return Err(Error::failed(
            format!("{counted}: {}", failed.join("; ")),
            "what is in use goes with a later sweep; the daemon's words say why",
        ));
    }
    console::note(&counted);
    Ok(())
}

/// The step's summary has a row for each thing.
fn summary(gone: &[&Doomed]) {
    if gone.is_empty() {
        return;
    }
    let rows: String =
        gone.iter().map(|thing| format!("| {} | {} | {} |\n", thing.kind.word(), thing.name, thing.why)).collect();
    let table = format!("| swept | name | why |\n|---|---|---|\n{rows}\n");
    if let Err(error) = files::append_text("GITHUB_STEP_SUMMARY", &table) {
        console::failure("the summary was not written", &error);
    }
}

/// What is gone already, or going, is as good as removed.
async fn drop_one(engine: &Engine, thing: &Doomed) -> Result<()> {
    let outcome = match thing.kind {
        Kind::Container => return engine.remove(&thing.id).await,
        Kind::Network => engine.docker.remove_network(&thing.id).await,
        Kind::Volume => engine.docker.remove_volume(&thing.id, None::<RemoveVolumeOptions>).await,
    };
    match outcome {
        Ok(()) => Ok(()),
        Err(error) if status(&error) == Some(404) => Ok(()),
        Err(error) if status(&error).is_some() => {
            Err(Error::failed(format!("{} {}: {}", thing.kind.word(), thing.name, words(&error)), ""))
        }
        Err(error) => Err(refused_one(&format!("remove {} {}", thing.kind.word(), thing.name), &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_go_by_the_start_or_by_the_making_of_what_never_started() {
        let (early, late) = ("1970-01-01T00:01:00Z", "1970-01-01T00:02:00.5Z");
        assert_eq!(age(late, early, 180), Some(Duration::from_secs(60)));
        assert_eq!(age("0001-01-01T00:00:00Z", early, 180), Some(Duration::from_secs(120)));
        assert_eq!(age("", early, 180), Some(Duration::from_secs(120)));
        assert_eq!(age(late, early, 0), Some(Duration::ZERO), "a clock that runs behind");
        for (started, created) in [("garbage", early), ("", "garbage"), ("0001-01-01T00:00:00Z", ""), ("", "")] {
            assert_eq!(age(started, created, 180), None, "{started} {created}");
        }
    }

    #[test]
    fn an_image_without_a_name_is_listed_by_its_id() {
        assert!(is_id("sha256:e45baf17e01e") && is_id("e45baf17e01e"));
        assert!(!is_id("busybox") && !is_id("molecule-local/thing:v1") && !is_id("cafe"));
    }
}
