//! Bytes to report, in one readable function: [`check`].
//!
//! What is asked of it are `options`, what it has to judge with is the `engine`: the built-in rules and, by
//! `user_rules`, those of the user. `input` reads files, `model` and `repository` hand them to `crate::analysis` and
//! take facts back. Of findings `merge` makes one for one place; `tool_findings` are about berthlint itself; `silenced`
//! says what a configuration keeps from being reported, `narrowed` what a baseline does, and what nobody has changed;
//! `remarks` what of a configuration counts for nothing. A `report` is data; `rule_info` is what lists say of a rule,
//! `rule_help` what a document does that brings its rules along.

mod engine;
mod hidden;
mod input;
mod known;
mod merge;
mod model;
mod narrowed;
mod one_repository;
mod options;
mod reading;
mod remarks;
mod report;
mod repository;
mod rule_help;
mod rule_info;
mod silenced;
mod stage;
mod targets;
#[cfg(test)]
mod tests;
mod tool_findings;
mod user_rules;
mod wanted;

use std::path::PathBuf;
use std::sync::Arc;

use globset::GlobSet;
use rayon::prelude::*;

pub use crate::analysis::Memory;
pub use crate::suppress::Ignored;
pub use engine::Engine;
pub use narrowed::renewed;
pub use options::{ConfigChoice, Options, Refusal, Stdin};
pub(crate) use reading::defect;
pub use report::{Baselined, Hidden, InputError, KnownFinding, Report};
pub use repository::{InputFile, Model, RepositoryInput, Settings};
pub use rule_help::{RuleHelp, rule_help, rule_help_of};
pub use rule_info::RuleInfo;
pub use silenced::{Means, Silence};
pub use stage::{JobName, Stage};
pub use targets::path_of_stdin;

use crate::discover::{Discovery, Repository};
use crate::facts::Fact;
use crate::finding::Finding;
use crate::rules::Rule;
use crate::source::Location;
use crate::sweeper::{self, Plan};
use known::Known;
use one_repository::{Found, check_repository};
use reading::{add_missing, read_model};
use report::by_place;
use targets::{begun, find, known_names, narrow};
use wanted::CheckOfOne;

/// Lints what the options name.
///
/// # Errors
/// [`Refusal`] when the command line or a configuration is wrong. Broken inputs are part of the report.
pub fn check(engine: &Engine, options: &Options) -> Result<Report, Refusal> {
    // What a baseline knows and no change has touched is told of all repositories together.
    if options.baseline.is_some() || options.changed.is_some() {
        return Ok(judge(engine, options, None)?.planned(options));
    }
    // What is known of a repository goes as soon as its fixes are planned: of many repositories only a few are held.
    let planned = |known: Known, mut own: Report| {
        known.plan(options, &mut own.findings);
        own.let_go();
        own
    };
    let (mut report, each) = each_repository(engine, options, None, planned)?;
    each.into_iter().for_each(|own| report.take_in(own));
    report.findings.sort_by(by_place);
    Ok(report.settled())
}

/// What is found in what the options name; fixes are planned when somebody wants them.
///
/// # Errors
/// As [`check`].
pub fn judge(engine: &Engine, options: &Options, memory: Option<&Memory>) -> Result<Judged, Refusal> {
    let (mut report, each) = each_repository(engine, options, memory, |known, own| (known, own))?;
    let mut findings = Vec::new();
    let mut models = Vec::new();
    for (known, mut own) in each {
        findings.extend(own.findings.drain(..).map(|finding| (models.len(), finding)));
        report.take_in(own);
        models.push(Arc::new(known));
    }
    findings.sort_by(|(_, one), (_, other)| by_place(one, other));
    let findings = narrowed::narrow(options, &models, findings, &mut report)?;
    let (owners, findings) = findings.into_iter().unzip();
    report.findings = findings;
    Ok(Judged { report: report.settled(), owners, models })
}

/// What was found besides repositories, and what `with` makes of each repository and its own report: side by side, in
/// their order.
fn each_repository<T: Send>(
    engine: &Engine,
    options: &Options,
    memory: Option<&Memory>,
    with: impl Fn(Known, Report) -> T + Sync,
) -> Result<(Report, Vec<T>), Refusal> {
    let Discovery { repositories, skipped, errors } = find(options)?;
    options.progress.begin(repositories.len());
    let mut settings = Vec::new();
    for repository in &repositories {
        settings.push((engine.settings)(repository, options)?);
    }
    known_names(&engine.names(settings.iter().flat_map(|settings| &settings.rules)), options)?;
    let one = |(mut repository, settings): (Repository, Settings)| {
        let mut own = Report::default();
        narrow(&mut repository, &settings, options, &mut own);
        let names = engine.names(&settings.rules);
        let scope = CheckOfOne { engine, names: &names, options, repository: &repository, settings: &settings, memory };
        let Found { mut findings, strangers, model, trees } = check_repository(&scope, &mut own)?;
        findings.sort_by(by_place);
        own.findings = findings;
        own.own_rules = settings.rules.clone();
        let done = with(Known { repository, settings, model, trees, strangers }, own);
        options.progress.step();
        Ok(done)
    };
    let each: Vec<(Repository, Settings)> = repositories.into_iter().zip(settings).collect();
    let each: Vec<Result<T, Refusal>> = each.into_par_iter().map(one).collect();
    Ok((begun(skipped, errors), each.into_iter().collect::<Result<_, _>>()?))
}

