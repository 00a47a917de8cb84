//! What the facts of a repository are derived from.

use super::memory::Memory;
use crate::follow::Files;
use crate::lifecycle::declared::Declaration;
use crate::runner::{Declared, Forge, Version};
use crate::yaml::Tree;

/// What a repository's facts are derived from.
#[derive(Debug)]
pub struct AnalysisInput<'a> {
    /// Its files.
    pub files: &'a Files,
    /// Its workflows.
    pub workflows: &'a [&'a Tree],
    /// Whether calls are followed into other files.
    pub follow: bool,
    /// Who reads the workflows, when told; else their folder says it.
    pub forge: Option<Forge>,
    /// The Gitea server's version.
    pub gitea: Option<Version>,
    /// Runners as declared.
    pub runners: &'a [Declared],
    /// Labels of the owner's machines, from `.github/actionlint.yaml`.
    pub self_hosted: &'a [String],
    /// Networks that are there for all.
    pub networks: &'a [String],
    /// Checks that a merge needs, when configured.
    pub required_checks: Option<&'a [String]>,
    /// What programs make, as declared.
    pub declared: &'a [Declaration],
    /// Variables that must not reach a container.
    pub forbidden_env: &'a [String],
    /// What is known from the last look at it.
    pub memory: Option<&'a Memory>,
}

#[cfg(test)]
impl<'a> AnalysisInput<'a> {
    /// One that nothing is configured for.
    pub(super) fn unconfigured(files: &'a Files, workflows: &'a [&'a Tree]) -> Self {
        Self {
            memory: None,
            files,
            workflows,
            follow: true,
            forge: None,
            gitea: None,
            runners: &[],
            self_hosted: &[],
            networks: &[],
            required_checks: None,
            declared: &[],
            forbidden_env: &[],
        }
    }
}
