//! From a repository's files to its facts: reads what the model needs besides the workflows.

use super::engine::{Example, RuleInfo};
use super::{Forge, Model, Refusal, RepositoryInput};
use crate::follow::Files;
use crate::lifecycle::{Repository, analyse};
use crate::rules;
use crate::runner;
use crate::yaml::Tree;

/// Derives a repository's facts.
///
/// # Errors
/// [`Refusal`] when a configuration is wrong.
pub(super) fn model(input: &RepositoryInput<'_>) -> Result<Model, Refusal> {
    let files = Files::new(&input.repository.root, &input.repository.prefix);
    let workflows: Vec<&Tree> = input.workflows.iter().map(|file| &file.tree).collect();
    let forge = input.options.forge.map(|forge| match forge {
        Forge::Github => runner::Forge::Github,
        Forge::Gitea => runner::Forge::Gitea,
        Forge::Forgejo => runner::Forge::Forgejo,
    });
    let analysis = analyse(&Repository {
        files: &files,
        workflows: &workflows,
        follow: !input.options.no_follow,
        forge,
        gitea: None,
        runners: &[],
        self_hosted: &[],
        networks: &[],
    });
    Ok(Model { facts: analysis.facts, sources: analysis.sources, elsewhere: analysis.elsewhere })
}

/// The built-in rules, as lists and explanations show them.
pub(super) fn rule_infos() -> Vec<RuleInfo> {
    rules::built_in()
        .iter()
        .map(|rule| {
            let prose = rule.prose();
            RuleInfo {
                id: rule.id.clone(),
                family: rule.family.clone(),
                level: rule.level(),
                summary: rule.summary.clone(),
                why: prose.why,
                help: None,
                examples: prose
                    .examples
                    .into_iter()
                    .map(|example| Example { bad: example.bad, good: Some(example.good) })
                    .collect(),
            }
        })
        .collect()
}
