//! Who claims.

use crate::source::Location;

/// A job that makes a claim.
#[derive(Clone, Debug)]
pub struct Claimant {
    /// The repository's root; empty for the working directory.
    pub repository: String,
    /// The workflow's file.
    pub workflow: String,
    /// The job's id.
    pub job: String,
    /// Its runner label, when known.
    pub runs_on: Option<String>,
    /// Where it claims; the first place is told of.
    pub places: Vec<Location>,
    /// The command, mapping or service.
    pub what: String,
    /// In what the value is unique; nothing when that is not known.
    pub unique: Option<Vec<String>>,
    /// It has a matrix.
    pub in_matrix: bool,
    /// Whether a concurrency group keeps its runs apart, where known.
    pub serialised: Option<bool>,
    /// Other jobs of its run claim it at the same time.
    pub shared_in_run: bool,
    /// It is meant to stay.
    pub deploy: bool,
    /// It only pulls the image.
    pub pulls: bool,
}
