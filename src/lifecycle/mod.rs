//! What each job makes on the daemon, what removes it, and in which outcomes.
//!
//! `resources` reads what is made, `removals` what is taken away and `selector` by what; `coverage` puts the
//! two together for each outcome, and `facts` says so in the vocabulary. Nothing is judged here.
//!
//! Beside these: `selects`, `name_index`, `kinds` and `near` (which removal means which resource), `step_runs`,
//! `outcomes` and `branch_coverage` (when a step or a branch of a script runs), `by_event` (after which events),
//! `peers` (other jobs of the repository), `sweep` and `helper_sweeps` (scheduled removals), `helper_labels`
//! (containers that berth-run knows for the job's own), `declared` (what the configuration says is made), `images`,
//! `builder`, `cluster_config` (things with rules of their own), `needs_container` (commands that fail without one),
//! `run_suffix` (names of a run's own), `purpose` (what a removal is for).

mod branch_coverage;
mod builder;
mod by_event;
mod cluster_config;
pub mod coverage;
pub mod declared;
mod facts;
pub mod helper_labels;
pub mod helper_sweeps;
pub mod images;
mod input;
mod kinds;
mod listing;
mod name_index;
mod near;
pub mod needs_container;
pub mod outcomes;
pub mod peers;
pub mod purpose;
pub mod removal;
pub mod removals;
pub mod resource;
pub mod resources;
pub mod run_suffix;
pub mod selector;
pub mod selects;
mod step_runs;
pub mod sweep;
#[cfg(test)]
mod tests;

pub use cluster_config::name_clusters;
pub use facts::{docker_facts, option, option_words};
pub use input::{Endings, JobInput};
pub use name_index::NameIndex;
pub use peers::Peers;
