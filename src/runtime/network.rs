//! Which network a sibling goes to: one the job can reach, and never one the runner must remove.

use std::collections::HashMap;

use bollard::models::NetworkCreateRequest;
use bollard::query_parameters::ListNetworksOptionsBuilder;

use super::engine::{Engine, refused};
use super::lock::Lock;
use super::name::is_name;
use super::place::{JobNetwork, JobPlace};
use super::{Error, Result};

/// The daemon's default network.
pub const DEFAULT_BRIDGE: &str = "bridge";

/// Where the sibling goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// This network, by its id.
    Existing {
        /// For people.
        name: String,
        /// For the daemon: names are not unique.
        id: String,
    },
    /// The default bridge.
    DefaultBridge,
    /// This network, made if it is missing.
    Declared(String),
}

/// Decides, and says what was set aside. Measured: a host-network job and a host process reach
/// every bridge by IP; from one bridge to another every connection times out.
///
/// # Errors
/// The job can have no sibling here.
pub fn choose(place: &JobPlace, declared: Option<&str>) -> Result<(Target, Option<String>)> {
    if let Some(name) = declared {
        check_name(name)?;
    }
    let declared = declared.filter(|name| *name != DEFAULT_BRIDGE);
    let network = match place {
        JobPlace::Host { .. } => &JobNetwork::Host,
        JobPlace::Container(container) => &container.network,
    };
    match network {
        JobNetwork::Host => Ok((declared.map_or(Target::DefaultBridge, |n| Target::Declared(n.to_owned())), None)),
        JobNetwork::DefaultBridge => Ok((
            Target::DefaultBridge,
            declared.map(|name| {
                format!(
                    "the job is on the default bridge, from where {name} cannot be reached: the sibling goes to \
                         the default bridge too"
                )
            }),
        )),
        JobNetwork::Custom { name, id } => Ok((
            Target::Existing { name: name.clone(), id: id.clone() },
            declared.filter(|wanted| *wanted != name && *wanted != id).map(|wanted| {
                format!("the job is on {name}, from where {wanted} cannot be reached: the sibling goes to {name} too")
            }),
        )),
        JobNetwork::Automatic { name } => Err(Error::failed(
            format!(
                "the runner made the network {name} for this job alone: a sibling on it would block its removal, \
                     and no other network can be reached from it"
            ),
            "use `services:` without `ports:` and connect to <service id>:<container port>; or set \
             `container.network` in the runner's configuration to host or to a network of your own",
        )),
        JobNetwork::None => Err(Error::failed(
            "the job container has no network, so it can reach no sibling",
            "set `container.network` in the runner's configuration to host or to a network of your own",
        )),
    }
}

/// A network's name, less the modes that are no networks.
fn check_name(name: &str) -> Result<()> {
    if !is_name(name) {
        return Err(Error::usage(
            format!("--network {name}: no network can have this name"),
            "a name begins with a letter or digit, then letters, digits, `_`, `.`, `-`",
        ));
    }
    if matches!(name, "host" | "none" | "default") {
        return Err(Error::usage(
            format!("--network {name}: a sibling needs an address of its own"),
            "name a bridge network, or leave --network out",
        ));
    }
    Ok(())
}

/// The id of the network of this name, made when it is missing: by one of all the jobs that want
/// it, although Docker would make a network of the same name for each. It carries no label of this
/// run, because it outlives it. `image` and `labels` are for the lock.
///
/// # Errors
/// The daemon refuses, or has several networks of this name.
pub async fn ensure(engine: &Engine, name: &str, image: &str, labels: &HashMap<String, String>) -> Result<String> {
    if let Some(id) = only(name, &named(engine, name).await?)? {
        return Ok(id);
    }
    let lock = Lock::acquire(engine, &format!("network {name}"), image, labels).await?;
    let made = make(engine, name).await;
    let released = lock.release().await;
    let id = made?;
    released?;
    Ok(id)
}

