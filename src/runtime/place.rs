//! Where this process runs, as the daemon sees it: in which job container, on which network.

use std::collections::HashMap;

use bollard::models::{ContainerInspectResponse, MountPoint};

use super::engine::{Engine, refused};
use super::name::is_name;
use super::{Error, Result};
use crate::door::helper;
use crate::identity;

/// Where the job runs.
#[derive(Debug, Clone)]
pub enum JobPlace {
    /// Not in a container of this daemon: host mode (or a container of another daemon).
    Host {
        /// The daemon runs rootless: its bridges lie in a network namespace of their own, and only
        /// published ports can be reached from the host.
        rootless: bool,
    },
    /// In this container.
    Container(Box<JobContainer>),
}

impl JobPlace {
    /// Whether a sibling is reached through ports published on 127.0.0.1.
    pub fn publishes(&self) -> bool {
        matches!(self, Self::Host { rootless: true })
    }
}

/// The container whose end is the job's end.
#[derive(Debug, Clone)]
pub struct JobContainer {
    /// Its 64-digit id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is attached to.
    pub network: JobNetwork,
    /// What is mounted into it, with the sources as the daemon's host sees them.
    pub mounts: Vec<MountPoint>,
}

/// The job container's network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobNetwork {
    /// `--network host`: no address of its own, but it reaches every bridge.
    Host,
    /// `--network none`.
    None,
    /// The daemon's default `bridge`.
    DefaultBridge,
    /// A network made for longer than this job.
    Custom {
        /// Its name.
        name: String,
        /// Its id; names are not unique.
        id: String,
    },
    /// A network the runner made for this job and removes with it.
    Automatic {
        /// Its name.
        name: String,
    },
}

/// Finds out where this process runs.
///
/// # Errors
/// The daemon does not answer.
pub async fn find(engine: &Engine) -> Result<JobPlace> {
    let own = own_container(engine).await?;
    // Inside a `uses: docker://` action this process sits in the action's container, which ends
    // with the step; the runner still names the job's.
    let named = match std::env::var("JOB_CONTAINER_NAME") {
        // Anything else would be no name but a piece of a URL.
        Ok(name) if is_name(&name) => running(engine.inspect(&name).await?),
        _ => None,
    };
    let Some(container) = named.or(own) else {
        return Ok(JobPlace::Host { rootless: is_rootless(engine).await? });
    };
    let network = network_of(engine, &container).await?;
    Ok(JobPlace::Container(Box::new(JobContainer {
        id: container.id.clone().unwrap_or_default(),
        name: name_of(&container),
        network,
        mounts: container.mounts.unwrap_or_default(),
    })))
}

async fn is_rootless(engine: &Engine) -> Result<bool> {
    let info = engine.docker.info().await.map_err(|error| refused("ask the daemon about itself", &error))?;
    Ok(info.security_options.unwrap_or_default().iter().any(|option| option == "name=rootless"))
}

