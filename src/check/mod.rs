//! Bytes to report, in one readable function: [`check`].
//!
//! What is asked of it are `options`, what it has to judge with is the `engine`: the built-in rules and, by
//! `user_rules`, those of the user. `input` reads files, `model` and `repository` hand them to `crate::analysis` and
//! take facts back. Of findings `merge` makes one for one place; `tool_findings` are about berthlint itself; `silenced`
//! says what a configuration keeps from being reported, `narrowed` what a baseline does, and what nobody has changed;
//! `remarks` what of a configuration counts for nothing. A `report` is data; `rule_info` is what lists say of a rule,
//! `rule_help` what a document does that brings its rules along.

mod engine;
mod input;
mod known;
mod merge;
mod model;
mod narrowed;
mod options;
mod remarks;
mod report;
mod repository;
mod rule_help;
mod rule_info;
mod silenced;
mod stage;
#[cfg(test)]
mod tests;
mod tool_findings;
mod user_rules;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobSet;
use rayon::prelude::*;

pub use crate::analysis::Memory;
pub use crate::suppress::Ignored;
pub use engine::Engine;
pub use narrowed::renewed;
pub use options::{ConfigChoice, Options, Refusal, Stdin};
pub use report::{Baselined, Hidden, InputError, KnownFinding, Report};
pub use repository::{InputFile, Model, RepositoryInput, Settings};
pub use rule_help::{RuleHelp, rule_help, rule_help_of};
pub use rule_info::RuleInfo;
pub use silenced::{Means, Silence};
pub use stage::{JobName, Stage};

use crate::config::{PathIgnore, Written};
use crate::discover::{Discovery, Repository, Skipped, Unreadable, discover, discover_text};
use crate::facts::{Confidence, Datum, Fact, Field};
use crate::finding::{Finding, Level};
use crate::follow::Missing;
use crate::names::{NO_SWEEPER, Names, YAML_ERROR};
use crate::rewrite;
use crate::rules::{self, Rule};
use crate::runner::Forge;
use crate::source::{FileKind, Location};
use crate::suppress::{self, Suppressions};
use crate::sweeper::{self, Plan};
use crate::yaml::Tree;
use input::Read;
use known::Known;
use report::by_place;

/// The fields that only knowledge about the runner can tell.
const RUNNER_FIELDS: [&str; 10] = [
    "daemon",
    "mode",
    "job-network",
    "runner",
    "runner-version",
    "sees-peers",
    "shares-host-network",
    "apart",
    "dropped",
    "cancel-skips-steps",
];

/// The family of the rules about what a removal takes.
const SCOPE: &str = "scope";

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

impl Known {
    fn plan(&self, options: &Options, findings: &mut [Finding]) {
        let config = &self.settings.config;
        let (workflows, reading) = (rewrite::Workflows::new(&self.model.workflows), rewrite::Reading::default());
        let scene = rewrite::Scene {
            trees: &self.trees,
            files: self.model.files.as_deref(),
            workflows: &workflows,
            reading: &reading,
            emit: options.emit.unwrap_or(config.emit),
            sibling_network: config.sibling_network.as_deref(),
            helper_install: config.helper_install.as_deref(),
            prefix: &self.repository.prefix,
            runners: &config.runners,
            findings: &[],
            strangers: &self.strangers,
        };
        rewrite::plan(&scene, findings, |rule| self.rewrite_of(rule));
    }

