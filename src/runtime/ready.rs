//! Is it ready? The health command inside the container says yes, and a TCP connection from here,
//! to the very address the job will use, opens.
//!
//! Neither alone is enough: Postgres answers its health command over its own socket while it is
//! still initialising, and a port may accept before its program can serve.

use std::time::Duration;

use bollard::exec::{CreateExecOptions, StartExecResults};
use bollard::models::ContainerInspectResponse;
use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::engine::{Engine, is_leaving, refused, words};
use super::export::{Address, Port};
use super::{Error, Result, units};

/// One connection attempt on the daemon's own host: longer than any handshake, short enough to be
/// tried again.
const CONNECT: Duration = Duration::from_secs(1);

/// How long one run of the health command may take.
const PROBE: Duration = Duration::from_secs(30);

/// How long a sibling without a TCP port and a health command must have lived: nothing else tells that it did not fail
/// at once, and a program needs a moment to find its configuration wrong.
const SETTLE: Duration = Duration::from_secs(2);

/// What must hold.
#[derive(Debug)]
pub struct Readiness<'a> {
    /// The command to run inside, as an argument list.
    pub probe: Option<Vec<String>>,
    /// The ports that must take a connection.
    pub ports: &'a [Port],
    /// How long all this may take.
    pub limit: Duration,
}

/// Waits until the container is ready at `address`.
///
/// # Errors
/// It died, or something did not hold in time; says which.
pub async fn wait(engine: &Engine, id: &str, name: &str, address: &Address, condition: &Readiness<'_>) -> Result<()> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(20);
    loop {
        let left = condition.limit.saturating_sub(started.elapsed());
        let lacking = match lacking(engine, id, address, condition, left).await? {
            None => {
                // A UDP port cannot be asked.
                if condition.probe.is_none() && !condition.ports.iter().any(|port| port.tcp) {
                    settle(engine, id, name, SETTLE.min(condition.limit)).await?;
                }
                return check_alive(engine, id, name).await.map(drop);
            }
            Some(lacking) => lacking,
        };
        check_alive(engine, id, name).await?;
        if started.elapsed() >= condition.limit {
            return Err(Error::failed(
                format!("{name} was not ready within {}: {lacking}", units::spoken(condition.limit)),
                "its log is above; give it more time with --timeout, or correct --port and the health command",
            ));
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(250));
    }
}

/// Watches the container for so long.
async fn settle(engine: &Engine, id: &str, name: &str, long: Duration) -> Result<()> {
    let started = Instant::now();
    while started.elapsed() < long {
        check_alive(engine, id, name).await?;
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// What does not hold yet, in words.
async fn lacking(
    engine: &Engine,
    id: &str,
    address: &Address,
    condition: &Readiness<'_>,
    left: Duration,
) -> Result<Option<String>> {
    // The port first: it is the cheaper question, and a probe costs the sibling a process.
    for port in condition.ports.iter().filter(|port| port.tcp) {
        let address = address.of(*port);
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Ok(Some(format!("no connection to {address}: {error}"))),
            Err(_) => {
                return Ok(Some(format!("no answer from {address}: the job's network may not reach the sibling's")));
            }
        }
    }
    let Some(probe) = &condition.probe else {
        return Ok(None);
    };
    let limit = PROBE.min(left.max(CONNECT));
    match timeout(limit, run(engine, id, probe)).await {
        Ok(Ok(Outcome { code: 0, .. })) => Ok(None),
        Ok(Ok(Outcome { code, output })) => {
            let last = output.lines().last().unwrap_or_default().trim();
            Ok(Some(format!("the health command ended with {code}: {last}")))
        }
        // The daemon refuses an exec in a container that has just died; the caller looks.
        Ok(Err(error)) => Ok(Some(format!("the health command could not run: {}", words(&error)))),
        Err(_) => Ok(Some(format!("the health command did not end within {}", units::spoken(limit)))),
    }
}

struct Outcome {
    code: i64,
    output: String,
}

async fn run(engine: &Engine, id: &str, command: &[String]) -> std::result::Result<Outcome, bollard::errors::Error> {
    let options = CreateExecOptions {
        cmd: Some(command.to_vec()),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        ..Default::default()
    };
    let exec = engine.docker.create_exec(id, options).await?.id;
    let mut output = String::new();
    if let StartExecResults::Attached { output: mut stream, .. } = engine.docker.start_exec(&exec, None).await? {
        while let Some(part) = stream.next().await {
            // Only the end is ever shown; a chatty command must not fill the memory.
            if output.len() < 64 * 1024 {
                output.push_str(&part?.to_string());
            }
        }
    }
    let code = engine.docker.inspect_exec(&exec).await?.exit_code.unwrap_or(-1);
    Ok(Outcome { code, output })
}

/// An error when the container no longer runs.
///
/// # Errors
/// It died or is gone; says how.
pub async fn check_alive(engine: &Engine, id: &str, name: &str) -> Result<ContainerInspectResponse> {
    let Some(found) = engine.inspect(id).await? else {
        return Err(Error::failed(
            format!("{name} was removed by somebody else"),
            "another job may be pruning this daemon: `docker events` shows who",
        ));
    };
    let state = found.state.clone().unwrap_or_default();
    if state.running == Some(true) {
        return Ok(found);
    }
    let code = state.exit_code.unwrap_or(-1);
    let killed = if state.oom_killed == Some(true) { ": the kernel killed it for want of memory" } else { "" };
    Err(Error::failed(
        format!("{name} ended with exit code {code}{killed}"),
        "its log is above; a missing --env is the usual cause",
    ))
}

/// Starts the container.
///
/// # Errors
/// The daemon refuses, as it does when the command does not exist in the image, or somebody removes the container in
/// between.
pub async fn start(engine: &Engine, id: &str, name: &str) -> Result<()> {
    engine.docker.start_container(id, None).await.map_err(|error| match is_leaving(&error) {
        true => Error::failed(
            format!("{name} was removed before it could start"),
            "a `berth-run down` of this job, or its guard, ran at the same time: let one step start it and a later one remove it",
        ),
        false => refused(&format!("start {name}"), &error),
    })
}
