//! A whole repository, from its files to its facts.

mod analyse;
mod callers;
mod deploy;
mod input;
mod job_fact;
mod left;
mod memory;
mod model;
mod queued;
#[cfg(test)]
mod stack_tests;
mod stand;
mod tracing;
mod workflow_facts;

pub use analyse::analyse;
pub use input::AnalysisInput;
pub use memory::Memory;
pub use model::{Analysed, TracedJob};