    /// The rewrite that repairs what a rule finds.
    fn rewrite_of(&self, rule: &str) -> Option<&str> {
        let rule = rules::built_in().iter().chain(&self.settings.rules).find(|known| known.id == rule)?;
        rule.fix.as_deref()
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
        let (model, _) = model(engine, options, &repository, &settings, None, &mut report)?;
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
        let (model, _) = model(engine, options, &repository, &settings, None, &mut report)?;
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

/// Leaves out what the configuration excludes, and what the forge never reads.
fn narrow(repository: &mut Repository, settings: &Settings, options: &Options, report: &mut Report) {
    report.silenced.files(settings, repository, &options.here);
    report.silenced.runners(settings, &options.here);
    repository.exclude(&settings.exclude);
    if options.forge.or(settings.config.forge).is_none_or(|forge| forge == Forge::Github) {
        report.skipped.extend(repository.leave_out_nested());
    }
}

/// A report that knows what there was to find.
fn begun(skipped: Vec<Skipped>, errors: Vec<Unreadable>) -> Report {
    let errors = errors.into_iter().map(|error| InputError { path: error.path, span: None, message: error.message });
    Report { skipped, errors: errors.collect(), ..Report::default() }
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

/// One repository's check.
struct CheckOfOne<'a> {
    engine: &'a Engine,
    names: &'a Names,
    options: &'a Options,
    repository: &'a Repository,
    settings: &'a Settings,
    memory: Option<&'a Memory>,
}

/// The findings of a repository, and what they were found in.
struct Found {
    findings: Vec<Finding>,
    /// Commands that may take what others made, whoever wants to hear of it.
    strangers: rewrite::Strangers,
    model: Model,
    trees: BTreeMap<Arc<str>, Tree>,
}

/// One repository: facts, judged, merged, suppressed, and filtered to what was asked for.
fn check_repository(scope: &CheckOfOne<'_>, report: &mut Report) -> Result<Found, Refusal> {
    let CheckOfOne { engine, options, repository, .. } = *scope;
    let mut own = Report::default();
    let (model, trees) = model(engine, options, repository, scope.settings, scope.memory, &mut own)?;
    let mut findings = (engine.judge)(&model.facts);
    let scope_rules = findings.iter().filter(|finding| finding.family == SCOPE);
    let strangers = scope_rules.map(|finding| (finding.location.clone(), finding.rule.clone())).collect();
    findings.extend(rules::judge(&scope.settings.rules, &model.facts));
    findings.append(&mut own.findings);
    findings.iter_mut().for_each(|finding| scope.set_level(finding));
    let is_asked = |finding: &Finding| asked_for(repository, finding);
    let findings = merge::told(
        &repository.prefix,
        findings,
        repository.only.as_ref().map(|_| &is_asked as &dyn Fn(&Finding) -> bool),
    );
    let places: Vec<Location> = findings.iter().flat_map(locations).cloned().collect();
    add_missing(options, repository, &mut own, places.iter());

    let suppressions = if options.no_ignores {
        Suppressions::none(findings)
    } else {
        let comments = suppress::collect(own.sources.values(), &trees);
        comments.apply(scope.names, findings, |rule| !options.no_follow && scope.is_enabled(rule))
    };
    let Suppressions { mut kept, suppressed, mut unused } = suppressions;
    unused.iter_mut().for_each(|finding| scope.set_level(finding));
    merge::fingerprint(&repository.prefix, &mut unused);
    kept.append(&mut unused);

    let is_wanted = |finding: &Finding| {
        asked_for(repository, finding)
            && !is_excluded(scope, finding)
            && scope.is_enabled(&finding.rule)
            && scope.ignored_by(finding).is_none()
    };
    let (mut kept, mut others): (Vec<_>, Vec<_>) = kept.into_iter().partition(is_wanted);
    for finding in others.extract_if(.., |finding| is_excluded(scope, finding)) {
        if asked_for(repository, &finding) && scope.is_enabled(&finding.rule) {
            let shown = &finding.location.path;
            report.silenced.exclude(scope.settings, Path::new(repository.relative(shown)), shown, &options.here);
        }
    }
    others.retain(|finding| scope.is_on(&finding.rule));
    for finding in others.iter().filter(|finding| asked_for(repository, finding) && scope.is_enabled(&finding.rule)) {
        if let Some(ignore) = scope.ignored_by(finding) {
            report.silenced.ignore(ignore, &finding.location.path, &options.here);
        }
    }
    // What the command line selects is reported, whatever is configured.
    if options.select.is_empty() {
        report.silenced.rules(scope.settings, &engine.rules_with(&scope.settings.rules), &options.here);
    }
    report.ignored.extend(suppressed.into_iter().filter(|ignored| is_wanted(&ignored.finding)));
    let config = &scope.settings.config;
    let least = options.min_confidence.or(config.min_confidence).unwrap_or(Confidence::Medium);
    report.fail_on = report.fail_on.into_iter().chain(config.fail_on).min();
    let hidden: Vec<_> = kept.extract_if(.., |finding| finding.confidence < least).collect();
    count_hidden(scope, &hidden, &model.facts, &mut report.hidden);
    report.others.extend(others.into_iter().chain(hidden));
    remarks::configuration(repository, scope.settings, &model, options, report);
    report.elsewhere += model.elsewhere;
    report.absent.extend(model.absent.iter().cloned());
    report.unswept += scope.unswept(&model.facts);
    report.broken |= own.broken;
    report.errors.append(&mut own.errors);
    report.skipped.append(&mut own.skipped);
    report.roots.insert(repository.prefix.clone(), repository.root.clone());
    report.rule_urls.extend(config.rule_url.iter().map(|address| (repository.prefix.clone(), address.clone())));
    // Where files were named the others were read for their sake only.
    let is_asked = |path: &str| repository.only.as_ref().is_none_or(|only| only.has(path));
    report.files += own.sources.keys().filter(|path| is_asked(path)).count();
    report.sources.append(&mut own.sources);
    Ok(Found { findings: kept, strangers, model, trees })
}

fn find(options: &Options) -> Result<Discovery, Refusal> {
    let mut found = match &options.stdin {
        Some(stdin) => {
            discover_text(&stdin.path, &options.here, &String::from_utf8_lossy(&stdin.bytes), &options.reader)
        }
        None => discover(&options.paths, &options.here, &GlobSet::empty(), &options.reader)?,
    };
    found.add(options.overlay.keys());
    Ok(found)
}

/// The path, as shown, that standard input stands for; none when it is not berthlint's to lint.
///
/// # Errors
/// As [`check`].
pub fn path_of_stdin(options: &Options) -> Result<Option<String>, Refusal> {
    if options.stdin.is_none() {
        return Ok(None);
    }
    Ok(find(options)?.repositories.iter().find_map(named).cloned())
}

/// The file that was given by name; of several the first.
fn named(repository: &Repository) -> Option<&String> {
    repository.only.iter().flat_map(|only| only.callers.iter().chain(&only.files)).next()
}

/// Reads a repository's files and hands them to the model. A defect of the model is an error of this
/// repository alone.
fn model(
    engine: &Engine,
    options: &Options,
    repository: &Repository,
    settings: &Settings,
    memory: Option<&Memory>,
    report: &mut Report,
) -> Result<(Model, BTreeMap<Arc<str>, Tree>), Refusal> {
    let overlay = overlay(options, repository);
    let is_reported = |path: &str| repository.only.as_ref().is_none_or(|only| only.has(path));
    let mut keep = |files: &[PathBuf], kind: FileKind| {
        let mut parsed = Vec::new();
        for read in input::read_all(&options.reader, repository, files, kind, &overlay) {
            match read {
                Read::Parsed(file, repeated) => {
                    report.broken |= repeated.is_some() && is_reported(file.tree.source().path());
                    report.findings.extend(repeated.map(|finding| *finding));
                    parsed.push(file);
                }
                Read::Broken(source, finding) => {
                    report.broken |= is_reported(source.path());
                    report.sources.insert(source.path().clone(), source);
                    report.findings.push(*finding);
                }
                Read::Unreadable(error) if is_reported(&error.path) => report.errors.push(error),
                Read::Foreign(skipped) if is_reported(&skipped.path) => report.skipped.push(skipped),
                Read::Unreadable(_) | Read::Foreign(_) => {}
            }
        }
        parsed
    };
    let workflows = keep(&repository.workflows, FileKind::Workflow);
    let actions = keep(&repository.actions, FileKind::Action);
    let input = RepositoryInput { repository, workflows, actions, overlay: &overlay, settings, options, memory };
    let model = match catch_unwind(AssertUnwindSafe(|| (engine.model)(&input))) {
        Ok(model) => model?,
        Err(panic) => {
            report.errors.push(internal(repository, panic.as_ref()));
            Model::default()
        }
    };
    let files = input.workflows.into_iter().chain(input.actions);
    let trees: BTreeMap<Arc<str>, Tree> = files.map(|file| (file.tree.source().path().clone(), file.tree)).collect();
    let sources = trees.values().map(Tree::source).chain(&model.sources);
    report.sources.extend(sources.map(|source| (source.path().clone(), source.clone())));
    note_unread(options, repository, settings, &model, report);
    Ok((model, trees))
}

/// Says what workflows call and nobody could read: findings may be missing that stand there.
fn note_unread(options: &Options, repository: &Repository, settings: &Settings, model: &Model, report: &mut Report) {
    for (path, why) in model.files.iter().flat_map(|files| files.missing()) {
        if settings.exclude.is_match(path.as_str()) {
            continue;
        }
        let path = repository.display(Path::new(path.as_str()));
        let words = format!("{why}: what calls it was judged without it");
        // Where files were named the others were read for their sake only.
        let is_asked = repository.only.as_ref().is_none_or(|only| only.has(&path));
        match why {
            // bash runs such a script all the same.
            Missing::Unreadable(_) | Missing::NotText(_) if is_asked => {
                report.errors.push(InputError { path, span: None, message: words })
            }
            _ => report.skipped.push(Skipped { path, why: words }),
        }
    }
    add_missing(options, repository, report, model.unread.iter().chain(&model.absent).map(|(at, _)| at));
    for (at, why) in &model.unread {
        let line = report.sources.get(&at.path).map_or(1, |source| source.place(at.span.start).line);
        report.skipped.push(Skipped { path: at.path.to_string(), why: format!("line {line}: {why}") });
    }
}

/// What stands in for files of this repository, by shown path. What a fix would make of a file stands before
/// standard input.
fn overlay(options: &Options, repository: &Repository) -> input::Overlay {
    let mut overlay = input::Overlay::new();
    if let (Some(stdin), Some(shown)) = (&options.stdin, named(repository)) {
        overlay.insert(shown.clone(), stdin.bytes.clone());
    }
    overlay.extend(options.overlay.iter().map(|(path, bytes)| (path.clone(), bytes.clone())));
    overlay
}

fn internal(repository: &Repository, panic: &(dyn std::any::Any + Send)) -> InputError {
    let words = defect(panic);
    let path = repository.prefix.trim_end_matches('/');
    InputError {
        path: if path.is_empty() { ".".to_owned() } else { path.to_owned() },
        span: None,
        message: format!("internal error, this repository was not judged: {words}; please report it with the files"),
    }
}

/// The words of a panic.
pub(crate) fn defect(panic: &(dyn std::any::Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// Whether a finding belongs to what was asked for by name.
fn asked_for(repository: &Repository, finding: &Finding) -> bool {
    let Some(only) = &repository.only else { return true };
    let workflow = |caller: &String| caller.rsplit_once('#').is_some_and(|(path, _)| only.callers.contains(path));
    only.has(&finding.location.path)
        || finding.chain.iter().any(|link| only.callers.contains(link.location.path.as_ref()))
        || finding.callers.iter().any(workflow)
}

/// Whether a finding stands in a file that the configuration leaves out: a script that a workflow calls.
fn is_excluded(scope: &CheckOfOne<'_>, finding: &Finding) -> bool {
    scope.settings.exclude.is_match(scope.repository.relative(&finding.location.path))
}

fn known_names(names: &Names, options: &Options) -> Result<(), Refusal> {
    for (option, list) in [("--select", &options.select), ("--ignore", &options.ignore)] {
        for name in list {
            if !names.is_known(name) {
                let hint = names.hint_and_list(name);
                return Err(Refusal::UnknownRule { option, name: name.clone(), hint });
            }
        }
    }
    Ok(())
}

impl CheckOfOne<'_> {
    /// Whether a rule is looked for. A file that does not parse is told, unless switched off by name.
    fn is_enabled(&self, rule: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|name| self.names.covers(name, rule));
        if named(&self.options.ignore) {
            return false;
        }
        if !self.options.select.is_empty() {
            return named(&self.options.select) || rule == YAML_ERROR;
        }
        self.is_on(rule)
    }

    /// Whether a rule is looked for unless the command line says otherwise.
    fn is_on(&self, rule: &str) -> bool {
        let config = &self.settings.config;
        let named = |list: &[Written]| list.iter().any(|written| self.names.covers(&written.name, rule));
        let setting = self.level_setting(rule);
        if setting == Some(None) || named(&config.ignore) {
            return false;
        }
        if !config.select.is_empty() {
            return named(&config.select) || rule == YAML_ERROR;
        }
        match setting {
            Some(level) => level.is_some(),
            None => {
                let built_in = self.engine.rules.iter().all(|info| info.id != rule || info.enabled);
                built_in && self.settings.rules.iter().all(|own| own.id != rule || own.enabled)
            }
        }
    }

    /// What says that a finding is not told in its file.
    fn ignored_by(&self, finding: &Finding) -> Option<&PathIgnore> {
        let path = self.repository.relative(&finding.location.path);
        let covers = |rules: &[Written]| rules.iter().any(|rule| self.names.covers(&rule.name, &finding.rule));
        let mut all = self.settings.config.per_path_ignores.iter();
        all.find(|ignore| ignore.files.is_match(path) && covers(&ignore.rules))
    }

    /// How many resources a killed runner would leave and nothing sweeps: told in short where nobody asked for
    /// the rule that tells which, nor switched it off.
    fn unswept(&self, facts: &[Fact]) -> usize {
        let options = self.options;
        let is_asked = self.is_enabled(NO_SWEEPER) || self.level_setting(NO_SWEEPER).is_some();
        let is_narrowed = !options.select.is_empty() || self.repository.only.is_some();
        if is_asked || is_narrowed || options.ignore.iter().any(|name| self.names.covers(name, NO_SWEEPER)) {
            return 0;
        }
        let left = facts.iter().filter_map(|fact| match fact.fields.get("unswept") {
            Some(Field::Known(Datum::List(names))) => Some(names.len()),
            _ => None,
        });
        left.sum()
    }

    /// What the configuration says of a rule, its own entry first, else its family's.
    fn level_setting(&self, rule: &str) -> Option<Option<Level>> {
        let levels = &self.settings.levels;
        let by_family = || levels.iter().find(|(name, _)| self.names.covers(name, rule)).map(|(_, level)| *level);
        levels.get(rule).copied().or_else(by_family)
    }

    fn set_level(&self, finding: &mut Finding) {
        if let Some(Some(level)) = self.level_setting(&finding.rule) {
            finding.level = level;
        }
    }
}

fn locations(finding: &Finding) -> Vec<&Location> {
    let related = finding.related.iter().map(|related| &related.location);
    let chain = finding.chain.iter().map(|link| &link.location);
    std::iter::once(&finding.location).chain(related).chain(chain).collect()
}

fn fact_locations(fact: &Fact) -> Vec<Location> {
    let spans = fact.spans.values().flat_map(|places| places.iter());
    spans.chain(fact.chain.iter().map(|link| &link.location)).cloned().collect()
}

/// Reads files that are pointed at and that nobody has read.
fn add_missing<'l>(
    options: &Options,
    repository: &Repository,
    report: &mut Report,
    locations: impl Iterator<Item = &'l Location>,
) {
    for location in locations {
        if !report.sources.contains_key(&location.path)
            && let Some(source) = input::read_source(&options.reader, repository, &location.path, &options.overlay)
        {
            report.sources.insert(location.path.clone(), source);
        }
    }
}

/// Counts hidden findings, apart where their rule asks for something that only knowledge about the runner can tell.
fn count_hidden(scope: &CheckOfOne<'_>, hidden: &[Finding], facts: &[Fact], counts: &mut Hidden) {
    if hidden.is_empty() {
        return;
    }
    let wanted: HashSet<&Location> = hidden.iter().map(|finding| &finding.location).collect();
    let mut about: HashMap<(&Location, Option<&str>), Vec<&Fact>> = HashMap::new();
    for fact in facts {
        for place in fact.spans.values().flat_map(|places| places.iter()).filter(|place| wanted.contains(place)) {
            about.entry((place, fact.job.as_deref())).or_default().push(fact);
        }
    }
    for finding in hidden {
        let rule = rules::built_in().iter().chain(&scope.settings.rules).find(|rule| rule.id == finding.rule);
        let near = about.get(&(&finding.location, finding.job.as_deref())).into_iter().flatten();
        let doubts =
            |fact: &Fact| rule.is_some_and(|rule| rule.doubts(fact).iter().any(|name| RUNNER_FIELDS.contains(name)));
        let runner = near.copied().any(doubts);
        if runner { counts.runner += 1 } else { counts.other += 1 }
    }
}
