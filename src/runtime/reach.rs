//! Can this job reach siblings? Measured, with a container that does nothing but answer.

use std::net::SocketAddr;
use std::time::Duration;

use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::CreateContainerOptionsBuilder;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

use super::engine::{Engine, refused};
use super::guard::{Program, tidy_images};
use super::network::{DEFAULT_BRIDGE, Target};
use super::{Error, Result, doctor, export, token, up};
use crate::identity::{EXPIRES, MANAGED, SELF};

/// Where the answering container listens; it has its own network namespace.
const PORT: u16 = 7;

/// How long it lives when nobody comes.
const LIFE: Duration = Duration::from_secs(30);

/// Starts a container on the network siblings go to, and connects to it.
///
/// # Errors
/// No connection opens, or the daemon refuses.
pub async fn check(engine: &Engine, target: &Target) -> Result<String> {
    let program = match Program::own() {
        Ok(program) => program,
        Err(_) => return Ok("not tried: this berth-run is no static build".to_owned()),
    };
    let network = match target {
        Target::Existing { id, .. } => id.as_str(),
        Target::Declared(name) => name.as_str(),
        Target::DefaultBridge => DEFAULT_BRIDGE,
    };
    let image = program.image(engine).await?;
    let name = format!("berth-doctor-{}", token::random_hex(6)?);
    let expires = super::units::now() + LIFE.as_secs();
    let labels = [(MANAGED, "1".to_owned()), (SELF, name.clone()), (EXPIRES, expires.to_string())];
    let body = ContainerCreateBody {
        image: Some(image),
        entrypoint: Some(vec!["/berth-run".to_owned(), "answer".to_owned()]),
        labels: Some(labels.map(|(k, v)| (k.to_owned(), v)).into()),
        host_config: Some(HostConfig {
            network_mode: Some(network.to_owned()),
            auto_remove: Some(true),
            readonly_rootfs: Some(true),
            ..Default::default()
        }),
        ..Default::default()
    };
    let options = CreateContainerOptionsBuilder::default().name(&name).build();
    let made = engine.docker.create_container(Some(options), body).await;
    let id = made.map_err(|error| refused("create a container that answers", &error))?.id;
    let outcome = connect(engine, &id).await;
    engine.remove(&id).await?;
    tidy_images(engine).await?;
    outcome
}

async fn connect(engine: &Engine, id: &str) -> Result<String> {
    super::ready::start(engine, id, "a container that answers").await?;
    let found = super::ready::check_alive(engine, id, "a container that answers").await?;
    let host = export::address(&up::address_of(&found))?;
    let address = SocketAddr::new(host, PORT);
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(5) {
        if let Ok(Ok(_)) = timeout(Duration::from_secs(1), TcpStream::connect(address)).await {
            return Ok(format!("a sibling at {host} answers"));
        }
        sleep(Duration::from_millis(50)).await;
    }
    Err(doctor::unreachable(address))
}

/// The answering container's own life: takes one connection, or none for half a minute.
///
/// # Errors
/// The port cannot be bound.
pub async fn answer() -> Result<()> {
    let listener = TcpListener::bind(("::", PORT)).await;
    let listener = match listener {
        Ok(listener) => Ok(listener),
        // A network namespace without IPv6.
        Err(_) => TcpListener::bind(("0.0.0.0", PORT)).await,
    };
    let listener = listener.map_err(|error| Error::failed(format!("cannot listen on port {PORT}: {error}"), ""))?;
    let _ = timeout(LIFE, listener.accept()).await;
    Ok(())
}
