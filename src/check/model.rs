//! From a repository's files to its facts: reads what the model needs besides the workflows.

use super::{Model, Refusal, RepositoryInput};
use crate::follow::Files;
use crate::lifecycle::{Repository, analyse};
use crate::yaml::Tree;

/// Derives a repository's facts.
///
/// # Errors
/// [`Refusal`] when a configuration is wrong.
pub(super) fn model(input: &RepositoryInput<'_>) -> Result<Model, Refusal> {
    let files = Files::new(&input.repository.root, &input.repository.prefix);
    let workflows: Vec<&Tree> = input.workflows.iter().map(|file| &file.tree).collect();
    let analysis = analyse(&Repository {
        files: &files,
        workflows: &workflows,
        follow: !input.options.no_follow,
        forge: input.options.forge,
        gitea: None,
        runners: &[],
        self_hosted: &[],
        networks: &[],
    });
    Ok(Model { facts: analysis.facts, sources: analysis.sources, elsewhere: analysis.elsewhere })
}
