//! What a name is made unique with, and where.

use super::super::Place;
use super::super::shell_text::ShellText;
use super::preclean::Gone;
use super::uses::Use;
use super::{Name, Suffix};

/// A name that gets the run, in one job.
pub struct Renaming<'r, 'p> {
    /// The job.
    pub place: &'r Place<'p>,
    /// Its scripts.
    pub texts: &'r [ShellText],
    /// The name.
    pub name: &'r Name,
    /// The words that hold it, and stay.
    pub uses: &'r [Use],
    /// Those in commands that go, as well.
    pub all: &'r [Use],
    /// The commands that go.
    pub dropped: &'r [Gone],
    /// What is put behind it.
    pub suffix: &'r Suffix,
}
