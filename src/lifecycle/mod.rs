//! What each job makes on the daemon, what removes it, and in which outcomes.
//!
//! `resources` reads what is made, `removals` what is taken away and `selector` by what; `coverage` puts the
//! two together for each outcome, and `facts` says so in the vocabulary. Beside them stand the facts that are
//! no matter of life: processes, kills, servers, conditions. `repository` does it for every job. Nothing is
//! judged here.

pub mod act;
mod builder;
mod callers;
mod cluster_config;
pub mod condition;
pub mod counts;
pub mod coverage;
pub mod declared;
pub mod deploy;
mod facts;
pub mod gate;
mod helper;
pub mod idiom;
mod images;
mod input;
pub mod job;
pub mod key;
pub mod kill;
pub mod left;
mod listing;
mod meets;
mod memory;
pub mod mount;
pub mod own_name;
pub mod peers;
pub mod port_probe;
#[cfg(test)]
pub(crate) mod proc_testing;
pub mod process;
mod queued;
pub mod removals;
pub mod repository;
pub mod resources;
pub mod selector;
pub mod selects;
pub mod server;
pub mod service_use;
pub mod stack;
mod stack_env;
#[cfg(test)]
mod stack_tests;
pub mod sweep;
#[cfg(test)]
mod tests;
pub mod twin;
pub mod unreachable;

pub use facts::{docker_facts, option, option_words};
pub use input::{JobInput, Stack, StackService};
pub use meets::Meets;
pub use memory::Memory;
pub use peers::{Peer, Peers};
pub use repository::{Analysed, Analysis, Repository, TracedJob, analyse};
