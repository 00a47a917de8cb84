//! For reading: the source of each finding with labels, then help, calls, and places in other files.
//!
//! Findings stand by file. What is said of many places is said once, at the first of them.

use std::collections::HashMap;
use std::path::Path;

use super::level::{ink, level};
use super::snippet::{head, snippet};
use super::style::{Ink, Style};
use super::wrap::{columns, paragraph};
use super::{exact, place, plain, words};
use crate::check::Report;
use crate::edit::Applicability;
use crate::finding::{Finding, Level};

/// How many more places of a finding are named.
const PLACES: usize = 8;

/// Every finding with its source.
pub(super) fn findings(report: &Report, style: Style) -> String {
    let groups = groups(report, style);
    let paths = groups.iter().map(|group| &group[0].location.path);
    let is_one_file = paths.clone().all(|path| *path == groups[0][0].location.path);
    let (mut text, mut before) = (String::new(), None);
    for (group, path) in groups.iter().zip(paths) {
        let finding = group[0];
        if !is_one_file && before != Some(path) {
            text.push_str(&heading(path, style));
            before = Some(path);
        }
        text.push_str(&snippet(report, finding, style).unwrap_or_else(|| without_source(report, finding, style)));
        for line in words::notes(report, finding, style, false) {
            text.push_str(&paragraph(&format!("  {line}"), style.width));
        }
        if group.len() > 1 {
            text.push_str(&paragraph(&format!("  {}", more(report, &group[1..])), style.width));
        }
        text.push_str(&style.paint(&format!("  more: berthlint explain {}", finding.rule), Ink::Faint));
        text.push_str("\n\n");
    }
    text
}

/// The findings in their order, those together of which the same is said.
fn groups(report: &Report, style: Style) -> Vec<Vec<&Finding>> {
    type Said<'r> = (Option<&'r Path>, &'r str, &'r str, Level, Option<Applicability>);
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    let mut known: HashMap<Said<'_>, usize> = HashMap::new();
    for finding in &report.findings {
        let fix = finding.fixable();
        // Who is asked to mend it reads of one repository, and not of another's place.
        let root = report.below_root(&finding.location.path).map(|(root, _)| root);
        let said = (root, finding.rule.as_str(), finding.message.as_str(), finding.level, fix);
        // Who asks for everything, or for the reasons of each fix, gets each.
        match known.get(&said).filter(|_| !style.verbose && !style.show_fixes) {
            Some(at) => groups[*at].push(finding),
            None => {
                known.insert(said, groups.len());
                groups.push(vec![finding]);
            }
        }
    }
    groups
}

/// Where the same is found, in a line.
fn more(report: &Report, others: &[&Finding]) -> String {
    let mut places: Vec<String> = Vec::new();
    for finding in others.iter().take(PLACES) {
        places.push(place::line(report, &finding.location));
    }
    let rest = if others.len() > PLACES { ", …" } else { "" };
    format!("and {} more of these (`-v` shows each): {}{rest}", others.len(), places.join(", "))
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
