//! What `docker start`, `docker compose stop` and their like do.

/// What is done to containers that stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `start`.
    Start,
    /// `restart`.
    Restart,
    /// `stop`: SIGTERM, then SIGKILL.
    Stop,
    /// `kill`.
    Kill,
    /// `wait`.
    Wait,
    /// `pause`.
    Pause,
    /// `unpause`.
    Unpause,
}
