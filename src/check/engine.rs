//! The model and the rules as the check sees them.

use super::repository::{Model, RepositoryInput, Settings};
use super::rule_info::RuleInfo;
use super::{Options, Refusal, tool_findings};
use crate::discover::Repository;
use crate::facts::Fact;
use crate::finding::Finding;
use crate::names::Names;
use crate::rules::{self, Rule};

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
        let all = rules::built_in().iter().map(RuleInfo::of).chain(tool_findings::rules());
        Self {
            rules: ordered(all.collect()),
            settings: super::model::settings,
            model: super::model::model,
            judge: |facts| rules::judge(rules::built_in(), facts),
            explain: |id| {
                let rule = rules::built_in().iter().find(|rule| rule.id == id);
                rule.map(rules::Rule::explain).or_else(|| tool_findings::explain(id))
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

fn ordered(mut rules: Vec<RuleInfo>) -> Vec<RuleInfo> {
    rules.sort_by(|one, other| (&one.family, &one.id).cmp(&(&other.family, &other.id)));
    rules
}
