//! JSON for programs, schema `berthlint/1`: every key is always there, but for the few that say that they are not.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use super::fixes::{PROOF, fixable};
use super::place::{self, ChainLink, Range};
use crate::baseline;
use crate::check::{InputError, Report, Silence};
use crate::door::print;
use crate::edit::{Applicability, Fix};
use crate::facts::{Confidence, StepRef};
use crate::finding::{Finding, Level, Related, Waits};
use crate::source::Location;

#[derive(Serialize)]
struct Document<'r> {
    schema: &'static str,
    tool: Tool,
    summary: Summary<'r>,
    findings: Vec<Entry<'r>>,
    skipped: Vec<Skipped<'r>>,
    errors: Vec<Failure<'r>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary<'r> {
    files: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    /// With a fix that is planned: it is proven when it is written.
    fixable: usize,
    suppressed: usize,
    hidden: usize,
    /// In the baseline.
    known: usize,
    /// Entries of the baseline that are not found any more.
    stale: &'r [baseline::Entry],
    /// Left out because nothing that they rest on has changed.
    untouched: usize,
    silenced: Vec<Silence<'r>>,
}

#[derive(Serialize)]
struct Entry<'r> {
    rule: &'r str,
    family: &'r str,
    level: Level,
    confidence: Confidence,
    message: &'r str,
    help: Option<&'r str>,
    path: &'r str,
    span: Option<Range>,
    /// What stands beside the span where the source is shown.
    label: Option<&'r str>,
    job: Option<&'r str>,
    step: Option<&'r StepRef>,
    related: Vec<Note<'r>>,
    chain: Vec<ChainLink<'r>>,
    callers: &'r [String],
    fix: Option<Mending<'r>>,
    /// Why there is no fix.
    #[serde(skip_serializing_if = "Option::is_none")]
    withheld: Option<&'r str>,
    /// The finding whose fix comes first.
    #[serde(rename = "waits-for", skip_serializing_if = "Option::is_none")]
    waits_for: Option<WaitsFor<'r>>,
    fingerprint: &'r str,
    /// The rule's page, where the configuration says where rules have theirs.
    url: Option<String>,
}

#[derive(Serialize)]
struct WaitsFor<'r> {
    rule: &'r str,
    path: &'r str,
    span: Option<Range>,
    applicability: Applicability,
}

#[derive(Serialize)]
struct Mending<'r> {
    applicability: Applicability,
    /// Which proofs it has passed: `check` plays no job.
    proof: &'static str,
    title: &'r str,
    why: Option<&'r str>,
    /// Empty where it is the fix of another finding.
    edits: Vec<Replacement<'r>>,
    /// The fingerprint of the finding that has the edits: one fix may repair all names of a job, and applied twice it
    /// would break them.
    #[serde(rename = "same-as", skip_serializing_if = "Option::is_none")]
    same_as: Option<&'r str>,
}

/// An edit of a file's bytes, or a whole new file.
#[derive(Serialize)]
struct Replacement<'r> {
    path: &'r str,
    start: usize,
    end: usize,
    old: &'r str,
    text: &'r str,
    create: bool,
}

#[derive(Serialize)]
struct Note<'r> {
    path: &'r str,
    span: Option<Range>,
    message: &'r str,
}

#[derive(Serialize)]
struct Skipped<'r> {
    path: &'r str,
    why: &'r str,
}

#[derive(Serialize)]
struct Failure<'r> {
    path: &'r str,
    span: Option<Range>,
    message: &'r str,
}

