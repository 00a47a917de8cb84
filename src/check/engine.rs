//! The model and the rules as the check sees them.

use std::path::{Path, PathBuf};

use super::{Options, Refusal};
use crate::discover::Repository;
use crate::facts::Fact;
use crate::finding::{Finding, Level};
use crate::names::{Names, TOOL, UNUSED_IGNORE, YAML_ERROR};
use crate::source::Source;
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
    /// A file from standard input that stands in for the one on disk: its path relative to the root.
    pub overlay: Option<(PathBuf, Source)>,
    /// What the check was asked to do: forge, runner and configuration files, whether to follow.
    pub options: &'a Options,
}

impl RepositoryInput<'_> {
    /// How a path relative to the root is shown; the path of every [`Source`] of this repository.
    pub fn display(&self, relative: &Path) -> String {
        self.repository.display(relative)
    }
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
}

/// A rule, for lists and explanations.
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
    /// What it does, why it matters, when it stays silent.
    pub why: String,
    /// What to write.
    pub help: Option<String>,
    /// Wrong and right, as files.
    pub examples: Vec<Example>,
}

/// An example of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// What it finds.
    pub bad: String,
    /// What is right.
    pub good: Option<String>,
}

/// The model and the rules.
pub struct Engine {
    /// Every rule, the tool's own included, ordered by family and id.
    pub rules: Vec<RuleInfo>,
    /// Reads the configuration and derives a repository's facts.
    pub model: fn(&RepositoryInput<'_>) -> Result<Model, Refusal>,
    /// Judges them.
    pub judge: fn(&[Fact]) -> Vec<Finding>,
}

impl Engine {
    /// What is built in.
    pub fn built_in() -> Self {
        let mut rules = own_rules();
        rules.extend(super::model::rule_infos());
        rules.sort_by(|one, other| (&one.family, &one.id).cmp(&(&other.family, &other.id)));
        Self { rules, model: super::model::model, judge: |facts| crate::rules::judge(crate::rules::built_in(), facts) }
    }

    /// Every name that `--select`, `--ignore` and comments may use.
    pub fn names(&self) -> Names {
        Names::new(self.rules.iter().map(|rule| (rule.id.clone(), rule.family.clone())))
    }
}

/// The findings that are about the tool itself.
fn own_rules() -> Vec<RuleInfo> {
    let rule = |id: &str, level, summary: &str, why: &str, help: &str| RuleInfo {
        id: id.to_owned(),
        family: TOOL.to_owned(),
        level,
        summary: summary.to_owned(),
        why: why.to_owned(),
        help: Some(help.to_owned()),
        examples: Vec::new(),
    };
    vec![
        rule(
            YAML_ERROR,
            Level::Error,
            "A file does not parse, so nothing in it was judged",
            "A workflow that is not YAML, or not UTF-8, does not run either. All other files are linted; the exit code is 3.",
            "mend the file at the place shown",
        ),
        rule(
            UNUSED_IGNORE,
            Level::Warning,
            "A `# berthlint: ignore[…]` comment suppresses nothing",
            "What it was for is mended or has moved, or the name is misspelled. Left there, it hides the next such finding on that line.",
            "remove the comment, or the rule's name from it",
        ),
    ]
}
