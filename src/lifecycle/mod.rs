//! What each job makes on the daemon, what removes it, and in which outcomes.
//!
//! `resources` reads what is made, `removals` what is taken away and `selector` by what; `coverage` puts the
//! two together for each outcome, and `facts` says so in the vocabulary. Nothing is judged here.

mod builder;
mod cluster_config;
mod counts;
pub mod coverage;
pub mod declared;
mod facts;
pub mod helper;
mod images;
mod input;
mod listing;
mod meets;
pub mod outcomes;
pub mod own_name;
pub mod peers;
pub mod removal;
pub mod removals;
pub mod resource;
pub mod resources;
pub mod selector;
pub mod selects;
mod step_runs;
pub mod sweep;
#[cfg(test)]
mod tests;

pub use cluster_config::name_clusters;
pub use facts::{docker_facts, option, option_words};
pub use input::{Endings, JobInput};
pub use meets::Meets;
pub use peers::Peers;
