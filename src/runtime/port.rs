//! `berth-run port`: ports that no other job of this daemon gets, until `down` gives them back.
//!
//! A free port that is asked for from the kernel and given back before it is used may be another's by then. A lease is
//! a container that is never started, named after the port: making one is atomic in the daemon, every job sees it, also
//! from inside a container, and it goes the way of everything else with the job's labels.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;

use bollard::models::ContainerCreateBody;
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, ListContainersOptionsBuilder, ListImagesOptionsBuilder,
};

use super::engine::{Engine, refused, status};
use super::job::Job;
use super::place::{self, JobPlace};
use super::program::Executable;
use super::{Error, Result, console, token};
use crate::identity::OF;

/// Ports below those that the kernel and Docker take at random (32768 and up), and above those that servers have by
/// custom.
const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

/// The most that one call may lease.
pub const MOST: u16 = 100;

/// What a lease's container is called, before the port.
pub const LEASE: &str = "berth-port-";

/// Leases `count` ports and prints them, one a line.
///
/// # Errors
/// There is no identity or no daemon, or too few ports are free.
pub async fn port(count: u16, ttl: Duration) -> Result<()> {
    let job = Job::find_or_mint()?;
    let engine = Engine::connect().await?;
    let place = place::find(&engine).await?;
    let mut labels = job.labels(ttl);
    if let JobPlace::Container(container) = &place {
        labels.insert(OF.to_owned(), container.id.clone());
    }
    let image = image(&engine, &place).await?;
    let published = published(&engine).await?;
    let mut leased: Vec<u16> = Vec::new();
    let start = random_offset()?;
    for step in 0..COUNT {
        if leased.len() == usize::from(count) {
            break;
        }
        let number = FIRST + (start + step) % COUNT;
        if published.contains(&number) || !is_free(number) {
            continue;
        }
        let name = format!("{LEASE}{number}");
        let mut labels = labels.clone();
        labels.insert(crate::identity::SELF.to_owned(), name.clone());
        let body = ContainerCreateBody {
            image: Some(image.clone()),
            // Never started; but Docker wants a command, which an image may lack.
            cmd: Some(vec!["berth-port".to_owned()]),
            labels: Some(labels),
            ..Default::default()
        };
        let options = CreateContainerOptionsBuilder::default().name(&name).build();
        match engine.docker.create_container(Some(options), body).await {
            Ok(_) => leased.push(number),
            // Another job has it.
            Err(error) if status(&error) == Some(409) => {}
            Err(error) => return Err(refused(&format!("lease port {number}"), &error)),
        }
    }
    if leased.len() < usize::from(count) {
        return Err(Error::failed(
            format!("only {} of {count} ports between {FIRST} and {} are free", leased.len(), FIRST + COUNT - 1),
            "`berth-run doctor --orphans` shows who holds leases; `berth-run down` gives this job's back",
        ));
    }
    for number in leased {
        console::result(&number.to_string());
    }
    Ok(())
}

/// An image that is there anyway: the job container's, else berth-run's own, else any.
async fn image(engine: &Engine, place: &JobPlace) -> Result<String> {
    if let JobPlace::Container(container) = place
        && let Some(found) = engine.inspect(&container.id).await?
        && let Some(image) = found.image
    {
        return Ok(image);
    }
    if let Ok(program) = Executable::own() {
        return program.image(engine).await;
    }
    let options = ListImagesOptionsBuilder::default().build();
    let all = engine.docker.list_images(Some(options)).await.map_err(|error| refused("list images", &error))?;
    all.into_iter().next().map(|image| image.id).ok_or_else(|| {
        Error::failed(
            "the daemon has no image to make a lease from",
            "use the static build of berth-run, or pull any image first",
        )
    })
}

/// Ports of the host that containers publish: without a userland proxy nobody listens on them, and they are taken.
async fn published(engine: &Engine) -> Result<HashSet<u16>> {
    let options = ListContainersOptionsBuilder::default().build();
    let all = engine.docker.list_containers(Some(options)).await.map_err(|error| refused("list containers", &error))?;
    Ok(all.iter().flat_map(|container| container.ports.iter().flatten()).filter_map(|port| port.public_port).collect())
}

/// Whether nobody has the port, as seen from here.
fn is_free(port: u16) -> bool {
    let had = |address: SocketAddr| match TcpListener::bind(address) {
        Ok(_) => true,
        // A machine without IPv6.
        Err(error) => matches!(error.kind(), ErrorKind::AddrNotAvailable | ErrorKind::Unsupported),
    };
    let loopback = [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))];
    had((Ipv4Addr::UNSPECIFIED, port).into()) && loopback.into_iter().all(had)
}

/// Where the search begins: jobs that start at once should not ask for the same ports one after another.
fn random_offset() -> Result<u16> {
    let digits = token::random_hex(2)?;
    Ok(u16::from_str_radix(&digits, 16).unwrap_or_default() % COUNT)
}
