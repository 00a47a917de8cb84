//! `berth-run check NAME`: is what the exported address names still this job's sibling?
//!
//! A sibling that dies gives its address back to the daemon, which hands it to the next container: another run's. So
//! the container is asked for by the token's name before the address is trusted.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::engine::Engine;
use super::export::{self, Exports, Port};
use super::job::Job;
use super::{Error, Result, address, console, files, place, ready};
use crate::identity::{TOKEN, UNSET_HOST};

/// How long a connection may take to open.
const CONNECT: Duration = Duration::from_secs(5);

/// Checks it. When it does not hold, the exported host is set to `unset.invalid` for the steps that follow.
///
/// # Errors
/// The sibling is gone, has ended, has another address, or does not answer.
pub async fn check(name: &str) -> Result<()> {
    export::check_name(name)?;
    let exports = Exports::new(name, Vec::new());
    let outcome = ask(name, &exports).await;
    if outcome.is_err() {
        let host = vec![(exports.host_variable(), UNSET_HOST.to_owned())];
        files::append("GITHUB_ENV", &host)?;
        files::append("GITHUB_OUTPUT", &host)?;
    }
    outcome
}

async fn ask(name: &str, exports: &Exports) -> Result<()> {
    let Some(job) = Job::find()? else {
        return Err(Error::failed(
            "this job has started nothing",
            "start the sibling with `berth-run up` in an earlier step of this job",
        ));
    };
    let known = exports.known(&files::exported())?;
    let engine = Engine::connect().await?;
    let place = place::find(&engine).await?;
    let own = job.unique_name(name);
    let found = ready::check_alive(&engine, &own, &own).await?;
    let labels = found.config.as_ref().and_then(|config| config.labels.as_ref());
    let ours = labels.and_then(|labels| labels.get(TOKEN)).is_some_and(|token| token == job.token.as_str());
    if !ours || found.id.as_deref() != Some(known.id.as_str()) {
        return Err(Error::failed(
            format!("{own} is not the container that this job has started"),
            "somebody has put another one in its place: `docker events` shows who",
        ));
    }
    let exposed = found.config.as_ref().and_then(|config| config.exposed_ports.clone()).unwrap_or_default();
    let mut ports: Vec<Port> = exposed.iter().filter_map(|text| Port::parse(text).ok()).collect();
    // A UDP port cannot be asked.
    ports.retain(|port| port.tcp && known.ports.contains(&port.number));
    let now = address::read(&found, &ports, place.publishes())?;
    if now.host != known.host {
        return Err(Error::failed(
            format!("{own} has the address {} now, and the job was told {}", now.host, known.host),
            "it was restarted: run `berth-run down` and `berth-run up` again",
        ));
    }
    for port in ports {
        let address = now.of(port);
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(silent(&own, &format!("{address}: {error}"))),
            Err(_) => return Err(silent(&own, &format!("{address}: no answer"))),
        }
    }
    console::note(&format!("{own} runs at {}, and is this job's", known.host));
    Ok(())
}

fn silent(own: &str, what: &str) -> Error {
    Error::failed(
        format!("{own} runs, and no connection opens to {what}"),
        format!("its log says why: `docker logs {own}`"),
    )
}