/// The whole report.
pub(super) fn document(report: &Report) -> String {
    let document = Document {
        schema: "berthlint/1",
        tool: Tool { name: "berthlint", version: env!("CARGO_PKG_VERSION") },
        summary: Summary {
            files: report.files,
            errors: report.count(Level::Error),
            warnings: report.count(Level::Warning),
            infos: report.count(Level::Info),
            fixable: fixable(report, Applicability::Safe) + fixable(report, Applicability::Unsafe),
            suppressed: report.ignored.len(),
            hidden: report.hidden.total(),
            known: report.baseline.as_ref().map_or(0, |baseline| baseline.known.len()),
            stale: report.baseline.as_ref().map_or(&[], |baseline| &baseline.stale),
            untouched: report.untouched,
            silenced: report.silenced.lines().collect(),
        },
        findings: entries(report).collect(),
        skipped: report
            .skipped
            .iter()
            .chain(&report.warnings)
            .map(|one| Skipped { path: &one.path, why: &one.why })
            .collect(),
        errors: report.errors.iter().map(|error| failure(report, error)).collect(),
    };
    text(&document, true)
}

/// One finding per line.
pub(super) fn lines(report: &Report) -> String {
    entries(report).map(|entry| text(&entry, false)).collect()
}

/// Structs of strings and numbers always print. A log may show it, too.
pub(super) fn text(value: &impl Serialize, pretty: bool) -> String {
    let printed = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    print::json(&printed.unwrap_or_default()).into_owned() + "\n"
}

fn entries(report: &Report) -> impl Iterator<Item = Entry<'_>> {
    let mut written: HashMap<*const Fix, &str> = HashMap::new();
    report.findings.iter().map(move |finding| {
        let fix = finding.fix.as_ref().map(|fix| {
            let first = written.get(&Arc::as_ptr(fix)).copied();
            if first.is_none() {
                written.insert(Arc::as_ptr(fix), &finding.fingerprint);
            }
            mending(fix, first)
        });
        entry(report, finding, fix)
    })
}

fn entry<'r>(report: &'r Report, finding: &'r Finding, fix: Option<Mending<'r>>) -> Entry<'r> {
    Entry {
        rule: &finding.rule,
        family: &finding.family,
        level: finding.level,
        confidence: finding.confidence,
        message: &finding.message,
        help: finding.help.as_deref(),
        path: &finding.location.path,
        span: range(report, &finding.location),
        label: finding.label.as_deref(),
        job: finding.job.as_deref(),
        step: finding.step.as_ref(),
        related: finding.related.iter().map(|related| note(report, related)).collect(),
        chain: place::chain(report, &finding.chain),
        callers: &finding.callers,
        fix,
        withheld: finding.withheld.as_deref(),
        waits_for: finding.waits.as_ref().map(|waits| waits_for(report, waits)),
        fingerprint: &finding.fingerprint,
        url: report.url(finding),
    }
}

fn waits_for<'r>(report: &'r Report, waits: &'r Waits) -> WaitsFor<'r> {
    let Waits { rule, location, applicability } = waits;
    WaitsFor { rule, path: &location.path, span: range(report, location), applicability: *applicability }
}

/// A fix; its edits stand with the first finding that has it.
fn mending<'r>(fix: &'r Fix, same_as: Option<&'r str>) -> Mending<'r> {
    Mending {
        applicability: fix.applicability,
        proof: PROOF,
        title: &fix.title,
        why: fix.why.as_deref(),
        edits: if same_as.is_none() { edits(fix) } else { Vec::new() },
        same_as,
    }
}

fn edits(fix: &Fix) -> Vec<Replacement<'_>> {
    let edits = fix.edits.iter().map(|edit| Replacement {
        path: &edit.path,
        start: edit.span.start,
        end: edit.span.end,
        old: &edit.old,
        text: &edit.new,
        create: false,
    });
    let files = fix.creates.iter().map(|file| Replacement {
        path: &file.path,
        start: 0,
        end: 0,
        old: "",
        text: &file.text,
        create: true,
    });
    edits.chain(files).collect()
}

fn range(report: &Report, location: &Location) -> Option<Range> {
    place::range(report, &location.path, location.span)
}

fn note<'r>(report: &'r Report, related: &'r Related) -> Note<'r> {
    Note { path: &related.location.path, span: range(report, &related.location), message: &related.message }
}

fn failure<'r>(report: &'r Report, error: &'r InputError) -> Failure<'r> {
    let span = error.span.and_then(|span| place::range(report, &error.path, span));
    Failure { path: &error.path, span, message: &error.message }
}
