//! A repository, what a check has found out about it, and the fixes that this makes possible.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Options;
use super::repository::{Model, Settings};
use crate::discover::Repository;
use crate::finding::Finding;
use crate::rewrite::{self, Strangers};
use crate::rules;
use crate::yaml::Tree;

/// A repository, and what is known of it.
pub(super) struct Known {
    pub(super) repository: Repository,
    pub(super) settings: Settings,
    pub(super) model: Model,
    pub(super) trees: BTreeMap<Arc<str>, Tree>,
    pub(super) strangers: Strangers,
}

impl Known {
    /// Plans the fixes of its findings.
    pub(super) fn plan(&self, options: &Options, findings: &mut [Finding]) {
        let config = &self.settings.config;
        let (workflows, reading) = (rewrite::Workflows::new(&self.model.workflows), rewrite::Reading::default());
        let scene = rewrite::Scene {
            trees: &self.trees,
            files: self.model.files.as_deref(),
            workflows: &workflows,
            reading: &reading,
            emit: options.emit.unwrap_or(config.emit),
            sibling_network: config.sibling_network.as_deref(),
            helper_install: config.helper_install.as_deref(),
            prefix: &self.repository.prefix,
            runners: &config.runners,
            findings: &[],
            strangers: &self.strangers,
        };
        rewrite::plan(&scene, findings, |rule| self.rewrite_of(rule));
    }

    /// The rewrite that repairs what a rule finds.
    fn rewrite_of(&self, rule: &str) -> Option<&str> {
        let rule = rules::built_in().iter().chain(&self.settings.rules).find(|known| known.id == rule)?;
        rule.fix.as_deref()
    }
}
