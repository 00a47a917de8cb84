//! SARIF 2.1.0, which code scanning services and editors read.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::fixes::PROOF;
use super::place::{self, Range};
use super::{plain, summary};
use crate::baseline::Entry;
use crate::check::{InputError, Report, RuleHelp, rule_help};
use crate::edit::{Applicability, Edit, Fix};
use crate::facts::Link;
use crate::finding::{Finding, Level, Related};
use crate::source::{Location, Span};

/// What paths are relative to: the folder that berthlint runs in.
const BASE: &str = "%SRCROOT%";

/// The whole report.
pub(super) fn document(report: &Report) -> String {
    let rules = rule_help(report);
    let index: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(at, rule)| (rule.info.id.as_str(), at)).collect();
    let found = report.findings.iter().map(|finding| result(report, &index, finding, Vec::new()));
    let ignored = report.ignored.iter().map(|ignored| {
        let mut comment = json!({"kind": "inSource", "location": location(report, &ignored.comment, None)});
        if !ignored.reason.is_empty() {
            comment["justification"] = ignored.reason.as_str().into();
        }
        result(report, &index, &ignored.finding, vec![comment])
    });
    let known = report.baseline.iter().flat_map(|baseline| &baseline.known).map(|known| {
        let entry = json!({"kind": "external", "justification": justification(&known.entry)});
        result(report, &index, &known.finding, vec![entry])
    });
    let mut document = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "berthlint",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|known| rule(report, known)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {BASE: {"description": {"text": "The folder that berthlint runs in"}}},
            "invocations": [invocation(report)],
            "results": found.chain(ignored).chain(known).collect::<Vec<_>>(),
        }],
    });
    // The rules' own folder says what the program is.
    let page = report.rule_urls.values().next().and_then(|address| address.split('{').next());
    if let Some((folder, _)) = page.and_then(|page| page.rsplit_once('/')).filter(|(folder, _)| !folder.ends_with('/'))
    {
        document["runs"][0]["tool"]["driver"]["informationUri"] = folder.into();
    }
    super::json::text(&document, true)
}

/// Why a finding is not told again: since when, and what people wrote beside it.
fn justification(entry: &Entry) -> String {
    let since = if entry.date.is_empty() { String::new() } else { format!(" since {}", entry.date) };
    let notes = entry.notes.iter().filter_map(|(name, value)| Some(format!("{name}: {}", value.as_str()?)));
    std::iter::once(format!("In the baseline{since}"))
        .chain(notes)
        .map(|part| plain(&part))
        .collect::<Vec<_>>()
        .join("; ")
}

/// Whether all could be judged, and what could not or was not to be.
fn invocation(report: &Report) -> Value {
    let unread = |error: &InputError| {
        let place = match error.span {
            Some(span) => location(report, &Location { path: error.path.as_str().into(), span }, None),
            None => json!({"physicalLocation": {"artifactLocation": artifact(&error.path)}}),
        };
        json!({"level": "error", "message": message(&error.message), "locations": [place]})
    };
    let silenced = summary::silenced(report);
    let silenced = silenced.lines().map(|line| json!({"level": "note", "message": message(line)}));
    let warnings = report.warnings.iter().map(|one| {
        let place = json!({"physicalLocation": {"artifactLocation": artifact(&one.path)}});
        json!({"level": "warning", "message": message(&one.why), "locations": [place]})
    });
    json!({
        "executionSuccessful": !report.is_incomplete(),
        "toolExecutionNotifications": report.errors.iter().map(unread).collect::<Vec<_>>(),
        "toolConfigurationNotifications": silenced.chain(warnings).collect::<Vec<_>>(),
    })
}

fn rule(report: &Report, rule: &RuleHelp) -> Value {
    let RuleHelp { info, why, does, .. } = rule;
    let more = format!("{}\n\n{does}\n\nMore: berthlint explain {}", why.trim_end(), info.id);
    let code = format!("{}\n\n{does}\n\nMore: `berthlint explain {}`", why.trim_end(), info.id);
    let mut known = json!({
        "id": info.id,
        "shortDescription": {"text": format!("{}.", info.summary)},
        "fullDescription": {"text": format!("{}.", info.summary)},
        "help": {"text": more, "markdown": code},
        "defaultConfiguration": {"enabled": info.enabled, "level": level(info.level)},
        "properties": {"tags": [info.family]},
    });
    if let Some(page) = report.page(&info.id, info.family.as_ref()) {
        known["helpUri"] = page.into();
    }
    known
}

