//! For reading: the source of each finding with labels, then help, calls, and places in other files.
//!
//! Findings stand by file. What is said of many places is said once, at the first of them.

use super::folded::groups;
use super::level::{ink, level};
use super::snippet::{head, snippet};
use super::style::{Ink, Style};
use super::wrap::{columns, paragraph};
use super::{exact, place, plain, words};
use crate::check::Report;
use crate::finding::Finding;

/// Every finding with its source.
pub(super) fn findings(report: &Report, style: Style) -> String {
    let groups = groups(report, style);
    let paths = groups.iter().map(|group| &group.first.location.path);
    let is_one_file = paths.clone().all(|path| *path == groups[0].first.location.path);
    let (mut text, mut before) = (String::new(), None);
    for (group, path) in groups.iter().zip(paths) {
        let finding = group.first;
        if !is_one_file && before != Some(path) {
            text.push_str(&heading(path, style));
            before = Some(path);
        }
        text.push_str(&snippet(report, group, style).unwrap_or_else(|| without_source(report, finding, style)));
        for line in words::notes(report, finding, style, false) {
            text.push_str(&paragraph(&format!("  {line}"), style.width));
        }
        for line in group.others(report) {
            text.push_str(&paragraph(&format!("  {line}"), style.width));
        }
        text.push_str(&style.paint(&format!("  more: berthlint explain {}", finding.rule), Ink::Faint));
        text.push_str("\n\n");
    }
    text
}

/// A line above the findings of a file.
fn heading(path: &str, style: Style) -> String {
    let path = exact(path);
    let line = "─".repeat(style.width.saturating_sub(columns(&path) + 4));
    let words = [("──", Ink::Faint), (path.as_str(), Ink::Head), (line.as_str(), Ink::Faint)];
    let words = words.iter().filter(|(word, _)| !word.is_empty()).map(|(word, ink)| style.paint(word, *ink));
    format!("{}\n\n", words.collect::<Vec<_>>().join(" "))
}

fn without_source(report: &Report, finding: &Finding, style: Style) -> String {
    let at = place::shown(report, &finding.location);
    let message = format!("  {}: {}", level(finding.level), plain(&finding.message));
    let head = style.paint(&head(report, finding, style), ink(finding.level));
    let mut text = format!("{head}\n\n{}  at {at}\n", paragraph(&message, style.width));
    if let Some(help) = &finding.help {
        text.push_str(&paragraph(&format!("  help: {}", plain(help)), style.width));
    }
    text
}
