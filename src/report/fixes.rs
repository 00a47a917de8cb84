//! What was mended, and what can be.

use std::collections::{BTreeMap, BTreeSet};

use super::marks::{SAFE, UNSAFE};
use super::style::Style;
use super::summary::count;
use super::wrap::line;
use super::{exact, place, plain};

use crate::check::Report;
use crate::difference::LineBefore;
use crate::edit::{Applicability, Fix};
use crate::finding::Finding;

/// Lines that say what a finding's fix does and what to think of before, or why there is none when that was asked for.
pub(super) fn lines(report: &Report, finding: &Finding, style: Style) -> Vec<String> {
    match (&finding.fix, &finding.withheld) {
        (Some(fix), _) => {
            let how = match fix.applicability {
                Applicability::Safe => "`--fix`",
                Applicability::Unsafe => "`--fix --unsafe-fixes`",
                Applicability::Display => "by hand",
            };
            let doubts = fix.why.iter().flat_map(|why| why.split("; "));
            let lead = match fix.applicability {
                Applicability::Safe => "note:",
                Applicability::Unsafe => "unsafe because",
                Applicability::Display => "by hand because",
            };
            let doubts = doubts.map(|doubt| format!("     {lead} {}", plain(doubt)));
            std::iter::once(format!("fix: {} ({how})", plain(&fix.title))).chain(doubts).collect()
        }
        (None, Some(why)) if finding.waits.is_some() => {
            let mut lines = vec![waits(report, finding)];
            if style.show_fixes || style.verbose {
                lines.push(format!("     not alone because {}", plain(why)));
            }
            lines
        }
        (None, Some(why)) if style.show_fixes || style.verbose => vec![format!("no fix: {}", plain(why))],
        _ => Vec::new(),
    }
}

/// Which fix comes first, where a finding's own waits for it.
fn waits(report: &Report, finding: &Finding) -> String {
    let Some(waits) = &finding.waits else { return String::new() };
    let how = if waits.applicability == Applicability::Safe { "`--fix`" } else { "`--fix --unsafe-fixes`" };
    let at = match waits.location.path == finding.location.path {
        true => place::in_file(report, &waits.location),
        false => place::line(report, &waits.location),
    };
    format!("fix: together with `{}` at {at} ({how})", plain(&waits.rule))
}

/// What stands before the reason why a finding has no fix by itself.
pub(super) fn without(finding: &Finding) -> String {
    match &finding.waits {
        Some(waits) => format!("fix: together with `{}`", plain(&waits.rule)),
        None => "no fix".to_owned(),
    }
}

/// Which proofs a fix of a report has passed: those of its text. What is left of the proofs is done when it is written.
pub(super) const PROOF: &str = "text";

/// How many findings have a fix that may be trusted so far, and no further.
pub(super) fn fixable(report: &Report, applicability: Applicability) -> usize {
    let graded = |finding: &&Finding| finding.fixable() == Some(applicability);
    report.findings.iter().filter(graded).count()
}

/// What can be had for the asking, in a line; nothing when nothing can. It is planned, and not yet proven, and one fix
/// may bring another: `--diff` and `--fix` count what they write. `with_marks` says what the marks of lines mean.
pub fn offer(report: &Report, with_marks: bool) -> String {
    let safe = fixable(report, Applicability::Safe);
    let risky = fixable(report, Applicability::Unsafe);
    let marked = |mark: &str| if with_marks { format!("{mark} ") } else { String::new() };
    let (one, other) = (marked(SAFE), marked(UNSAFE));
    match (safe, risky) {
        (0, 0) => String::new(),
        (safe, 0) => {
            format!("{one}{safe} fixable with `--fix`; `--diff` shows how, and leaves out what fails a proof\n")
        }
        (0, risky) => {
            format!(
                "{other}{risky} fixable with `--fix --unsafe-fixes`; `--diff --unsafe-fixes` shows how, and leaves out what fails a \
                 proof\n"
            )
        }
        (safe, risky) => format!(
            "{one}{safe} fixable with `--fix`, {other}{risky} more with `--unsafe-fixes`; `--diff` shows how, and leaves out \
             what fails a proof\n"
        ),
    }
}

