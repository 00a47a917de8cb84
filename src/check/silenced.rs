//! What the configuration keeps from being reported. A change that somebody proposes may bring its own, so this is
//! said.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use super::{RuleInfo, Settings};
use crate::config::{PathIgnore, Problem, Written};
use crate::discover::{Repository, display_named};
use crate::names::YAML_ERROR;

/// How a configuration keeps findings back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Means {
    /// `exclude`: the names are files.
    Excluded,
    /// `per-path-ignores` where it keeps a finding back: the names are files.
    Ignored,
    /// `rules: {…: off}`, `ignore`, or `select` without them: the names are rules that would be on.
    Off,
    /// `rules:` with a level below the rule's own: the names are rules.
    Lowered,
    /// `runners:` with `daemon: ephemeral`: the names are labels.
    Ephemeral,
}

/// One line of a configuration, and what it keeps back.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Silence<'s> {
    /// How.
    pub means: Means,
    /// The configuration, as it is shown.
    pub path: &'s str,
    /// The line, 1-based.
    pub line: usize,
    /// What: files as they are shown, rules, or labels.
    pub names: &'s BTreeSet<String>,
}

/// What configurations keep back, by means and place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Silenced(BTreeMap<(Means, String, usize), BTreeSet<String>>);

impl Silenced {
    /// Every line that keeps something back, ordered by means and place.
    pub fn lines(&self) -> impl Iterator<Item = Silence<'_>> {
        self.0.iter().map(|((means, path, line), names)| Silence { means: *means, path, line: *line, names })
    }

    /// Whether nothing is kept back.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes in a file, if it is left out.
    pub(super) fn exclude(&mut self, settings: &Settings, relative: &Path, shown: &str, here: &Path) {
        if let Some(glob) = settings.config.excluded_by(relative) {
            self.add(Means::Excluded, &glob.place, shown, here);
        }
    }

    /// Takes in the files of a repository that are left out: of those that were named, where some were.
    pub(super) fn files(&mut self, settings: &Settings, repository: &Repository, here: &Path) {
        for path in repository.workflows.iter().chain(&repository.actions) {
            let shown = repository.display(path);
            if repository.only.as_ref().is_none_or(|only| only.has(&shown)) {
                self.exclude(settings, path, &shown, here);
            }
        }
        let named = repository.only.iter().flat_map(|only| &only.files);
        for shown in named {
            self.exclude(settings, Path::new(repository.relative(shown)), shown, here);
        }
    }

    /// Takes in a file with a finding that is not told there.
    pub(super) fn ignore(&mut self, ignore: &PathIgnore, shown: &str, here: &Path) {
        self.add(Means::Ignored, &ignore.glob.place, shown, here);
    }

    /// Takes in the labels of runners on which nearly nothing is reported.
    pub(super) fn runners(&mut self, settings: &Settings, here: &Path) {
        for label in &settings.config.ephemeral {
            self.add(Means::Ephemeral, &label.place, &label.name, here);
        }
    }

    /// Takes in rules that would be on, and are off or lower than they are by themselves.
    pub(super) fn rules(&mut self, settings: &Settings, rules: &[RuleInfo], here: &Path) {
        for rule in rules.iter().filter(|rule| rule.enabled) {
            let config = &settings.config;
            let names = |written: &&Written| written.name == rule.id || written.name == rule.family;
            let left_out = config.select.first().filter(|_| !config.select.iter().any(|written| names(&written)));
            let is_tool = rule.id == YAML_ERROR;
            if let Some(written) = config.ignore.iter().find(names).or(left_out.filter(|_| !is_tool)) {
                self.add(Means::Off, &written.place, &rule.id, here);
                continue;
            }
            let Some(entry) = config.level(&rule.id, &rule.family) else { continue };
            let means = match entry.level {
                None => Means::Off,
                Some(level) if level < rule.level => Means::Lowered,
                Some(_) => continue,
            };
            self.add(means, &entry.place, &rule.id, here);
        }
    }

    /// Takes in what another configuration keeps back.
    pub(super) fn take_in(&mut self, other: Self) {
        for (line, names) in other.0 {
            self.0.entry(line).or_default().extend(names);
        }
    }

    fn add(&mut self, means: Means, place: &Problem, name: &str, here: &Path) {
        let shown = display_named(&place.path, here);
        let line = place.line.unwrap_or(1);
        self.0.entry((means, shown, line)).or_default().insert(name.to_owned());
    }
}
