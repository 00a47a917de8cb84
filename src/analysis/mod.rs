//! A whole repository, from its files to its facts.

mod callers;
pub mod deploy;
pub mod left;
mod memory;
mod queued;
mod repository;

pub use memory::Memory;
pub use repository::{Analysed, Analysis, AnalysisInput, TracedJob, analyse};

#[cfg(test)]
mod stack_tests;
