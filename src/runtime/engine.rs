//! The Docker daemon: connecting to it, and the handful of questions every command asks.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum, ContainerSummary};
use bollard::query_parameters::{ListContainersOptionsBuilder, RemoveContainerOptionsBuilder};
use bollard::{ClientVersion, Docker};

use tokio::time::{Instant, sleep, timeout};

use super::{Error, Result, greeting, units};

/// Where the daemon listens unless DOCKER_HOST says otherwise.
pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// How long the daemon may take over one answer.
const ANSWER: Duration = Duration::from_secs(120);

/// How long a removal may be under way.
const LEAVING: Duration = Duration::from_secs(10);

/// How long the daemon may take over the first one.
const GREETING: Duration = Duration::from_secs(10);

/// A daemon that has answered.
#[derive(Debug, Clone)]
pub struct Engine {
    /// The API client, its version negotiated.
    pub docker: Docker,
    /// The address as DOCKER_HOST would have it.
    pub address: String,
}

impl Engine {
    /// Where the daemon is looked for: DOCKER_HOST, else the default socket.
    pub fn address() -> String {
        let named = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
        named.unwrap_or_else(|| format!("unix://{DEFAULT_SOCKET}"))
    }

    /// Connects to DOCKER_HOST, or to the default socket, and waits for the first answer.
    ///
    /// # Errors
    /// No daemon answers there (exit code 3).
    pub async fn connect() -> Result<Self> {
        let address = Self::address();
        let secured = std::env::var("DOCKER_TLS_VERIFY").is_ok_and(|v| !v.is_empty());
        if address.starts_with("https://") || (secured && !address.starts_with("unix://")) {
            return Err(Error::no_daemon(
                format!("the daemon at {address} wants TLS, which berth-run does not speak"),
                "mount the daemon's socket into the job instead",
            ));
        }
        let silent = || {
            Error::no_daemon(
                format!("the Docker daemon at {address} accepts the connection and does not answer"),
                "look at the daemon's own log on its host",
            )
        };
        let started = Instant::now();
        let known = match timeout(GREETING, greeting::version(&address)).await {
            Ok(known) => known,
            Err(_) => return Err(silent()),
        };
        let docker = match known {
            Some(version) => connect(&address, &version),
            None => Docker::connect_with_host(&address),
        };
        let docker = docker.map_err(|error| unreachable_daemon(&address, &error))?.with_timeout(ANSWER);
        if known.is_some() {
            return Ok(Self { docker, address });
        }
        // Asked in the usual way, it says its version or why not.
        let left = GREETING.saturating_sub(started.elapsed());
        let docker = match timeout(left, docker.negotiate_version()).await {
            Ok(answer) => answer.map_err(|error| unreachable_daemon(&address, &error))?,
            Err(_) => return Err(silent()),
        };
        Ok(Self { docker, address })
    }

    /// The path of the socket, when the daemon is reached through one.
    pub fn socket(&self) -> Option<&str> {
        self.address.strip_prefix("unix://")
    }

