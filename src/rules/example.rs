//! A rule's examples: documentation and tests at once.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Two workflows: one that the rule finds, one in which the trouble is gone.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The rule it belongs to.
    #[serde(skip)]
    pub rule: String,
    /// A workflow in which exactly this rule finds something.
    pub bad: String,
    /// A workflow in which nothing is found.
    pub good: String,
    /// What `--fix` makes of `bad`.
    #[serde(default)]
    pub fixed: Option<String>,
    /// Where the workflows stand; [`Example::WORKFLOW`] unless the forge matters.
    #[serde(default)]
    pub path: Option<String>,
    /// Where `good` stands, when it is the place that was wrong.
    #[serde(default, rename = "good-path")]
    pub good_path: Option<String>,
    /// Other files of the repository, by path: scripts, compose files.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// What else `good` has.
    #[serde(default, rename = "good-files")]
    pub good_files: BTreeMap<String, String>,
    /// The configuration it needs.
    #[serde(default)]
    pub config: Option<String>,
}

impl Example {
    /// Where an example's workflow stands: a folder whose jobs share a daemon.
    pub const WORKFLOW: &str = ".gitea/workflows/ci.yml";

    /// Where `bad` and `fixed` stand.
    pub fn path(&self) -> &str {
        self.path.as_deref().unwrap_or(Self::WORKFLOW)
    }

    /// Where `good` stands.
    pub fn good_path(&self) -> &str {
        self.good_path.as_deref().unwrap_or(self.path())
    }
}
