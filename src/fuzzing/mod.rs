//! What must hold for any bytes, as functions: fuzzers call them (`fuzz/`), and `cargo test` does so over
//! `fuzz/corpus`. They are in no program.
//!
//! Each reads its bytes as one kind of input and asserts what holds of the result. Several files are one text, in which
//! a line `%% path` begins each (`files`).
#![allow(missing_docs)]

mod compose;
mod configuration;
mod daemon;
mod docker;
mod edits;
mod expressions;
mod files;
mod make;
mod place;
mod rules;
pub(crate) mod shell;
mod surroundings;
#[cfg(test)]
mod tests;
pub(crate) mod yaml;

pub use compose::compose;
pub use configuration::configuration;
pub use daemon::daemon;
pub use docker::docker;
pub use edits::edits;
pub use expressions::expressions;
pub use make::make;
pub use rules::rules;
pub use shell::shell;
pub use yaml::yaml;