async fn own_container(engine: &Engine) -> Result<Option<ContainerInspectResponse>> {
    let text =
        |path: &str| helper::system(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let candidates =
        own_ids(&text("/proc/self/mountinfo"), &text("/proc/self/cgroup"), text("/proc/sys/kernel/hostname").trim());
    for id in candidates {
        // Names, unlike ids, may look like anything: a container named like our host is not ours.
        let found = running(engine.inspect(&id).await?);
        if let Some(found) = found.filter(|c| c.id.as_deref().is_some_and(|i| i.starts_with(&id))) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The ids this process's own files name, the surest first: Docker mounts `/etc/hosts` and its
/// like from the container's directory; cgroup v1 paths end in the id (v2 shows `0::/`); the host
/// name is a short id, unless the container is on the host's network or was given another.
pub fn own_ids(mountinfo: &str, cgroup: &str, hostname: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let mut add = |id: &str| {
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    };
    for line in mountinfo.lines() {
        // proc(5): the fourth field is the root of the mount, the fifth where it is mounted.
        let mut fields = line.split(' ').skip(3);
        let (Some(root), Some(point)) = (fields.next(), fields.next()) else {
            continue;
        };
        if matches!(point, "/etc/hosts" | "/etc/hostname" | "/etc/resolv.conf") {
            root.split('/').filter(|part| is_id(part)).for_each(&mut add);
        }
    }
    for line in cgroup.lines() {
        line.split(['/', ':', '-', '.']).filter(|part| is_id(part)).for_each(&mut add);
    }
    if hostname.len() == 12 && hostname.bytes().all(is_hex) {
        add(hostname);
    }
    ids
}

fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(is_hex)
}

fn is_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

fn running(container: Option<ContainerInspectResponse>) -> Option<ContainerInspectResponse> {
    container.filter(|c| c.state.as_ref().and_then(|s| s.running) == Some(true))
}

fn name_of(container: &ContainerInspectResponse) -> String {
    let name = container.name.as_deref().unwrap_or_default();
    name.trim_start_matches('/').to_owned()
}

async fn network_of(engine: &Engine, container: &ContainerInspectResponse) -> Result<JobNetwork> {
    let mut container = container.clone();
    let mut mode = mode_of(&container);
    // One container's network may be another's; Docker itself allows no longer chain.
    if let Some(other) = mode.strip_prefix("container:") {
        container = engine.inspect(other).await?.ok_or_else(|| {
            Error::failed(
                format!("the job shares the network of container {other}, which is gone"),
                "the job cannot reach anything any more; run it again",
            )
        })?;
        mode = mode_of(&container);
    }
    match mode.as_str() {
        "host" => return Ok(JobNetwork::Host),
        "none" => return Ok(JobNetwork::None),
        "" | "default" | "bridge" => return Ok(JobNetwork::DefaultBridge),
        _ => {}
    }
    let attached = container.network_settings.as_ref().and_then(|s| s.networks.clone()).unwrap_or_default();
    let id = attached
        .iter()
        .find(|(name, end)| **name == mode || end.network_id.as_deref() == Some(&mode))
        .and_then(|(_, end)| end.network_id.clone())
        .filter(|id| !id.is_empty())
        .unwrap_or(mode);
    let network = engine
        .docker
        .inspect_network(&id, None)
        .await
        .map_err(|error| refused(&format!("inspect the job's network {id}"), &error))?;
    let name = network.name.unwrap_or_else(|| id.clone());
    let labels = network.labels.unwrap_or_default();
    if is_automatic(&name, &name_of(&container), &labels) {
        return Ok(JobNetwork::Automatic { name });
    }
    Ok(JobNetwork::Custom { name, id: network.id.unwrap_or(id) })
}

fn mode_of(container: &ContainerInspectResponse) -> String {
    let host = container.host_config.as_ref();
    host.and_then(|h| h.network_mode.clone()).unwrap_or_default()
}

/// Whether the runner made this network for one job: gitea-runner and nektos/act name it after the
/// job container, gitea-runner 3 also labels it; forgejo-runner and GitHub draw a random name.
pub fn is_automatic(network: &str, container: &str, labels: &HashMap<String, String>) -> bool {
    if labels.contains_key("com.gitea.runner.uuid") {
        return true;
    }
    if let Some(stem) = network.strip_suffix("-network")
        && ((!container.is_empty() && stem.starts_with(container)) || identity::task_number(stem).is_some())
    {
        return true;
    }
    let random = |prefix: &str, digits: usize| {
        network
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.len() >= digits && rest.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    random("WORKFLOW-", 16) || random("github_network_", 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn every_source_of_the_own_id_is_read_and_none_twice() {
        let mountinfo = format!(
            "1 0 8:1 / / rw - ext4 /dev/sda rw\n\
             2 1 8:1 /var/lib/docker/containers/{ID}/hosts /etc/hosts rw - ext4 /dev/sda rw\n\
             3 1 8:1 /x/{ID}/work /work rw - ext4 /dev/sda rw\n"
        );
        assert_eq!(own_ids(&mountinfo, "", ""), [ID]);
        assert_eq!(own_ids("", &format!("3:cpu:/docker/{ID}\n"), ""), [ID]);
        let scope = format!("0::/system.slice/docker-{ID}.scope\n");
        assert_eq!(own_ids(&mountinfo, &scope, ""), [ID]);
        assert_eq!(own_ids("", "0::/\n", "0123456789ab"), ["0123456789ab"]);
        assert!(own_ids("nonsense", "0::/\n", "ci-host-07").is_empty());
    }

    #[test]
    fn automatic_networks_of_every_runner_are_known() {
        let none = HashMap::new();
        let job = "GITEA-ACTIONS-TASK-7_WORKFLOW-ci_JOB-test";
        assert!(is_automatic(&format!("{job}-test-network"), job, &none));
        assert!(is_automatic(&format!("{job}-test-network"), "", &none));
        assert!(is_automatic("act-ci-test-1f-test-network", "act-ci-test-1f", &none));
        assert!(is_automatic("WORKFLOW-0123456789abcdef", "", &none));
        assert!(is_automatic("github_network_0123456789abcdef0123456789abcdef", "x", &none));
        let label = HashMap::from([("com.gitea.runner.uuid".to_owned(), "u".to_owned())]);
        assert!(is_automatic("anything", "x", &label));
        assert!(!is_automatic("molecule-core-net", "x", &none));
        assert!(!is_automatic("team-network", "x", &none));
        assert!(!is_automatic("WORKFLOW-net", "x", &none));
    }
}
