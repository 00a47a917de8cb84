//! One Docker daemon and its host, on paper.
//!
//! [`Machine::docker`] does what the daemon and its client would do with a call, and answers as they do: the exit
//! status, what is printed, and which objects it made, started, stopped or removed. Nothing here knows of jobs: who
//! calls is told by the [`Maker`] of a [`Caller`]. All texts are known: the world that plays a job has given each
//! unknown one, and what is left unknown stands as it is written.
//!
//! There is no clock. A program that lasts runs until it is stopped, one that ends has ended at once, and a container
//! with a health check is healthy as soon as it runs. `tests/paper` holds all this against real daemons.
//!
//! - `daemon` is the machine, `state` what the daemon keeps, `lookup` finds it by names and ids (with `kept`),
//!   `addresses` are those of a network, `spec` is what a container is to be;
//! - `ports`, `programs`, `endpoints`, `mounts` say what a container takes and does, `containers` plays their verbs;
//! - `networks`, `volumes`, `images` and `prune` play the others;
//! - `filter` (with `patterns`), `listing`, `inspect` and `template` print; `compose` plays compose's verbs on a
//!   `declared` project;
//! - `reach` says where an address leads.

mod addresses;
mod answer;
mod caller;
mod compose;
mod containers;
mod daemon;
mod declared;
mod dialect;
mod dispatch;
mod endpoints;
mod filter;
mod images;
mod inspect;
mod kept;
mod listing;
mod lookup;
mod maker;
mod mounts;
mod networks;
pub(super) mod patterns;
mod ports;
mod programs;
mod prune;
mod reach;
mod spec;
mod state;
mod template;
#[cfg(test)]
mod tests;
mod view;
mod volumes;

pub use answer::{Claim, Effect, Object, Refusal, Reply, What};
pub use caller::Caller;
pub use daemon::Machine;
pub use declared::{Condition, Declared, DeclaredResource, DeclaredService};
pub use dialect::Dialect;
pub use maker::Maker;
pub use reach::{Place, Reached};
pub use spec::{Attachment, LABEL_FILE, Mode, MountWish, PortWish, Protocol, Spec};
pub use state::State;
