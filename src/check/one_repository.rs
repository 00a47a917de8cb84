//! One repository: its facts are judged, and what is found is merged, suppressed and narrowed to what was asked for.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::reading::{add_missing, read_model};
use super::repository::Model;
use super::wanted::CheckOfOne;
use super::{Refusal, Report, hidden, merge, remarks};
use crate::facts::Confidence;
use crate::finding::Finding;
use crate::rewrite::Strangers;
use crate::rules;
use crate::source::Location;
use crate::suppress::{self, Suppressions};
use crate::yaml::Tree;

/// The family of the rules about what a removal takes.
const SCOPE: &str = "scope";

/// The findings of a repository, and what they were found in.
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    /// Commands that may take what others made, whoever wants to hear of it.
    pub(super) strangers: Strangers,
    pub(super) model: Model,
    pub(super) trees: BTreeMap<Arc<str>, Tree>,
}

/// One repository: facts, judged, merged, suppressed, and filtered to what was asked for.
pub(super) fn check_repository(scope: &CheckOfOne<'_>, report: &mut Report) -> Result<Found, Refusal> {
    let CheckOfOne { engine, options, repository, .. } = *scope;
    let mut own = Report::default();
    let (model, trees) = read_model(engine, options, repository, scope.settings, scope.memory, &mut own)?;
    let mut findings = (engine.judge)(&model.facts);
    let scope_rules = findings.iter().filter(|finding| finding.family == SCOPE);
    let strangers = scope_rules.map(|finding| (finding.location.clone(), finding.rule.clone())).collect();
    findings.extend(rules::judge(&scope.settings.rules, &model.facts));
    findings.append(&mut own.findings);
    findings.iter_mut().for_each(|finding| scope.set_level(finding));
    let is_asked = |finding: &Finding| scope.asked_for(finding);
    let findings = merge::told(
        &repository.prefix,
        findings,
        repository.only.as_ref().map(|_| &is_asked as &dyn Fn(&Finding) -> bool),
    );
    let places: Vec<Location> = findings.iter().flat_map(Finding::locations).cloned().collect();
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
        scope.asked_for(finding)
            && !scope.is_excluded(finding)
            && scope.is_enabled(&finding.rule)
            && scope.ignored_by(finding).is_none()
    };
    let (mut kept, mut others): (Vec<_>, Vec<_>) = kept.into_iter().partition(is_wanted);
    for finding in others.extract_if(.., |finding| scope.is_excluded(finding)) {
        if scope.asked_for(&finding) && scope.is_enabled(&finding.rule) {
            let shown = &finding.location.path;
            report.silenced.exclude(scope.settings, Path::new(repository.relative(shown)), shown, &options.here);
        }
    }
    others.retain(|finding| scope.is_on(&finding.rule));
    for finding in others.iter().filter(|finding| scope.asked_for(finding) && scope.is_enabled(&finding.rule)) {
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
    let unsure: Vec<_> = kept.extract_if(.., |finding| finding.confidence < least).collect();
    hidden::count(&unsure, &scope.settings.rules, &model.facts, &mut report.hidden);
    report.others.extend(others.into_iter().chain(unsure));
    remarks::configuration(repository, scope.settings, &model, options, report);
    report.elsewhere += model.elsewhere;
    report.absent.extend(model.absent.iter().cloned());
    report.unswept += scope.unswept(&model.facts);
    report.broken |= own.broken;
    report.errors.append(&mut own.errors);
    report.skipped.append(&mut own.skipped);
    report.misshapen.append(&mut own.misshapen);
    report.roots.insert(repository.prefix.clone(), repository.root.clone());
    report.rule_urls.extend(config.rule_url.iter().map(|address| (repository.prefix.clone(), address.clone())));
    // Where files were named the others were read for their sake only.
    let is_asked = |path: &str| repository.only.as_ref().is_none_or(|only| only.has(path));
    report.files += own.sources.keys().filter(|path| is_asked(path)).count();
    report.sources.append(&mut own.sources);
    Ok(Found { findings: kept, strangers, model, trees })
}
