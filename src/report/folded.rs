//! Findings of which the same is said: it is said once, at the first of them.

use std::collections::HashMap;
use std::path::Path;

use super::style::Style;
use super::{place, plain, words};
use crate::check::Report;
use crate::edit::Applicability;
use crate::finding::{Finding, Level};

/// How many more places of a finding are named, and how many of its neighbours are in its picture.
const PLACES: usize = 8;

/// Findings that are shown together.
pub(super) struct Group<'r> {
    /// The one that is shown whole.
    pub(super) first: &'r Finding,
    /// Those with the same message.
    same: Vec<&'r Finding>,
    /// Those of the same file of which the same is said of another name: the services of a compose file.
    neighbours: Vec<&'r Finding>,
}

impl<'r> Group<'r> {
    fn of(first: &'r Finding) -> Self {
        Self { first, same: Vec::new(), neighbours: Vec::new() }
    }

    /// The findings that are in the picture of the first one.
    pub(super) fn pictured(&self) -> impl Iterator<Item = &'r Finding> {
        std::iter::once(self.first).chain(self.neighbours.iter().take(PLACES).copied())
    }

    /// Where the others are, a line for each kind.
    pub(super) fn others(&self, report: &Report) -> Vec<String> {
        let same = self.same.iter().map(|other| place::line(report, &other.location)).collect();
        let own = names(&self.first.message).collect::<Vec<_>>();
        let neighbours = self.neighbours.iter().map(|other| {
            let line = place::in_file(report, &other.location);
            match names(&other.message).zip(&own).find(|(name, own)| name != *own) {
                Some((name, _)) => format!("`{}` ({line})", plain(name)),
                None => line,
            }
        });
        let more = |what: &str, places: Vec<String>| {
            let rest = if places.len() > PLACES { ", …" } else { "" };
            let (count, first) = (places.len(), &places[..places.len().min(PLACES)]);
            (count > 0).then(|| format!("and {count} more {what} (`-v` shows each): {}{rest}", first.join(", ")))
        };
        more("of the same kind in this file", neighbours.collect()).into_iter().chain(more("of these", same)).collect()
    }
}

/// The findings of a report in their order, those together of which the same is said.
pub(super) fn groups<'r>(report: &'r Report, style: Style) -> Vec<Group<'r>> {
    type Same<'r> = (Option<&'r Path>, &'r str, &'r str, Level, Option<Applicability>);
    // Who asks for everything, or for the reasons of each fix, gets each.
    if style.verbose || style.show_fixes {
        return report.findings.iter().map(Group::of).collect();
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut same: HashMap<Same<'_>, usize> = HashMap::new();
    let mut alike: HashMap<(&str, &str, Level, Vec<String>), usize> = HashMap::new();
    for finding in &report.findings {
        // Who is asked to mend it reads of one repository, and not of another's place.
        let root = report.below_root(&finding.location.path).map(|(root, _)| root);
        let said = (root, finding.rule.as_str(), finding.message.as_str(), finding.level, finding.fixable());
        let sentences =
            (&*finding.location.path, finding.rule.as_str(), finding.level, sentences(report, finding, style));
        if let Some(at) = same.get(&said) {
            groups[*at].same.push(finding);
        } else if let Some(at) = alike.get(&sentences) {
            groups[*at].neighbours.push(finding);
        } else {
            same.insert(said, groups.len());
            alike.insert(sentences, groups.len());
            groups.push(Group::of(finding));
        }
    }
    groups
}

/// All that is said of a finding, without the names in it.
fn sentences(report: &Report, finding: &Finding, style: Style) -> Vec<String> {
    let own = finding.related.iter().filter(|related| related.location.path == finding.location.path);
    let said = [Some(&finding.message), finding.help.as_ref(), finding.label.as_ref()];
    let said = said.into_iter().flatten().chain(own.map(|related| &related.message)).map(|text| without_names(text));
    said.chain(words::notes(report, finding, style, false).iter().map(|note| without_names(note))).collect()
}

/// What stands between backticks.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn without_names(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join("`")
}
