//! Where a job runs, and what that runner does: daemon shared or not, network, mode of the steps, what is ignored,
//! skipped, waited for.
//!
//! `candidates` folds `runs-on` into the labels it can be, `label` knows GitHub's names, `declared` what the
//! configuration says of a label, `elsewhere` finds a `DOCKER_HOST` of another machine; `substrate` puts it together,
//! in the words of `kind`. What each runner and version does stands in [`table`] alone, and is asked of it: by
//! `Substrate::does`, of keys that are ignored by `syntax`, of concurrency groups by `concurrency`.

mod candidates;
mod concurrency;
mod declared;
mod elsewhere;
mod kind;
mod label;
mod substrate;
mod syntax;
pub mod table;
#[cfg(test)]
mod tests;

pub use candidates::WorkflowCall;
pub use concurrency::{Queue, queues, serialises_twins};
pub use declared::{Declared, LabelPattern, Schema};
pub use kind::{Daemon, Forge, Mode, Network, Program, Version};
pub use label::HOSTED;
pub use substrate::{Setting, Substrate, substrate};
pub use syntax::{ignored, ignored_by};
