//! The words at a place of a finding.

use super::Template;

/// A span of the fact that a finding names as related.
#[derive(Clone, Debug)]
pub struct Show {
    /// The span.
    pub span: &'static str,
    /// What is said of each place in it.
    pub text: Template,
}