/// Why findings that remain have no fix, or none that is safe, a line for each, when that was asked for: for what shows
/// no findings. Their places are those on the disk: `files` says which line of what is not written yet is which.
pub fn no_fixes(report: &Report, files: &BTreeMap<&str, Vec<LineBefore>>, style: Style) -> String {
    let told = |finding: &Finding| {
        let none = finding.withheld.as_deref().map(|why| (without(finding) + ":", why));
        let unsafe_fix = || Some(("unsafe because".to_owned(), finding.doubt()?));
        let (what, why) = none.or_else(unsafe_fix).filter(|_| style.show_fixes)?;
        let at = match files.get(&*finding.location.path) {
            Some(lines) => on_disk(report, finding, lines),
            None => place::shown(report, &finding.location),
        };
        Some(line(&format!("{at}: {what} {} ({})", plain(why), finding.rule), 4, style))
    };
    report.findings.iter().filter_map(told).collect()
}

/// Where a finding of a file that is not written yet stands on the disk. Where its line is another one there, the
/// column says nothing.
fn on_disk(report: &Report, finding: &Finding, lines: &[LineBefore]) -> String {
    let path = exact(&finding.location.path);
    let start = place::range(report, &finding.location.path, finding.location.span).map(|range| range.start);
    let known = start.and_then(|start| Some((start, lines.get(start.line - 1)?)));
    match known {
        Some((start, LineBefore { line: Some(line), is_same: true })) => format!("{path}:{line}:{}", start.column),
        Some((_, LineBefore { line: Some(line), .. })) => format!("{path}:{line}"),
        _ => path,
    }
}

/// A fix that was made: what it does, and the findings it was for, by rule and place.
pub type Made<'a> = (&'a Fix, Vec<(&'a str, &'a str)>);

/// What was mended: in a line, and each fix when that was asked for. `verb` begins it: `Fixed`, `Would fix`. The fixes
/// of `dropped` findings are withheld after a proof; `mended` are gone, those that a fix repairs on the way among them.
pub fn fixes_made(made: &[Made<'_>], (mended, dropped): (usize, usize), verb: &str, style: Style) -> String {
    let mut text = String::new();
    if style.show_fixes {
        let mut told: Vec<(String, Option<String>, usize)> = Vec::new();
        for (fix, findings) in made {
            let mut rules: Vec<&str> = findings.iter().map(|(rule, _)| *rule).collect();
            let mut seen = BTreeSet::new();
            rules.retain(|rule| seen.insert(*rule));
            let path = findings.first().map_or("", |(_, path)| path);
            let what = format!("{}: {} ({})", exact(path), plain(&fix.title), rules.join(", "));
            let lead = if fix.applicability == Applicability::Safe { "note:" } else { "unsafe because" };
            let why = fix.why.as_ref().map(|why| format!("  {lead} {}", plain(why)));
            // The same at several places is said once.
            match told.last_mut() {
                Some((known, doubt, times)) if (&*known, &*doubt) == (&what, &why) => *times += 1,
                _ => told.push((what, why, 1)),
            }
        }
        for (what, why, times) in told {
            let times = if times > 1 { format!(", {times} times") } else { String::new() };
            text.push_str(&line(&format!("{what}{times}"), 4, style));
            text.extend(why.map(|why| line(&why, 4, style)));
        }
    }
    let mut files: Vec<&str> = made.iter().flat_map(|(fix, _)| &fix.edits).map(|edit| edit.path.as_ref()).collect();
    files.extend(made.iter().flat_map(|(fix, _)| &fix.creates).map(|file| file.path.as_ref()));
    files.sort_unstable();
    files.dedup();
    if mended > 0 {
        text.push_str(&format!("{verb} {} in {}\n", count(mended, "finding"), count(files.len(), "file")));
    }
    if dropped > 0 {
        let more = if style.show_fixes { "" } else { "; `--show-fixes` says why" };
        text.push_str(&format!(
            "fix withheld for {}: it was tried, and a proof failed{more}\n",
            count(dropped, "finding")
        ));
    }
    text
}
