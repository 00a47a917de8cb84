//! The compose files of a job's compose calls, as they are when it calls: what they start, take and mount.

pub mod environment;
mod model;
mod project;
mod read;
mod sed;
mod used;
mod written;

pub use model::{Claim, Claimed, ComposeBind, ProjectVolume, Stack, StackService, is_of_the_host};
pub use project::project_name;
pub use read::stacks;
