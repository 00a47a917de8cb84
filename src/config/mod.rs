//! `.berthlint.yaml`: what the repository's owner knows and no workflow says.
//!
//! `find` looks where it may stand, `file` reads one, `runners` its `runners:`, `runner_file` a runner's own
//! `config.yaml`, `runner_configs` those that a repository holds; `reader` checks shapes and says file, line and what
//! is allowed; `schema` says it to editors.

mod bounded_path;
mod error;
mod file;
mod find;
mod reader;
mod runner_configs;
mod runner_file;
mod runners;
mod schema;
mod setting;
mod suggest;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use globset::GlobSet;

pub use bounded_path::BoundedPath;
pub use error::{ConfigError, Problem};
pub use runner_configs::{RunnerConfig, runner_configs};
pub use runners::OUTSIDE;
pub use schema::schema;
pub use setting::{Emit, PathIgnore, Resource, RuleLevel, Written};

use crate::door::read::{Bounds, Reader};
use crate::facts::Confidence;
use crate::finding::Level;
use crate::runner::{Declared, Forge, Version};
use file::Draft;

/// Which configuration to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The one at the repository's root or in a forge folder, if there is one.
    #[default]
    Find,
    /// This one.
    File(PathBuf),
    /// None.
    Nothing,
}

/// What is configured, bases included.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The files it came from, the nearest first.
    pub files: Vec<PathBuf>,
    /// Who runs `.github/workflows`.
    pub forge: Option<Forge>,
    /// The Gitea server's version.
    pub gitea: Option<Version>,
    /// Runners by label, the first that fits wins.
    pub runners: Vec<Declared>,
    /// Networks that exist already and are shared.
    pub networks: Vec<String>,
    /// Where siblings go.
    pub sibling_network: Option<String>,
    /// How rewrites write.
    pub emit: Emit,
    /// A step that makes `berth-run` available.
    pub helper_install: Option<String>,
    /// Resources made by programs.
    pub resources: Vec<Resource>,
    /// Checks that a merge needs; `None` is not configured.
    pub required_checks: Option<Vec<String>>,
    /// Variables that must not reach siblings.
    pub forbidden_env: Vec<String>,
    /// Levels of rules, bases first: the last one for an id counts.
    pub rules: Vec<RuleLevel>,
    /// Folders with rules of the user's own.
    pub rules_dirs: Vec<BoundedPath>,
    /// Globs of what is not looked at, relative to the root.
    pub exclude: Vec<Written>,
    /// Only these rules and families; empty means all that are on.
    pub select: Vec<Written>,
    /// Not these rules and families.
    pub ignore: Vec<Written>,
    /// What is not told in some files.
    pub per_path_ignores: Vec<PathIgnore>,
    /// From which level on the exit code is 1.
    pub fail_on: Option<Level>,
    /// What is less sure is hidden.
    pub min_confidence: Option<Confidence>,
    /// The address of a rule's page, `{rule}` in place of its id.
    pub rule_url: Option<String>,
    /// Labels of runners whose daemon is declared to die with the job: nearly nothing is reported there.
    pub ephemeral: Vec<Written>,
    /// The labels that its own `runners:` name, without those of what it extends.
    pub labels: Vec<Written>,
    /// A file that is called almost as a configuration is, where there is no configuration: it is not read.
    pub stray: Option<PathBuf>,
    /// Labels of the owner's machines, from `.github/actionlint.yaml`.
    pub self_hosted: Vec<String>,
    excluded: GlobSet,
}