    /// The container of this id or name; `None` when there is none.
    ///
    /// # Errors
    /// The daemon does not answer.
    pub async fn inspect(&self, container: &str) -> Result<Option<ContainerInspectResponse>> {
        match self.docker.inspect_container(container, None).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if status(&error) == Some(404) => Ok(None),
            Err(error) => Err(refused_one(&format!("inspect container {container}"), &error)),
        }
    }

    /// The same, after a removal that is under way has ended.
    ///
    /// # Errors
    /// The daemon does not answer.
    pub async fn inspect_settled(&self, container: &str) -> Result<Option<ContainerInspectResponse>> {
        let started = Instant::now();
        loop {
            let found = self.inspect(container).await?;
            let state = found.as_ref().and_then(|container| container.state.as_ref());
            let leaving = state.is_some_and(|state| {
                state.dead == Some(true) || state.status == Some(ContainerStateStatusEnum::REMOVING)
            });
            if !leaving || started.elapsed() > LEAVING {
                return Ok(found);
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Containers, running or not, that carry all of these labels with exactly these values.
    ///
    /// # Errors
    /// The daemon does not answer, or a value is empty: `label=key=` would ask for something else.
    pub async fn labelled(&self, labels: &[(&str, &str)]) -> Result<Vec<ContainerSummary>> {
        let filters = label_filter(labels)?;
        let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        self.docker.list_containers(Some(options)).await.map_err(|error| refused("list containers", &error))
    }

    /// Removes a container by its id, running or not, with its anonymous volumes. That it is gone,
    /// or that somebody else is removing it right now, is success.
    ///
    /// # Errors
    /// The daemon refuses.
    pub async fn remove(&self, id: &str) -> Result<()> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        match self.docker.remove_container(id, Some(options)).await {
            Ok(()) => Ok(()),
            Err(error) if matches!(status(&error), Some(404 | 409)) => Ok(()),
            Err(error) => Err(refused_one(&format!("remove container {id}"), &error)),
        }
    }
}

/// A client for this version of the API; nothing is sent yet.
fn connect(address: &str, version: &ClientVersion) -> std::result::Result<Docker, bollard::errors::Error> {
    match address.starts_with("unix://") {
        true => Docker::connect_with_unix(address, ANSWER.as_secs(), version),
        false => Docker::connect_with_http(address, ANSWER.as_secs(), version),
    }
}

/// A filter on several labels at once (Docker ANDs them).
///
/// # Errors
/// There is no label, or a value is empty.
pub fn label_filter(labels: &[(&str, &str)]) -> Result<HashMap<String, Vec<String>>> {
    if labels.is_empty() || labels.iter().any(|(_, value)| value.is_empty()) {
        return Err(Error::failed(
            "a filter without a value would select what is not ours",
            "please report this: it is a fault of berth-run",
        ));
    }
    let terms = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
    Ok(HashMap::from([("label".to_owned(), terms)]))
}

/// The HTTP status of the daemon's refusal, if it was one.
pub fn status(error: &bollard::errors::Error) -> Option<u16> {
    match error {
        bollard::errors::Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// Whether the daemon refuses because the container is just going: it is marked for removal, or being removed. A moment
/// later it is gone.
pub fn is_leaving(error: &bollard::errors::Error) -> bool {
    let words = words(error);
    status(error).is_some()
        && (words.contains("marked for removal")
            || (words.contains("removal of container") && words.contains("in progress")))
}

/// The daemon's own words, without the client's wrapping.
pub fn words(error: &bollard::errors::Error) -> String {
    match error {
        bollard::errors::Error::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        bollard::errors::Error::DockerStreamError { error } => error.trim().to_owned(),
        other => root(other),
    }
}

/// A refusal as an error: what was asked, and the daemon's words.
pub fn refused(what: &str, error: &bollard::errors::Error) -> Error {
    match status(error) {
        Some(_) => Error::failed(
            format!("cannot {what}: {}", words(error)),
            "the daemon's words say why; `berth-run doctor` shows what it looks like from here",
        ),
        None => Error::no_daemon(
            format!("cannot {what}: the Docker daemon went away: {}", words(error)),
            "look at the daemon's own log on its host",
        ),
    }
}

/// The same for a question about one thing of many: one that hangs, a container whose process does not end, does not
/// mean that the daemon is gone. The next question tells.
pub fn refused_one(what: &str, error: &bollard::errors::Error) -> Error {
    match error {
        bollard::errors::Error::RequestTimeoutError => Error::failed(
            format!("cannot {what}: the daemon has not answered for {}", units::spoken(ANSWER)),
            "the daemon's own log on its host says what it waits for",
        ),
        error => refused(what, error),
    }
}

fn unreachable_daemon(address: &str, error: &bollard::errors::Error) -> Error {
    let text = root(error);
    let lower = text.to_lowercase();
    if matches!(error, bollard::errors::Error::UnsupportedURISchemeError { .. }) {
        return Error::no_daemon(
            format!("berth-run cannot speak to DOCKER_HOST={address}"),
            "use unix:///var/run/docker.sock or tcp://host:2375",
        );
    }
    if matches!(error, bollard::errors::Error::SocketNotFoundError(_)) {
        return Error::no_daemon(
            format!("there is no Docker socket at {address}"),
            "mount the socket into the job (gitea-runner: leave `container.docker_host` empty; forgejo-runner: \
             `automount`), or set DOCKER_HOST",
        );
    }
    let advice = if lower.contains("permission denied") {
        "this user may not use the socket: run the step as root or add its group"
    } else {
        "start the daemon, or set DOCKER_HOST to where it listens"
    };
    Error::no_daemon(format!("no Docker daemon answers at {address}: {text}"), advice)
}

/// The last cause of an error: what stands above it tells only of the client library's layers.
fn root(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_answer_that_does_not_come_is_no_daemon_that_is_gone() {
        let late = bollard::errors::Error::RequestTimeoutError;
        assert_eq!(refused_one("remove container c", &late).exit_code(), 1);
        assert_eq!(refused("list containers", &late).exit_code(), 3);
    }

    #[test]
    fn an_empty_value_is_never_asked_for() {
        assert!(label_filter(&[]).is_err());
        assert!(label_filter(&[("a", "1"), ("b", "")]).is_err());
        let filter = label_filter(&[("a", "1"), ("b", "2")]).expect("whole");
        assert_eq!(filter["label"], ["a=1", "b=2"]);
    }
}
