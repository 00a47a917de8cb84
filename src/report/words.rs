//! What there is to say of a finding beside its message, a line each.

use super::level::doubtful;
use super::style::Style;
use super::{fixes, place, plain};
use crate::check::Report;
use crate::finding::Finding;

/// All of it as lines, the message first, each escaped by `plain` already: for formats that have room for a text and
/// show no source.
pub(super) fn whole(report: &Report, finding: &Finding) -> Vec<String> {
    let mut lines = vec![plain(&finding.message) + doubtful(finding)];
    lines.extend(finding.help.iter().map(|help| format!("help: {}", plain(help))));
    lines.extend(notes(report, finding, Style::default(), true));
    lines
}

/// Other places, the calls, the jobs, the fix. Places in the finding's own file are left out where labels show them.
pub(super) fn notes(report: &Report, finding: &Finding, style: Style, with_own_file: bool) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    let is_shown = |path: &str| with_own_file || path != finding.location.path.as_ref();
    for related in finding.related.iter().filter(|related| is_shown(&related.location.path)) {
        notes.push(format!("see {}: {}", place::line(report, &related.location), plain(&related.message)));
    }
    for link in finding.chain.iter().rev() {
        notes.push(format!("called from {} `{}`", place::line(report, &link.location), plain(&link.what)));
    }
    if finding.callers.len() > 1 {
        notes.push(format!("reached by {} jobs: {}", finding.callers.len(), plain(&first_of(&finding.callers))));
    }
    notes.extend(fixes::lines(report, finding, style));
    notes
}

/// How many names of a list stand in a sentence.
const MOST_NAMES: usize = 5;

/// The first names of a list, and how many more there are.
fn first_of(names: &[String]) -> String {
    match names.len().checked_sub(MOST_NAMES) {
        None | Some(0 | 1) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..MOST_NAMES].join(", ")),
    }
}