impl Config {
    /// Reads the configuration of the repository at `root`; nothing above it is looked at. Without one,
    /// everything is as by default.
    ///
    /// # Errors
    /// [`ConfigError`] with every place that is wrong.
    pub fn load(root: &Path, choice: &Choice, door: &Reader) -> Result<Self, ConfigError> {
        let file = match choice {
            Choice::Find => find::config(root)?,
            Choice::File(file) => Some(BoundedPath { path: file.clone(), bounds: Bounds::Named }),
            Choice::Nothing => None,
        };
        let stray = (file.is_none() && *choice == Choice::Find).then(|| find::stray(root)).flatten();
        let mut config = match file {
            Some(file) => Self::from(Draft::load(&file, door)?),
            None => Self::default(),
        };
        config.stray = stray;
        config.self_hosted = find::actionlint_labels(root, door);
        Ok(config)
    }

    /// Adds a runner's own `config.yaml`, before what else is declared.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be read.
    pub fn add_runner_file(&mut self, file: &Path, door: &Reader) -> Result<(), ConfigError> {
        let file = BoundedPath { path: file.to_owned(), bounds: Bounds::Named };
        let declared = runner_file::read(&file, door)?;
        self.runners.insert(0, declared);
        Ok(())
    }

    /// The globs of what is not looked at, relative to the root.
    pub fn excluded(&self) -> &GlobSet {
        &self.excluded
    }

    /// The first glob that leaves out a path, relative to the root.
    pub fn excluded_by(&self, path: &Path) -> Option<&Written> {
        // Each is there twice: for the path itself, and for what lies below it.
        self.excluded.matches(path).first().and_then(|at| self.exclude.get(at / 2))
    }

    /// What is configured for a rule of that id and family; an entry for the id counts before one for the family.
    pub fn level(&self, id: &str, family: &str) -> Option<&RuleLevel> {
        let of = |name: &str| self.rules.iter().rev().find(|rule| rule.rule == name);
        of(id).or_else(|| of(family))
    }

    /// Refuses rules and families that do not exist.
    ///
    /// # Errors
    /// [`ConfigError`] with every id that is none of `known`.
    pub fn check_rules(&self, known: &[&str]) -> Result<(), ConfigError> {
        let levels = self.rules.iter().map(|rule| (&rule.rule, &rule.place));
        let here = self.per_path_ignores.iter().flat_map(|ignore| &ignore.rules);
        let lists = self.select.iter().chain(&self.ignore).chain(here).map(|written| (&written.name, &written.place));
        let unknown = levels.chain(lists).filter(|(name, _)| !known.contains(&name.as_str()));
        ConfigError::check(
            unknown
                .map(|(name, place)| {
                    let none = suggest::no_such("rule or family", name, known);
                    let sign = if none.ends_with('?') { "" } else { ";" };
                    place.saying(format!("{none}{sign} `berthlint rules` lists them"))
                })
                .collect(),
        )
    }
}

impl From<Draft> for Config {
    fn from(draft: Draft) -> Self {
        let globs =
            draft.exclude.iter().map(|written| &written.name).flat_map(|glob| [glob.clone(), format!("{glob}/**")]);
        let mut set = GlobSet::builder();
        // What is no glob has been refused.
        globs.filter_map(|glob| globset::Glob::new(&glob).ok()).for_each(|glob| {
            set.add(glob);
        });
        Self {
            files: draft.files,
            forge: draft.forge,
            gitea: draft.gitea,
            runners: draft.runners,
            networks: draft.networks,
            sibling_network: draft.sibling_network,
            emit: draft.emit.unwrap_or_default(),
            helper_install: draft.helper_install,
            resources: draft.resources,
            required_checks: draft.required_checks,
            forbidden_env: draft.forbidden_env,
            rules: draft.rules,
            rules_dirs: draft.rules_dirs,
            exclude: draft.exclude,
            select: draft.select,
            ignore: draft.ignore,
            per_path_ignores: draft.per_path_ignores,
            fail_on: draft.fail_on,
            min_confidence: draft.min_confidence,
            rule_url: draft.rule_url,
            ephemeral: draft.ephemeral,
            labels: draft.labels,
            stray: None,
            self_hosted: Vec::new(),
            excluded: set.build().unwrap_or_default(),
        }
    }
}
