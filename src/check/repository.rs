//! A repository as the model reads it, and what it finds out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use globset::GlobSet;

use super::Options;
use crate::analysis::{Analysed, Memory};
use crate::config::Config;
use crate::discover::Repository;
use crate::facts::Fact;
use crate::finding::Level;
use crate::follow::Files;
use crate::rules::Rule;
use crate::source::{Location, Source};
use crate::yaml::Tree;

/// A file of a repository that parsed.
#[derive(Clone, Debug)]
pub struct InputFile {
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

/// What a repository's configuration says to the check itself.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What is left out, relative to the root.
    pub exclude: GlobSet,
    /// Levels by rule or family; a rule's own entry wins. `None` switches off.
    pub levels: BTreeMap<String, Option<Level>>,
    /// Rules of the user's own, judged beside the built-in ones.
    pub rules: Vec<Rule>,
    /// The file of each, as it is shown.
    pub rule_files: Vec<String>,
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
    /// Where something is called that the repository does not have, and what.
    pub absent: Vec<(Location, String)>,
    /// The repository's files.
    pub files: Option<Arc<Files>>,
    /// What is known of its workflows.
    pub workflows: Vec<Analysed>,
}

impl Model {
    /// Where a workflow, an action or a compose file has something of the wrong shape, and what.
    pub fn misshapen(&self) -> BTreeSet<(Location, String)> {
        let of_workflows = self.workflows.iter().flat_map(|analysed| {
            let at = |span| Location { path: analysed.path.clone(), span };
            analysed.workflow.oddities.iter().map(move |oddity| (at(oddity.span), oddity.message.clone()))
        });
        of_workflows.chain(self.files.iter().flat_map(|files| files.misshapen())).collect()
    }
}
