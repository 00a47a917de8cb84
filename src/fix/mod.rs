//! Fixes, proven and written: edits are applied to copies in memory, judged again, and only then reach the disk.
//!
//! `apply` makes the new texts, `prove` holds them against what the fixes mean (`second_parser` reads YAML with a
//! parser of another family), first for each by its text alone (`planned`), `judge` looks at what is found in them,
//! `rounds` goes on with what is being mended (`mending`) until nothing is left, `rehearse` leaves out what makes a job
//! behave worse (`behaviour` plays jobs as they were and as changed files have them), `write` puts all files of a
//! repository in place or none, `patch` prints what would be written.

mod apply;
mod behaviour;
mod candidate;
mod code;
mod commands;
mod comments;
mod expressions;
mod join;
mod judge;
mod lines;
mod mending;
mod missing;
mod outcome;
pub mod patch;
pub mod patch_names;
mod planned;
mod prove;
mod rehearse;
mod rounds;
mod second_parser;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod write;

pub use behaviour::Played;
pub use outcome::{Changed, Outcome};
pub use planned::prove_planned;
pub use prove::Unproven;
pub use rounds::{fix, fix_as_text};
pub use write::write;

use planned::withhold;
