//! What each job makes on the daemon, what removes it, and in which outcomes.
//!
//! `resources` reads what is made, `removals` what is taken away and `selector` by what; `coverage` puts the
//! two together for each outcome, and `facts` says so in the vocabulary. Nothing is judged here.

mod act;
pub mod coverage;
pub mod deploy;
mod facts;
mod images;
mod input;
mod listing;
pub mod removals;
pub mod resources;
pub mod selector;
mod selects;

pub use facts::docker_facts;
pub use input::{JobInput, OtherJob, Stack, StackService};
