//! What each job makes on the daemon, what removes it, and in which outcomes.
//!
//! `resources` reads what is made, `removals` what is taken away and `selector` by what; `coverage` puts the
//! two together for each outcome, and `facts` says so in the vocabulary. Nothing is judged here.

mod act;
pub mod condition;
pub mod coverage;
pub mod deploy;
mod facts;
pub mod idiom;
mod images;
mod input;
pub mod job;
pub mod kill;
mod listing;
pub mod mount;
pub mod port_probe;
pub mod process;
pub mod removals;
pub mod resources;
pub mod selector;
mod selects;
pub mod server;
pub mod service_use;
pub mod sweep;

pub use facts::docker_facts;
pub use input::{JobInput, OtherJob, Stack, StackService};

#[cfg(test)]
mod proc_testing;
