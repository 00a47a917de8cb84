//! One repository's check, and which of its findings are wanted: by the command line, then by the configuration.

use super::Options;
use super::engine::Engine;
use super::repository::Settings;
use crate::analysis::Memory;
use crate::config::{PathIgnore, Written};
use crate::discover::Repository;
use crate::facts::{Datum, Fact, Field};
use crate::finding::{Finding, Level};
use crate::names::{NO_SWEEPER, Names, YAML_ERROR};

/// One repository's check.
pub(super) struct CheckOfOne<'a> {
    pub(super) engine: &'a Engine,
    pub(super) names: &'a Names,
    pub(super) options: &'a Options,
    pub(super) repository: &'a Repository,
    pub(super) settings: &'a Settings,
    pub(super) memory: Option<&'a Memory>,
}

impl CheckOfOne<'_> {
    /// Whether a rule is looked for. A file that does not parse is told, unless switched off by name.
    pub(super) fn is_enabled(&self, rule: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|name| self.names.covers(name, rule));
        if named(&self.options.ignore) {
            return false;
        }
        if !self.options.select.is_empty() {
            return named(&self.options.select) || rule == YAML_ERROR;
        }
        self.is_on(rule)
    }

    /// Whether a rule is looked for unless the command line says otherwise.
    pub(super) fn is_on(&self, rule: &str) -> bool {
        let config = &self.settings.config;
        let named = |list: &[Written]| list.iter().any(|written| self.names.covers(&written.name, rule));
        let setting = self.level_setting(rule);
        if setting == Some(None) || named(&config.ignore) {
            return false;
        }
        if !config.select.is_empty() {
            return named(&config.select) || rule == YAML_ERROR;
        }
        match setting {
            Some(level) => level.is_some(),
            None => {
                let built_in = self.engine.rules.iter().all(|info| info.id != rule || info.enabled);
                built_in && self.settings.rules.iter().all(|own| own.id != rule || own.enabled)
            }
        }
    }

    /// What says that a finding is not told in its file.
    pub(super) fn ignored_by(&self, finding: &Finding) -> Option<&PathIgnore> {
        let path = self.repository.relative(&finding.location.path);
        let covers = |rules: &[Written]| rules.iter().any(|rule| self.names.covers(&rule.name, &finding.rule));
        let mut all = self.settings.config.per_path_ignores.iter();
        all.find(|ignore| ignore.files.is_match(path) && covers(&ignore.rules))
    }

    /// Whether a finding belongs to what was asked for by name.
    pub(super) fn asked_for(&self, finding: &Finding) -> bool {
        let Some(only) = &self.repository.only else { return true };
        let workflow = |caller: &String| caller.rsplit_once('#').is_some_and(|(path, _)| only.callers.contains(path));
        only.has(&finding.location.path)
            || finding.chain.iter().any(|link| only.callers.contains(link.location.path.as_ref()))
            || finding.callers.iter().any(workflow)
    }

    /// Whether a finding stands in a file that the configuration leaves out: a script that a workflow calls.
    pub(super) fn is_excluded(&self, finding: &Finding) -> bool {
        self.settings.exclude.is_match(self.repository.relative(&finding.location.path))
    }

    /// How many resources a killed runner would leave and nothing sweeps: told in short where nobody asked for
    /// the rule that tells which, nor switched it off.
    pub(super) fn unswept(&self, facts: &[Fact]) -> usize {
        let options = self.options;
        let is_asked = self.is_enabled(NO_SWEEPER) || self.level_setting(NO_SWEEPER).is_some();
        let is_narrowed = !options.select.is_empty() || self.repository.only.is_some();
        if is_asked || is_narrowed || options.ignore.iter().any(|name| self.names.covers(name, NO_SWEEPER)) {
            return 0;
        }
        let left = facts.iter().filter_map(|fact| match fact.fields.get("unswept") {
            Some(Field::Known(Datum::List(names))) => Some(names.len()),
            _ => None,
        });
        left.sum()
    }

    /// What the configuration says of a rule, its own entry first, else its family's.
    fn level_setting(&self, rule: &str) -> Option<Option<Level>> {
        let levels = &self.settings.levels;
        let by_family = || levels.iter().find(|(name, _)| self.names.covers(name, rule)).map(|(_, level)| *level);
        levels.get(rule).copied().or_else(by_family)
    }

    pub(super) fn set_level(&self, finding: &mut Finding) {
        if let Some(Some(level)) = self.level_setting(&finding.rule) {
            finding.level = level;
        }
    }
}
