//! From a repository's files to its facts: reads what the model needs besides the workflows.

use std::sync::Arc;

use super::repository::{Model, RepositoryInput, Settings};
use super::{ConfigChoice, Options, Refusal, user_rules};
use crate::analysis::{AnalysisInput, analyse};
use crate::config::{self, Choice, Config, ConfigError};
use crate::discover::{Repository, display_named};
use crate::follow::Files;
use crate::lifecycle::declared::Declaration;
use crate::rules;
use crate::yaml::Tree;

/// Derives a repository's facts.
///
/// # Errors
/// [`Refusal`] when a configuration is wrong.
pub(super) fn model(input: &RepositoryInput<'_>) -> Result<Model, Refusal> {
    let config = &input.settings.config;
    let repository = input.repository;
    let files = || Files::new(&repository.root, &repository.prefix).reading(&input.options.reader);
    let files = match input.memory {
        Some(memory) => memory.files(&repository.root, input.overlay, files),
        None => Arc::new(files().with(input.overlay)),
    };
    let workflows: Vec<&Tree> = input.workflows.iter().map(|file| &file.tree).collect();
    let declared: Vec<Declaration> = config.resources.iter().map(declaration).collect();
    // Where siblings go is there as well.
    let networks: Vec<String> = config.networks.iter().chain(&config.sibling_network).cloned().collect();
    let analysis = analyse(&AnalysisInput {
        files: &files,
        workflows: &workflows,
        follow: !input.options.no_follow,
        forge: input.options.forge.or(config.forge),
        gitea: config.gitea,
        runners: &config.runners,
        self_hosted: &config.self_hosted,
        networks: &networks,
        required_checks: config.required_checks.as_deref(),
        forbidden_env: &config.forbidden_env,
        declared: &declared,
        memory: input.memory,
    });
    Ok(Model {
        facts: analysis.facts,
        sources: analysis.sources,
        elsewhere: analysis.elsewhere,
        unread: analysis.unread,
        absent: analysis.absent,
        files: Some(files),
        workflows: analysis.workflows,
    })
}

fn declaration(resource: &config::Resource) -> Declaration {
    let config::Resource { name, image, label, made_by } = resource.clone();
    Declaration { name, image, label, made_by }
}

/// What a repository's configuration says to the check itself.
///
/// # Errors
/// [`Refusal`] when it is wrong.
pub(super) fn settings(repository: &Repository, options: &Options) -> Result<Settings, Refusal> {
    let config = config(repository, options)?;
    let (rule_files, own): (Vec<String>, Vec<rules::Rule>) = user_rules::rules(&config, options)?.into_iter().unzip();
    let tools = super::tool_findings::rules();
    let judged = rules::built_in().iter().chain(&own).map(|rule| (&rule.id, &rule.family));
    let all = judged.chain(tools.iter().map(|rule| (&rule.id, &rule.family)));
    let known: Vec<&str> = all.flat_map(|(id, family)| [id.as_str(), family.as_str()]).collect();
    config.check_rules(&known).map_err(|error| refused(error, options))?;
    let levels = config.rules.iter().map(|rule| (rule.rule.clone(), rule.level)).collect();
    Ok(Settings { exclude: config.excluded().clone(), levels, rules: own, rule_files, config })
}

fn config(repository: &Repository, options: &Options) -> Result<Config, Refusal> {
    let choice = match &options.config {
        ConfigChoice::Find => Choice::Find,
        ConfigChoice::File(file) => Choice::File(file.clone()),
        ConfigChoice::Without => Choice::Nothing,
    };
    let reader = &options.reader;
    let mut config = Config::load(&repository.root, &choice, reader).map_err(|error| refused(error, options))?;
    if let Some(file) = &options.runner_config {
        config.add_runner_file(file, reader).map_err(|error| refused(error, options))?;
    }
    Ok(config)
}

fn refused(mut error: ConfigError, options: &Options) -> Refusal {
    for problem in &mut error.problems {
        problem.path = display_named(&problem.path, &options.here);
    }
    Refusal::Configuration(error.problems.iter().map(ToString::to_string).collect())
}
