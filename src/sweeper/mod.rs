//! The workflow that `berthlint sweeper` writes: a schedule that removes what killed runners have left.
//!
//! `select` says by which name or label a resource is found, `plan` what one folder's workflow sweeps and where, `text`
//! writes it.

mod plan;
mod select;
mod text;

pub use plan::{Input, Plan, plans};

/// The file's name.
pub const FILE: &str = "berthlint-sweep.yml";
/// What its first line begins with: a file without it is somebody's own.
pub const MARK: &str = "# Written by `berthlint sweeper`";
