//! Can this job reach siblings? Measured, with a container that does nothing but answer.

use std::time::Duration;

use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::CreateContainerOptionsBuilder;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

use super::engine::{Engine, refused, status};
use super::export::Port;
use super::network::{DEFAULT_BRIDGE, Target};
use super::program::{Executable, tidy_images_beside};
use super::{Error, Result, address, ready, token, units};
use crate::identity::{EXPIRES, MANAGED, SELF};

/// Where the answering container listens; it has its own network namespace.
const PORT: Port = Port { number: 7, tcp: true };

/// How long a connection may take to open.
const PATIENCE: Duration = Duration::from_secs(15);

/// What it is called in messages.
const NAME: &str = "a container that answers";

/// How long it lives when nobody comes.
const LIFE: Duration = Duration::from_secs(30);

/// Starts a container on the network siblings go to, and connects to it.
///
/// # Errors
/// No connection opens, or the daemon refuses.
pub async fn check(engine: &Engine, target: &Target, published: bool) -> Result<String> {
    let program = match Executable::own() {
        Ok(program) => program,
        Err(_) => return Ok("not tried: this berth-run is no static build".to_owned()),
    };
    let network = match target {
        Target::Existing { id, .. } => id.as_str(),
        Target::Declared(name) => name.as_str(),
        Target::DefaultBridge => DEFAULT_BRIDGE,
    };
    let name = format!("berth-doctor-{}", token::random_hex(6)?);
    let expires = units::now() + LIFE.as_secs();
    let labels = [(MANAGED, "1".to_owned()), (SELF, name.clone()), (EXPIRES, expires.to_string())];
    let body = ContainerCreateBody {
        exposed_ports: Some(vec![PORT.docker()]),
        entrypoint: Some(vec!["/berth-run".to_owned(), "answer".to_owned()]),
        labels: Some(labels.map(|(k, v)| (k.to_owned(), v)).into()),
        host_config: Some(HostConfig {
            network_mode: Some(network.to_owned()),
            auto_remove: Some(true),
            readonly_rootfs: Some(true),
            port_bindings: published.then(|| address::bindings(&[PORT])),
            ..Default::default()
        }),
        ..Default::default()
    };
    let made = create(engine, &program, &name, body).await?;
    let outcome = connect(engine, &made, published).await;
    engine.remove(&made).await?;
    tidy_images_beside(engine).await?;
    outcome
}

/// Creates it; another job's `down` may remove the unused image at any moment before.
async fn create(engine: &Engine, program: &Executable, name: &str, mut body: ContainerCreateBody) -> Result<String> {
    let options = CreateContainerOptionsBuilder::default().name(name).build();
    for _ in 0..5 {
        body.image = Some(program.image(engine).await?);
        match engine.docker.create_container(Some(options.clone()), body.clone()).await {
            Ok(made) => return Ok(made.id),
            Err(error) if status(&error) == Some(404) => {}
            Err(error) => return Err(refused("create a container that answers", &error)),
        }
    }
    Err(Error::failed(
        "the image of the answering container was removed five times before it could be used",
        "something prunes images on this daemon without a pause: `docker events` shows what",
    ))
}

async fn connect(engine: &Engine, id: &str, published: bool) -> Result<String> {
    ready::start(engine, id, NAME).await?;
    let found = ready::check_alive(engine, id, NAME).await.map_err(removed)?;
    let address = address::read(&found, &[PORT], published)?.of(PORT);
    let started = Instant::now();
    let mut last = "no answer".to_owned();
    while started.elapsed() < PATIENCE {
        match timeout(Duration::from_secs(2), TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(format!("a sibling at {} answers", address.ip())),
            Ok(Err(error)) => last = error.to_string(),
            Err(_) => last = "no answer".to_owned(),
        }
        ready::check_alive(engine, id, NAME).await.map_err(removed)?;
        sleep(Duration::from_millis(50)).await;
    }
    Err(Error::failed(
        format!("a container was started at {address}, and no connection to it opens from here: {last}"),
        "a firewall is in between, or the daemon is on another machine: siblings cannot be used in this job; use `services:`",
    ))
}

fn removed(error: Error) -> Error {
    Error::failed(
        error.what(),
        "something on this daemon stops containers that are not its own: `docker events` shows what",
    )
}

/// The answering container's own life: takes connections for half a minute.
///
/// # Errors
/// The port cannot be bound.
pub async fn answer() -> Result<()> {
    // A network namespace may be without IPv6, but then `::` cannot be bound.
    let listener = match TcpListener::bind(("::", PORT.number)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(("0.0.0.0", PORT.number)).await,
    };
    let listener = listener.map_err(|error| {
        Error::failed(
            format!("cannot listen on {}: {error}", PORT.docker()),
            "this container is berth-run's own probe: run `berth-run doctor` again",
        )
    })?;
    let serve = async {
        loop {
            let _ = listener.accept().await;
        }
    };
    let _: std::result::Result<(), _> = timeout(LIFE, serve).await;
    Ok(())
}
