//! A whole repository, from its files to its facts.

mod analyse;
mod callers;
mod common_fields;
mod concurrency_groups;
mod deploy;
mod input;
mod job_fact;
mod leftovers;
mod memory;
mod model;
mod reaching;
#[cfg(test)]
mod stack_tests;
mod tracing;
mod workflow_facts;

pub use analyse::analyse;
pub use deploy::says_deploy;
pub use input::AnalysisInput;
pub use leftovers::stays;
pub use memory::Memory;
pub use model::{Analysed, TracedJob};