/// What is found, without fixes yet.
pub struct Judged {
    /// The findings, and all else.
    pub report: Report,
    /// For each finding its repository.
    owners: Vec<usize>,
    models: Vec<Arc<Known>>,
}

impl Judged {
    /// What its jobs are played from.
    pub fn stage(&self, options: &Options) -> Stage {
        Stage::new(self.models.clone(), !options.no_follow)
    }

    /// The report, in which each finding has its fix or knows why it has none.
    pub fn planned(self, options: &Options) -> Report {
        let Self { mut report, owners, models } = self;
        let mut own: Vec<Vec<(usize, Finding)>> = models.iter().map(|_| Vec::new()).collect();
        for (at, (owner, finding)) in owners.into_iter().zip(report.findings.drain(..)).enumerate() {
            if let Some(own) = own.get_mut(owner) {
                own.push((at, finding));
            }
        }
        let mut findings = Vec::new();
        for (known, own) in models.iter().zip(own) {
            let (places, mut own): (Vec<usize>, Vec<Finding>) = own.into_iter().unzip();
            known.plan(options, &mut own);
            findings.extend(places.into_iter().zip(own));
        }
        findings.sort_by_key(|(at, _)| *at);
        report.findings.extend(findings.into_iter().map(|(_, finding)| finding));
        report
    }
}

/// The facts of what the options name, and the files they are in.
///
/// # Errors
/// As [`check`].
pub fn facts(engine: &Engine, options: &Options) -> Result<(Vec<Fact>, Report), Refusal> {
    let Discovery { repositories, skipped, errors } = find(options)?;
    let mut report = begun(skipped, errors);
    let mut facts = Vec::new();
    for mut repository in repositories {
        let settings = (engine.settings)(&repository, options)?;
        narrow(&mut repository, &settings, options, &mut report);
        let (model, _) = read_model(engine, options, &repository, &settings, None, &mut report)?;
        let places: Vec<Location> = model.facts.iter().flat_map(fact_locations).collect();
        add_missing(options, &repository, &mut report, places.iter());
        report.roots.insert(repository.prefix.clone(), repository.root.clone());
        facts.extend(model.facts);
    }
    Ok((facts, report))
}

/// The scheduled cleanup of a repository.
pub struct Sweepers {
    /// What stands before its paths when they are shown.
    pub prefix: String,
    /// Where it is.
    pub root: PathBuf,
    /// One for each folder of workflows that leave something.
    pub plans: Vec<Plan>,
}

/// What would sweep the repositories that the options name. A sweeper that was written before is not read.
///
/// # Errors
/// As [`check`].
pub fn sweepers(engine: &Engine, options: &Options) -> Result<(Vec<Sweepers>, Report), Refusal> {
    let Discovery { repositories, skipped, errors } = find(options)?;
    let mut report = begun(skipped, errors);
    let own =
        globset::Glob::new(&format!("**/{}", sweeper::FILE)).and_then(|glob| GlobSet::builder().add(glob).build());
    let own = own.unwrap_or_default();
    let mut all = Vec::new();
    for mut repository in repositories {
        let settings = (engine.settings)(&repository, options)?;
        narrow(&mut repository, &settings, options, &mut report);
        repository.exclude(&own);
        let (model, _) = read_model(engine, options, &repository, &settings, None, &mut report)?;
        let plans = sweeper::plans(&sweeper::Input {
            workflows: &model.workflows,
            facts: &model.facts,
            runners: &settings.config.runners,
            declared: &settings.config.resources,
        });
        all.push(Sweepers { prefix: repository.prefix, root: repository.root, plans });
    }
    Ok((all, report))
}

/// A rule of the user's own, and where it comes from.
#[derive(Clone, Debug)]
pub struct OwnRule {
    /// The rule.
    pub rule: Rule,
    /// Its file, as it is shown.
    pub file: String,
    /// The folders that the configuration names, this file's among them.
    pub folders: Vec<PathBuf>,
}

/// The user's own rules in the repositories that the options name; where there is no repository yet, in the
/// working directory.
///
/// # Errors
/// As [`check`].
pub fn own_rules(engine: &Engine, options: &Options) -> Result<Vec<OwnRule>, Refusal> {
    let mut repositories = find(options)?.repositories;
    if repositories.is_empty() {
        repositories.push(Repository::bare(&options.here));
    }
    let mut own: Vec<OwnRule> = Vec::new();
    for repository in &repositories {
        let settings = (engine.settings)(repository, options)?;
        let folders: Vec<PathBuf> =
            settings.config.rules_dirs.iter().map(|folder| options.here.join(&folder.path)).collect();
        for (rule, file) in settings.rules.into_iter().zip(settings.rule_files) {
            if own.iter().all(|known| known.rule.id != rule.id) {
                own.push(OwnRule { rule, file, folders: folders.clone() });
            }
        }
    }
    Ok(own)
}

fn fact_locations(fact: &Fact) -> Vec<Location> {
    let spans = fact.spans.values().flat_map(|places| places.iter());
    spans.chain(fact.chain.iter().map(|link| &link.location)).cloned().collect()
}