async fn make(engine: &Engine, name: &str) -> Result<String> {
    if let Some(id) = only(name, &named(engine, name).await?)? {
        return Ok(id);
    }
    let request =
        NetworkCreateRequest { name: name.to_owned(), driver: Some("bridge".to_owned()), ..Default::default() };
    let made = engine
        .docker
        .create_network(request)
        .await
        .map_err(|error| refused(&format!("make the network {name}"), &error))?
        .id;
    // Somebody who does not take the lock (a `docker network create`) may have been as quick: the
    // newer one goes, which nobody uses yet.
    let all = named(engine, name).await?;
    match all.first() {
        Some(oldest) if all.len() > 1 && *oldest != made => {
            let removed = engine.docker.remove_network(&made).await;
            removed.map_err(|error| refused(&format!("remove the second network {name}"), &error))?;
            Ok(oldest.clone())
        }
        _ => Ok(made),
    }
}

/// The one network of this name. With two, Docker starts no container on either ("ambiguous"),
/// not even by id (measured with 20.10).
fn only(name: &str, ids: &[String]) -> Result<Option<String>> {
    if let [_, _, ..] = ids {
        let short: Vec<&str> = ids.iter().map(|id| id.get(..12).unwrap_or(id)).collect();
        return Err(Error::failed(
            format!("the daemon has {} networks named {name}: {}", ids.len(), short.join(", ")),
            "Docker can start no container on them: remove all but one, docker network rm ID",
        ));
    }
    Ok(ids.first().cloned())
}

/// The ids of all networks of exactly this name, the oldest first.
async fn named(engine: &Engine, name: &str) -> Result<Vec<String>> {
    // Docker's name filter also finds names that only contain this one.
    let filters = HashMap::from([("name".to_owned(), vec![name.to_owned()])]);
    let options = ListNetworksOptionsBuilder::default().filters(&filters).build();
    let found = engine.docker.list_networks(Some(options)).await;
    let mut found = found.map_err(|error| refused("list networks", &error))?;
    found.retain(|network| network.name.as_deref() == Some(name));
    found.sort_by(|a, b| (&a.created, &a.id).cmp(&(&b.created, &b.id)));
    Ok(found.into_iter().filter_map(|network| network.id).collect())
}

#[cfg(test)]
mod tests {
    use super::super::place::JobContainer;
    use super::*;

    const HOST: JobPlace = JobPlace::Host { rootless: false };

    fn on(network: JobNetwork) -> JobPlace {
        JobPlace::Container(Box::new(JobContainer {
            id: "1".to_owned(),
            name: "job".to_owned(),
            network,
            mounts: Vec::new(),
        }))
    }

    #[test]
    fn a_host_job_takes_what_is_declared_else_the_default_bridge() {
        let declared = Target::Declared("core-net".to_owned());
        assert_eq!(choose(&HOST, Some("core-net")).expect("fine").0, declared);
        assert_eq!(choose(&on(JobNetwork::Host), Some("core-net")).expect("fine").0, declared);
        for declared in [None, Some("bridge")] {
            assert_eq!(choose(&on(JobNetwork::Host), declared).expect("fine"), (Target::DefaultBridge, None));
        }
    }

    #[test]
    fn a_job_on_a_bridge_keeps_its_sibling_there_and_says_so() {
        let custom = on(JobNetwork::Custom { name: "core-net".to_owned(), id: "77".to_owned() });
        let (target, said) = choose(&custom, Some("other-net")).expect("fine");
        assert!(matches!(target, Target::Existing { id, .. } if id == "77"));
        assert!(said.expect("said").contains("other-net"));
        assert_eq!(choose(&custom, Some("core-net")).expect("fine").1, None);
        let (target, said) = choose(&on(JobNetwork::DefaultBridge), Some("x-net")).expect("fine");
        assert_eq!(target, Target::DefaultBridge);
        assert!(said.is_some());
    }

    #[test]
    fn no_sibling_on_an_automatic_network_or_on_none() {
        let automatic = on(JobNetwork::Automatic { name: "WORKFLOW-0123456789abcdef".to_owned() });
        let error = choose(&automatic, Some("core-net")).expect_err("refused");
        assert_eq!(error.exit_code(), 1);
        assert!(choose(&on(JobNetwork::None), None).is_err());
    }

    #[test]
    fn modes_and_garbage_are_no_network_names() {
        for wrong in ["host", "none", "", "-x", "container:abc", "a b", "a/b"] {
            let error = choose(&HOST, Some(wrong)).expect_err("refused");
            assert_eq!(error.exit_code(), 2, "{wrong}");
        }
    }
}
