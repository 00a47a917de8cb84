//! A lock that every job of one daemon sees, also from inside containers: a container name.
//!
//! Creating a container of a name is atomic in the daemon, and removing one by its id cannot hit
//! its successor. The lock container is made from an image that is there anyway and is never started.
//! If its holder dies, the guard removes it with the token; where there is no guard, the next one
//! waiting does.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::ContainerCreateBody;
use bollard::query_parameters::CreateContainerOptionsBuilder;
use tokio::time::{Instant, sleep};

use super::engine::{Engine, refused, status};
use super::{Error, Result};
use crate::identity::{self, SELF};

/// A holder needs the lock for well under a second; one that has kept it this long is dead.
const DEAD_AFTER: Duration = Duration::from_secs(15);

/// After this long, waiting is an error.
const GIVE_UP_AFTER: Duration = Duration::from_secs(90);

/// A held lock.
#[derive(Debug)]
pub struct Lock<'a> {
    engine: &'a Engine,
    id: String,
}

impl<'a> Lock<'a> {
    /// Waits for the lock on `subject`. `image` must be present; `labels` are the holder's.
    ///
    /// # Errors
    /// The daemon refuses, or the lock cannot be had in 90 seconds.
    pub async fn acquire(
        engine: &'a Engine,
        subject: &str,
        image: &str,
        labels: &HashMap<String, String>,
    ) -> Result<Self> {
        let name = format!("berth-lock-{}", identity::short_hash(subject, 16));
        let mut labels = labels.clone();
        labels.insert(SELF.to_owned(), name.clone());
        let body = ContainerCreateBody {
            image: Some(image.to_owned()),
            // Never started; but Docker wants a command, which an image may lack.
            cmd: Some(vec!["berth-lock".to_owned()]),
            labels: Some(labels),
            ..Default::default()
        };
        let options = CreateContainerOptionsBuilder::default().name(&name).build();
        let started = Instant::now();
        let mut holder: Option<(String, Instant)> = None;
        loop {
            match engine.docker.create_container(Some(options.clone()), body.clone()).await {
                Ok(created) => {
                    return Ok(Self { engine, id: created.id });
                }
                Err(error) if status(&error) == Some(409) => {}
                Err(error) => return Err(refused(&format!("take the lock {name}"), &error)),
            }
            if started.elapsed() > GIVE_UP_AFTER {
                return Err(Error::failed(
                    format!("cannot take the lock {name} (on {subject})"),
                    format!("see who holds it: docker inspect {name}"),
                ));
            }
            evict(engine, &name, &mut holder).await?;
            sleep(Duration::from_millis(40)).await;
        }
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// The daemon refuses.
    pub async fn release(self) -> Result<()> {
        self.engine.remove(&self.id).await
    }
}

/// Removes a holder that this process has watched for longer than any live one takes. Only our own
/// watch counts: two machines' clocks need not agree.
async fn evict(engine: &Engine, name: &str, watched: &mut Option<(String, Instant)>) -> Result<()> {
    let Some(found) = engine.inspect(name).await? else {
        return Ok(());
    };
    let id = found.id.unwrap_or_default();
    let ours =
        found.config.and_then(|c| c.labels).is_some_and(|labels| labels.get(SELF).is_some_and(|own| own == name));
    if !ours {
        return Err(Error::failed(
            format!("the container {name} is no lock of berth-run"),
            format!("rename it: docker rename {name} another-name"),
        ));
    }
    match watched {
        Some((known, since)) if *known == id => {
            if since.elapsed() > DEAD_AFTER {
                engine.remove(&id).await?;
            }
        }
        _ => *watched = Some((id, Instant::now())),
    }
    Ok(())
}
