//! `berth-run doctor`: what the daemon looks like from here, and whose the leftovers are.

use std::collections::HashSet;
use std::time::Duration;

use super::engine::{Engine, refused};
use super::network::{self, Target};
use super::place::{self, JobNetwork, JobPlace};
use super::program::Executable;
use super::remove::{self, labelled_networks, labelled_volumes};
use super::tasks::RunningTasks;
use super::vigil::{self, Watch};
use super::{Result, console, own, reach, units};
use crate::identity::{GUARD, JOB, Leftover, MANAGED, REPO, RUN, TOKEN, task_number};
use bollard::models::{ContainerSummary, ContainerSummaryStateEnum};
use bollard::query_parameters::ListContainersOptionsBuilder;

/// From this age on a container without labels is worth a look.
const OLD: Duration = Duration::from_secs(2 * 3600);

/// Who tells which line of a checkout made something.
pub type Makers<'m> = &'m dyn Fn(Leftover<'_>) -> Option<String>;

/// Where there is no checkout: nobody, as far as is known.
pub fn nobody(_: Leftover<'_>) -> Option<String> {
    None
}

/// Prints what it finds, one line a fact; with `orphans` also what has outlived its job, each with who made it.
///
/// # Errors
/// There is no daemon, or a job here could not use siblings.
pub async fn doctor(orphans: Option<Makers<'_>>) -> Result<()> {
    let engine = Engine::connect().await?;
    daemon(&engine).await?;
    let place = place::find(&engine).await?;
    console::result(&format!("mode     {}", mode(&place)));
    console::result(&format!("guard    {}", guard_line(&place)));
    let chosen = network::choose(&place, None);
    if let Ok((target, _)) = &chosen {
        let name = match target {
            Target::Existing { name, .. } | Target::Declared(name) => name,
            Target::DefaultBridge => network::DEFAULT_BRIDGE,
        };
        console::result(&format!("network  siblings go to {name}"));
    }
    if let Some(makers) = orphans {
        leftovers(&engine, makers).await?;
    }
    let (target, _) = chosen?;
    let answer = reach::check(&engine, &target, place.publishes()).await?;
    console::result(&format!("reach    {answer}"));
    Ok(())
}

async fn daemon(engine: &Engine) -> Result<()> {
    let version = engine.docker.version().await.map_err(|error| refused("ask for the version", &error))?;
    console::result(&format!(
        "daemon   {} at {}, API {}",
        version.version.unwrap_or_else(|| "of unknown version".to_owned()),
        engine.address,
        engine.docker.client_version(),
    ));
    Ok(())
}

fn mode(place: &JobPlace) -> String {
    let container = match place {
        JobPlace::Host { rootless } => {
            let how = if *rootless { "; the daemon is rootless, so siblings are published on 127.0.0.1" } else { "" };
            return format!("host: this process is in no container of this daemon{how}");
        }
        JobPlace::Container(container) => container,
    };
    let network = match &container.network {
        JobNetwork::Host => "the host's network".to_owned(),
        JobNetwork::None => "no network".to_owned(),
        JobNetwork::DefaultBridge => "the default bridge".to_owned(),
        JobNetwork::Custom { name, .. } => format!("the network {name}"),
        JobNetwork::Automatic { name } => format!("the automatic network {name}"),
    };
    format!("container: {} on {network}", container.name)
}

/// Whether `up` would leave a guard here, by the same questions that `up` asks.
fn guard_line(place: &JobPlace) -> String {
    match (place, Executable::own()) {
        (JobPlace::Host { .. }, _) => match Watch::here() {
            Watch { directories, runner: None } if directories.is_empty() => {
                "none: neither RUNNER_TEMP nor a workspace is there to tell of the job's end".to_owned()
            }
            _ => "`up` leaves a process, which waits for the job's directories or its runner to go".to_owned(),
        },
        (JobPlace::Container(_), Err(error)) => format!("none: {}", error.what()),
        (JobPlace::Container(container), Ok(_)) => {
            format!("`up` starts one, which waits for the end of {} and removes what is left", container.name)
        }
    }
}

/// Everything that outlived its job, and which sweep would take it.
async fn leftovers(engine: &Engine, makers: Makers<'_>) -> Result<()> {
    let options = ListContainersOptionsBuilder::default().all(true).build();
    let all = engine.docker.list_containers(Some(options)).await.map_err(|error| refused("list containers", &error))?;
    let now = units::now();
    let tasks = RunningTasks::among(&all);
    let mut guarded: HashSet<String> = all.iter().filter_map(guards).map(str::to_owned).collect();
    // In host mode the guard is a process: who sees it knows that the job's things have not outlived it.
    guarded.extend(vigil::tokens());
    let mut found = 0_usize;
    for container in &all {
        let labels = container.labels.clone().unwrap_or_default();
        let name = own::name(container).unwrap_or("(no name)");
        let token = labels.get(TOKEN).map(String::as_str);
        let is_owned = token.is_some_and(|token| guarded.contains(token)) || tasks.hold(container);
        let is_ours = is_owned || labels.contains_key(MANAGED);
        // Of strangers' containers nothing is asked.
        let original = match if is_ours { own::is_original(engine, container).await } else { Ok(false) } {
            Ok(original) => original,
            Err(error) if error.is_no_daemon() => return Err(error),
            Err(error) => {
                found += 1;
                console::result(&format!("leftover container {name}: {}", error.what()));
                continue;
            }
        };
        if is_owned && original {
            continue;
        }
        let what = described(container, name, now);
        let line = if labels.contains_key(GUARD) {
            format!("guard {name} of {} never started; the next `berth-run down` removes it", owner(&labels))
        } else if labels.contains_key(MANAGED) {
            let owner = owner(&labels);
            if original {
                format!("container {what} of {owner}: {}", expiry(&labels, now))
            } else {
                format!("container {what}: has the labels of {owner} from its image; no label sweep takes it")
            }
        } else if is_old(container, now) && task_number(name).is_none() {
            format!("container {what} has no label: only a sweep by name or image would take it")
        } else {
            continue;
        };
        found += 1;
        let image = container.image.as_deref();
        let job = labels.get(JOB).map(String::as_str);
        tell(&line, Leftover { kind: "container", name, image, job }, makers);
    }
    let managed = [(MANAGED, "1")];
    let networks = labelled_networks(engine, &managed).await?.into_iter();
    let networks = networks.map(|network| (network.name.unwrap_or_default(), network.labels.unwrap_or_default()));
    found += things("network", networks, now, &guarded, makers);
    let volumes = labelled_volumes(engine, &managed).await?.into_iter();
    found += things("volume", volumes.map(|volume| (volume.name, volume.labels)), now, &guarded, makers);
    if found == 0 {
        console::result("leftover none");
    }
    Ok(())
}

/// The token whose things this running guard will remove: they have not outlived their job.
fn guards(container: &ContainerSummary) -> Option<&str> {
    let labels = container.labels.as_ref()?;
    let running = container.state == Some(ContainerSummaryStateEnum::RUNNING);
    (running && labels.contains_key(GUARD)).then(|| labels.get(TOKEN).map(String::as_str))?
}

/// Its name, image and age.
fn described(container: &ContainerSummary, name: &str, now: u64) -> String {
    let image = container.image.as_deref().unwrap_or("no image");
    match created(container) {
        Some(at) => {
            let age = units::spoken(Duration::from_secs(now.saturating_sub(at)));
            format!("{name} ({image}, made {age} ago)")
        }
        None => format!("{name} ({image})"),
    }
}

type Labels = std::collections::HashMap<String, String>;

/// Tells of networks or volumes that no guard owns: how many.
fn things(
    kind: &'static str,
    all: impl Iterator<Item = (String, Labels)>,
    now: u64,
    guarded: &HashSet<String>,
    makers: Makers<'_>,
) -> usize {
    let left = all.filter(|(_, labels)| labels.get(TOKEN).is_none_or(|token| !guarded.contains(token)));
    let one = |(name, labels): (String, Labels)| {
        let line = format!("{kind} {name} of {}: {}", owner(&labels), expiry(&labels, now));
        let job = labels.get(JOB).map(String::as_str);
        tell(&line, Leftover { kind, name: &name, image: None, job }, makers);
    };
    left.map(one).count()
}

/// A line of what is left, and one of who made it.
fn tell(line: &str, leftover: Leftover<'_>, makers: Makers<'_>) {
    console::result(&format!("leftover {line}"));
    if let Some(made) = makers(leftover) {
        console::result(&format!("         {made}"));
    }
}

fn owner(labels: &Labels) -> String {
    let of = |key: &str| labels.get(key).map_or("?", String::as_str);
    format!("{} run {} job {}", of(REPO), of(RUN), of(JOB))
}

fn expiry(labels: &Labels, now: u64) -> String {
    match remove::expiry(labels) {
        None => "its expiry cannot be read; no sweep takes it".to_owned(),
        Some(at) if at <= now => {
            let ago = units::spoken(Duration::from_secs(now - at));
            format!("expired {ago} ago; a sweep of expired ones takes it")
        }
        Some(at) => {
            let left = units::spoken(Duration::from_secs(at - now));
            format!("expires in {left}; no guard runs for it: its job's `down`, or then a sweep takes it")
        }
    }
}

fn is_old(container: &ContainerSummary, now: u64) -> bool {
    created(container).is_some_and(|created| now.saturating_sub(created) >= OLD.as_secs())
}

/// When it was made, in Unix seconds.
fn created(container: &ContainerSummary) -> Option<u64> {
    u64::try_from(container.created?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::EXPIRES;

    #[test]
    fn an_expiry_nobody_can_read_is_left_alone() {
        let with = |text: &str| Labels::from([(EXPIRES.to_owned(), text.to_owned())]);
        assert!(expiry(&with("soon"), 10).contains("no sweep"));
        assert!(expiry(&Labels::new(), 10).contains("no sweep"));
        assert!(expiry(&with("10"), 10).starts_with("expired"));
        assert!(expiry(&with("11"), 10).starts_with("expires in"));
    }

    #[test]
    fn a_container_of_unknown_age_is_not_old() {
        let aged = |created| ContainerSummary { created, ..Default::default() };
        assert!(!is_old(&aged(None), 1_000_000));
        assert!(!is_old(&aged(Some(-5)), 1_000_000));
        assert!(!is_old(&aged(Some(999_000)), 1_000_000));
        assert!(is_old(&aged(Some(1)), 1_000_000));
    }
}
