//! `berth-run record`: what happens on this daemon, as it happens, for the question who removed what.

use std::collections::HashMap;
use std::path::Path;

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::StreamExt;

use super::engine::{Engine, refused};
use super::{Error, Result, console, units};
use crate::door::{helper, print};
use crate::identity::{JOB, REPO, RUN};

/// Follows the daemon's events until `stop`, a line each, to a file or to the standard output.
///
/// # Errors
/// The daemon does not answer or goes away, or the file cannot be written.
pub async fn record(out: Option<&Path>, stop: impl Future<Output = &'static str>) -> Result<()> {
    let engine = Engine::connect().await?;
    let kinds = ["container", "network", "volume", "image"].map(str::to_owned).to_vec();
    let filters = HashMap::from([("type".to_owned(), kinds)]);
    let now = units::now().to_string();
    let options = EventsOptionsBuilder::default().since(&now).filters(&filters).build();
    let mut events = engine.docker.events(Some(options));
    let mut stop = std::pin::pin!(stop);
    console::note("recording: end it with SIGTERM");
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            _ = &mut stop => return Ok(()),
        };
        match event {
            Some(Ok(event)) => match shown(&event) {
                Some(line) => write(out, &line)?,
                None => continue,
            },
            Some(Err(error)) => return Err(refused("follow the daemon's events", &error)),
            None => {
                return Err(Error::no_daemon(
                    "the daemon has closed the stream of its events",
                    "look at the daemon's own log on its host",
                ));
            }
        }
    }
}

fn write(out: Option<&Path>, line: &str) -> Result<()> {
    let Some(path) = out else {
        console::result(line);
        return Ok(());
    };
    helper::append(path, &format!("{}\n", print::exact(line))).map_err(|error| {
        Error::failed(format!("cannot write {}: {error}", path.display()), "--out names a file this step may append to")
    })
}

/// One event: when, what, on what, whose. Health checks and other commands inside are left out.
fn shown(event: &EventMessage) -> Option<String> {
    let action = event.action.as_deref()?;
    if action.starts_with("exec_") || action == "top" {
        return None;
    }
    let kind = event.typ.as_ref().map(ToString::to_string).unwrap_or_default();
    let none = HashMap::new();
    let actor = event.actor.as_ref();
    let attributes = actor.and_then(|actor| actor.attributes.as_ref()).unwrap_or(&none);
    let id = actor.and_then(|actor| actor.id.as_deref()).unwrap_or_default();
    let short = id.strip_prefix("sha256:").unwrap_or(id).get(..12).unwrap_or(id);
    let name = attributes.get("name").map_or(short, String::as_str);
    let mut line = format!("{} {kind} {action} {name}", event.time.unwrap_or_default());
    if name != short {
        line.push_str(&format!(" ({short})"));
    }
    for key in ["image", "container", "signal", "exitCode"] {
        if let Some(value) = attributes.get(key) {
            line.push_str(&format!(" {key}={value}"));
        }
    }
    if let (Some(repo), Some(run)) = (attributes.get(REPO), attributes.get(RUN)) {
        let job = attributes.get(JOB).map_or("?", String::as_str);
        line.push_str(&format!(" of {repo} run {run} job {job}"));
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::{EventActor, EventMessageTypeEnum};

    #[test]
    fn an_event_says_when_what_and_whose() {
        let attributes = [("name", "pg"), ("image", "postgres:15"), ("signal", "9"), (REPO, "team/app"), (RUN, "41")];
        let event = |action: &str| EventMessage {
            typ: Some(EventMessageTypeEnum::CONTAINER),
            action: Some(action.to_owned()),
            time: Some(7),
            actor: Some(EventActor {
                id: Some("0123456789abcdef".to_owned()),
                attributes: Some(attributes.map(|(key, value)| (key.to_owned(), value.to_owned())).into()),
            }),
            ..Default::default()
        };
        assert_eq!(
            shown(&event("kill")).as_deref(),
            Some("7 container kill pg (0123456789ab) image=postgres:15 signal=9 of team/app run 41 job ?")
        );
        assert_eq!(shown(&event("exec_start: /bin/sh -c true")), None);
    }
}
