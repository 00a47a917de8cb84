//! The values that a configuration holds.

use globset::GlobSet;

use super::error::Problem;
use crate::finding::Level;

/// How rewrites write what they add.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Emit {
    /// `berth-run` where the runner declares it, else local actions from the second container of a repository on, else
    /// shell.
    #[default]
    Auto,
    /// Calls of `berth-run`.
    Helper,
    /// POSIX shell.
    Shell,
    /// A local composite action.
    Action,
}

impl Emit {
    /// The names in the configuration.
    pub const NAMES: &[(&str, Self)] =
        &[("auto", Self::Auto), ("helper", Self::Helper), ("shell", Self::Shell), ("action", Self::Action)];
}

/// The level that a configuration gives a rule; `None` is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLevel {
    /// The rule's id or family, as written.
    pub rule: String,
    /// Its level.
    pub level: Option<Level>,
    /// Where it is written, for an id that is none.
    pub place: Problem,
}

/// A name that a configuration holds, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The name: a glob, a label.
    pub name: String,
    /// Its place.
    pub place: Problem,
}

/// Rules that are not told in some files.
#[derive(Clone, Debug)]
pub struct PathIgnore {
    /// The glob, and where it is written.
    pub glob: Written,
    /// What it fits: the files, and all below a folder.
    pub files: GlobSet,
    /// The rules and families.
    pub rules: Vec<Written>,
}

/// Something that programs make which no linter can read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// A regular expression for its name.
    pub name: Option<String>,
    /// A glob for its image.
    pub image: Option<String>,
    /// A label it carries, `key` or `key=value`.
    pub label: Option<String>,
    /// Who makes it: a workflow, script or program.
    pub made_by: Option<String>,
}
