//! `berthlint rehearse`: jobs as they were played, as stories.

mod json;
mod rows;
mod text;

use crate::check::JobName;
use crate::rehearsal::Rehearsal;

/// The plays of one job.
#[derive(Clone, Debug)]
pub struct Rehearsed {
    /// The workflow and the job.
    pub job: JobName,
    /// What was played, and what was taken for granted.
    pub told: Rehearsal,
}

/// Jobs that were played.
#[derive(Clone, Debug, Default)]
pub struct Rehearsals(pub Vec<Rehearsed>);

impl Rehearsals {
    /// Whether something collides, is hit or is left.
    pub fn is_bad(&self) -> bool {
        self.0.iter().flat_map(|job| &job.told.scenes).any(|scene| scene.is_bad)
    }
}