fn result(report: &Report, rules: &BTreeMap<&str, usize>, finding: &Finding, suppressions: Vec<Value>) -> Value {
    let mut words = plain(&finding.message);
    if let Some(help) = &finding.help {
        words.push_str(&format!("\n\nhelp: {}", plain(help)));
    }
    let mut place = location(report, &finding.location, finding.label.as_deref());
    if let Some(job) = &finding.job {
        let name = format!("{}#{job}", finding.workflow());
        place["logicalLocations"] = json!([{"name": job, "fullyQualifiedName": name}]);
    }
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level(finding.level),
        "message": message(&words),
        "locations": [place],
        "partialFingerprints": {"berthlint/v1": finding.fingerprint},
        // There in each result, or in none: the empty list says that nothing suppresses it.
        "suppressions": suppressions,
        "properties": {"confidence": finding.confidence, "callers": finding.callers},
    });
    if let Some(at) = rules.get(finding.rule.as_str()) {
        result["ruleIndex"] = (*at).into();
    }
    if !finding.related.is_empty() {
        let places = finding.related.iter().enumerate();
        result["relatedLocations"] = places.map(|(at, related)| noted(report, at, related)).collect();
    }
    if !finding.chain.is_empty() {
        result["codeFlows"] = json!([flow(report, finding)]);
    }
    if let Some(fix) = finding.fix.as_deref() {
        // Whoever reads `fixes` may apply them without a question.
        if fix.applicability == Applicability::Safe {
            result["fixes"] = json!([replacements(report, fix)]);
        }
        result["properties"]["fix"] =
            json!({"applicability": fix.applicability, "proof": PROOF, "title": fix.title, "why": fix.why});
    }
    result
}

fn noted(report: &Report, at: usize, related: &Related) -> Value {
    let mut place = location(report, &related.location, Some(&related.message));
    place["id"] = at.into();
    place
}

/// The calls from the workflow down to the finding.
fn flow(report: &Report, finding: &Finding) -> Value {
    let call = |link: &Link| json!({"location": location(report, &link.location, Some(&link.what))});
    let here = json!({"location": location(report, &finding.location, Some(&finding.message))});
    let steps: Vec<Value> = finding.chain.iter().map(call).chain([here]).collect();
    json!({"threadFlows": [{"locations": steps}]})
}

fn replacements(report: &Report, fix: &Fix) -> Value {
    let mut files: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for edit in &fix.edits {
        files.entry(&edit.path).or_default().push(replacement(report, edit));
    }
    for file in &fix.creates {
        let all = json!({"deletedRegion": {"byteOffset": 0, "byteLength": 0}, "insertedContent": {"text": file.text}});
        files.entry(&file.path).or_default().push(all);
    }
    let changes = files
        .into_iter()
        .map(|(path, replacements)| json!({"artifactLocation": artifact(path), "replacements": replacements}));
    let doubt = fix.why.iter().map(|why| format!(" ({})", plain(why)));
    let words = plain(&fix.title) + &doubt.collect::<String>();
    json!({
        "description": message(&words),
        "artifactChanges": changes.collect::<Vec<_>>(),
        "properties": {"applicability": fix.applicability, "proof": PROOF},
    })
}

fn replacement(report: &Report, edit: &Edit) -> Value {
    json!({
        "deletedRegion": region(place::range(report, &edit.path, edit.span), edit.span),
        "insertedContent": {"text": edit.new},
    })
}

fn location(report: &Report, location: &Location, words: Option<&str>) -> Value {
    let mut physical = json!({"artifactLocation": artifact(&location.path)});
    if let Some(range) = place::range(report, &location.path, location.span) {
        physical["region"] = region(Some(range), location.span);
    }
    let mut place = json!({"physicalLocation": physical});
    if let Some(words) = words {
        place["message"] = message(&plain(words));
    }
    place
}

/// Lines and columns for those who show it, bytes for those who change it; ends are exclusive.
fn region(range: Option<Range>, span: Span) -> Value {
    let bytes = json!({"byteOffset": span.start, "byteLength": span.end - span.start});
    let Some(Range { start, end }) = range else { return bytes };
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
        "byteOffset": span.start,
        "byteLength": span.end - span.start,
    })
}

/// A path as a URI: what is neither a letter, a digit nor one of `-._~/` is written by its bytes.
fn artifact(path: &str) -> Value {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    match path.starts_with('/') {
        true => json!({"uri": format!("file://{uri}")}),
        false => json!({"uri": uri, "uriBaseId": BASE}),
    }
}

/// A text in which nothing is a link: `[words](target)` would be one.
fn message(text: &str) -> Value {
    let text = match text.contains("](") {
        true => text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]"),
        false => text.to_owned(),
    };
    json!({"text": text})
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    }
}
