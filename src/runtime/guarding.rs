//! Who guards a job: a container where the job has one, else a process.

use std::time::Duration;

use super::engine::Engine;
use super::job::Job;
use super::place::JobPlace;
use super::token::Token;
use super::{Result, guard, vigil};

/// Makes sure that this job's guard runs.
///
/// # Errors
/// It cannot be made or started.
pub async fn ensure(engine: &Engine, job: &Job, place: &JobPlace, ttl: Duration) -> Result<()> {
    match place {
        JobPlace::Container(container) => guard::ensure(engine, job, container, ttl).await,
        JobPlace::Host { .. } => vigil::ensure(engine, job, ttl).await,
    }
}

/// Makes sure that it has stayed.
///
/// # Errors
/// It does not stay.
pub async fn confirm(engine: &Engine, job: &Job, place: &JobPlace, ttl: Duration) -> Result<()> {
    match place {
        JobPlace::Container(container) => guard::confirm(engine, job, container, ttl).await,
        JobPlace::Host { .. } => vigil::ensure(engine, job, ttl).await,
    }
}

/// Ends it, whichever it is: its work is done, or done by somebody else.
///
/// # Errors
/// The daemon refuses.
pub async fn dismiss(engine: &Engine, token: &Token) -> Result<()> {
    vigil::dismiss(token);
    guard::retire(engine, token).await
}
