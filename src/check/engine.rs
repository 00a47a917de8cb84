//! The model and the rules as the check sees them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobSet;

use super::{Options, Refusal, own};
use crate::analysis::{Analysed, Memory};
use crate::config::Config;
use crate::discover::Repository;
use crate::facts::Fact;
use crate::finding::{Finding, Level};
use crate::follow::Files;
use crate::names::Names;
use crate::rules::{self, Rule};
use crate::source::{Location, Source};
use crate::yaml::Tree;

/// A file of a repository that parsed.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// Relative to the repository's root.
    pub relative: PathBuf,
    /// Its YAML; [`Tree::source`] has its text and the path that is shown.
    pub tree: Tree,
}

/// A repository as the model reads it.
#[derive(Debug)]
pub struct RepositoryInput<'a> {
    /// Root, prefix of shown paths, forge folders.
    pub repository: &'a Repository,
    /// Its workflows.
    pub workflows: Vec<InputFile>,
    /// Its local actions.
    pub actions: Vec<InputFile>,
    /// Files that stand in for those on disk, by shown path.
    pub overlay: &'a BTreeMap<String, Vec<u8>>,
    /// Its configuration.
    pub settings: &'a Settings,
    /// What the check was asked to do: forge, runner and configuration files, whether to follow.
    pub options: &'a Options,
    /// What is known from the last check of the same files, or almost the same.
    pub memory: Option<&'a Memory>,
}

impl RepositoryInput<'_> {
    /// How a path relative to the root is shown; the path of every [`Source`] of this repository.
    pub fn display(&self, relative: &Path) -> String {
        self.repository.display(relative)
    }
}

/// What a repository's configuration says to the check itself.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What is left out, relative to the root.
    pub exclude: GlobSet,
    /// Levels by rule or family; a rule's own entry wins. `None` switches off.
    pub levels: BTreeMap<String, Option<Level>>,
    /// Rules of the user's own, judged beside the built-in ones.
    pub rules: Vec<Rule>,
    /// All of it, for the model.
    pub config: Config,
}

/// What the model found out about a repository.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The facts.
    pub facts: Vec<Fact>,
    /// Files that were followed: scripts, makefiles, compose files.
    pub sources: Vec<Source>,
    /// Commands that run on another daemon or machine.
    pub elsewhere: usize,
    /// Where a limit of the reader was reached, and what was reached.
    pub unread: Vec<(Location, String)>,
    /// The repository's files.
    pub files: Option<Arc<Files>>,
    /// What is known of its workflows.
    pub workflows: Vec<Analysed>,
}

/// A rule, for lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// Its id.
    pub id: String,
    /// Its family.
    pub family: String,
    /// Its level.
    pub level: Level,
    /// What it finds, in one line.
    pub summary: String,
    /// Whether it is on without being asked for.
    pub enabled: bool,
}

/// The model and the rules.
pub struct Engine {
    /// Every rule, the tool's own included, ordered by family and id.
    pub rules: Vec<RuleInfo>,
    /// Reads the configuration of a repository.
    pub settings: fn(&Repository, &Options) -> Result<Settings, Refusal>,
    /// Derives a repository's facts.
    pub model: fn(&RepositoryInput<'_>) -> Result<Model, Refusal>,
    /// Judges them.
    pub judge: fn(&[Fact]) -> Vec<Finding>,
    /// Explains a rule.
    pub explain: fn(&str) -> Option<String>,
}

impl Engine {
    /// What is built in.
    pub fn built_in() -> Self {
        let all = rules::built_in().iter().map(RuleInfo::of).chain(own::rules());
        Self {
            rules: ordered(all.collect()),
            settings: super::model::settings,
            model: super::model::model,
            judge: |facts| rules::judge(rules::built_in(), facts),
            explain: |id| {
                let rule = rules::built_in().iter().find(|rule| rule.id == id);
                rule.map(rules::Rule::explain).or_else(|| own::explain(id))
            },
        }
    }

    /// Every name that `--select`, `--ignore` and comments may use, those of the user's own rules included.
    pub fn names<'r>(&self, own: impl IntoIterator<Item = &'r Rule>) -> Names {
        let built_in = self.rules.iter().map(|rule| (rule.id.clone(), rule.family.clone()));
        Names::new(built_in.chain(own.into_iter().map(|rule| (rule.id.clone(), rule.family.clone()))))
    }

    /// Every rule, the user's own included, ordered by family and id.
    pub fn rules_with(&self, own: &[Rule]) -> Vec<RuleInfo> {
        ordered(self.rules.iter().cloned().chain(own.iter().map(RuleInfo::of)).collect())
    }
}

impl RuleInfo {
    fn of(rule: &Rule) -> Self {
        Self {
            id: rule.id.clone(),
            family: rule.family.clone(),
            level: rule.level(),
            summary: rule.summary.clone(),
            enabled: rule.enabled,
        }
    }
}

fn ordered(mut rules: Vec<RuleInfo>) -> Vec<RuleInfo> {
    rules.sort_by(|one, other| (&one.family, &one.id).cmp(&(&other.family, &other.id)));
    rules
}
