//! The end of a human report: errors, what was left out, and the numbers.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::grid::columns;
use super::level::{ink, level};
use super::marks::{SAFE, UNSAFE};
use super::style::{Ink, Style};
use super::{exact, place, plain};
use crate::check::{Means, Report};
use crate::edit::Applicability;
use crate::finding::Level;
use crate::runner::Program;
use crate::source::{FileKind, Location};

/// What could not be read or judged.
pub(super) fn errors(report: &Report) -> String {
    let line = |error: &crate::check::InputError| {
        let at = match error.span {
            Some(span) => place::shown(report, &Location { path: error.path.as_str().into(), span }),
            None => exact(&error.path),
        };
        format!("{at}: error: {}\n", plain(&error.message))
    };
    report.errors.iter().map(line).collect()
}

/// What of a configuration counts for nothing.
pub fn warnings(report: &Report, style: Style) -> String {
    let lead = style.paint("warning", Ink::Doubtful);
    let all = report.warnings.iter();
    all.map(|warning| format!("{}: {lead}: {}\n", exact(&warning.path), plain(&warning.why))).collect()
}

/// What was left out, and what runs elsewhere.
pub(super) fn notes(report: &Report, style: Style) -> String {
    let mut text = warnings(report, style);
    for skipped in &report.skipped {
        text.push_str(&format!("{}: skipped: {}\n", exact(&skipped.path), plain(&skipped.why)));
    }
    if style.verbose {
        for entry in report.baseline.iter().flat_map(|baseline| &baseline.stale) {
            let (path, rule) = (exact(&entry.path), plain(&entry.rule));
            text.push_str(&format!(
                "{path}: in the baseline, and not found any more: {rule} {}\n",
                plain(&entry.message)
            ));
        }
    }
    if style.verbose {
        for source in report.sources.values() {
            let how = match source.kind() {
                // It is read whether or not a step uses it.
                FileKind::Action => "read as an action",
                kind if kind.is_followed() => "followed",
                _ => continue,
            };
            text.push_str(&format!("{}: {how}\n", exact(source.path())));
        }
        for (at, path) in &report.absent {
            let (at, path) = (place::line(report, at), plain(path));
            text.push_str(&format!("{at}: calls `{path}`, which is not in the repository: it was not followed\n"));
        }
        for (at, what) in &report.misshapen {
            text.push_str(&format!("{}: not read: {}\n", place::line(report, at), plain(what)));
        }
    }
    if style.verbose && report.elsewhere > 0 {
        let commands = count(report.elsewhere, "command");
        text.push_str(&format!("{commands} on another machine or daemon left alone\n"));
    }
    text
}

/// Counts per level and rule, the most frequent first, and how many of them can be mended.
pub(super) fn statistics(report: &Report, style: Style) -> String {
    /// All, those with a safe fix, those with another one.
    type Counts = (usize, usize, usize);
    let mut counts: BTreeMap<(Reverse<Level>, &str), Counts> = BTreeMap::new();
    for finding in &report.findings {
        let (all, safe, risky) = counts.entry((Reverse(finding.level), finding.rule.as_str())).or_default();
        *all += 1;
        match finding.fixable() {
            Some(Applicability::Safe) => *safe += 1,
            Some(Applicability::Unsafe) => *risky += 1,
            Some(Applicability::Display) | None => {}
        }
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by(|(one, (few, ..)), (other, (many, ..))| many.cmp(few).then_with(|| one.cmp(other)));
    let row = |((grade, rule), (all, safe, risky)): ((Reverse<Level>, &str), Counts)| {
        let marked = [(SAFE, safe), (UNSAFE, risky)].into_iter().filter(|(_, count)| *count > 0);
        let marked = marked.map(|(mark, count)| format!("{mark} {count}")).collect::<Vec<_>>().join("  ");
        let padded = format!("{:<7}", level(grade.0));
        vec![format!("{all:>6}"), style.paint(&padded, ink(grade.0)), rule.to_owned(), marked]
    };
    columns(&rows.into_iter().map(row).collect::<Vec<_>>())
}

/// There is nothing to look at.
pub(super) const NO_WORKFLOWS: &str =
    "no workflows here: berthlint looks in .gitea/workflows, .forgejo/workflows and .github/workflows\n";

/// The numbers in a line, and how to see what is hidden.
pub(super) fn summary(report: &Report, style: Style) -> String {
    if report.files == 0 && report.errors.is_empty() && report.skipped.is_empty() && report.silenced.is_empty() {
        return NO_WORKFLOWS.to_owned();
    }
    let numbers = [Level::Error, Level::Warning, Level::Info].map(|level| (report.count(level), level));
    let numbers = numbers.into_iter().filter(|(number, _)| *number > 0);
    let numbers: Vec<String> =
        numbers.map(|(number, grade)| style.paint(&count(number, level(grade)), ink(grade))).collect();
    let found = if numbers.is_empty() { "nothing found".to_owned() } else { numbers.join(", ") };
    // Where nothing could be checked the errors say it.
    let is_nothing = report.files == 0 && report.findings.is_empty() && !report.errors.is_empty();
    let checked = (!is_nothing).then(|| format!("{}: {found}", count(report.files, "file")));
    let unread = Some(unread(report)).filter(|unread| *unread > 0);
    let unread = unread.map(|unread| format!("{} could not be checked", count(unread, "path")));
    let ignored = Some(report.ignored.len()).filter(|ignored| *ignored > 0);
    let ignored = ignored.map(|ignored| format!("{ignored} suppressed by comments (`--no-ignores` shows them)"));
    let parts: Vec<String> = [checked, unread, ignored].into_iter().flatten().collect();
    let mut text = parts.join("; ") + "\n";
    text.push_str(&silenced(report));
    text.push_str(&narrowed(report));
    if report.unswept > 0 {
        text.push_str(&format!(
            "{} would outlive a killed runner, and no scheduled workflow sweeps {}: `--select no-sweeper` says which\n",
            count(report.unswept, "resource"),
            them(report.unswept)
        ));
    }
    text.push_str(&hidden(report));
    text
}

/// What has low confidence, and what would raise it.
fn hidden(report: &Report) -> String {
    let (runner, other) = (report.hidden.runner, report.hidden.other);
    let known = match (report.hidden.on_github == runner, report.hidden.on_forgejo == runner) {
        // GitHub's runner brings no file that says so.
        (true, _) => {
            "say under `runners:` in .berthlint.yaml whether its Docker daemon outlives the job (`daemon: shared`) or \
                      ends with it (`daemon: ephemeral`)"
                .to_owned()
        }
        (false, own_forge) => {
            let runner = if own_forge { Program::ForgejoRunner } else { Program::GiteaRunner };
            format!(
                "describe it in .berthlint.yaml (`berthlint init`, `runner: {} {}`), or give its own configuration \
                 (`--runner-config FILE`)",
                runner.name(),
                runner.example_version()
            )
        }
    };
    let (all, shown) = (count(runner + other, "low-confidence finding"), them(runner + other));
    let all = format!("{all} hidden: `--min-confidence low` shows {shown}\n");
    match (runner, other) {
        (0, 0) => String::new(),
        (0, _) => all,
        (1, 0) => format!("{all}It depends on the runner: {known}\n"),
        (_, 0) => format!("{all}They depend on the runner: {known}\n"),
        (1, _) => format!("{all}1 of them depends on the runner: {known}\n"),
        (runner, _) => format!("{all}{runner} of them depend on the runner: {known}\n"),
    }
}

fn them(number: usize) -> &'static str {
    if number == 1 { "it" } else { "them" }
}

/// What is not told because it is known, or because nothing has changed there.
pub fn narrowed(report: &Report) -> String {
    let mut text = String::new();
    if report.untouched > 0 {
        let findings = count(report.untouched, "finding");
        text.push_str(&format!("{findings} left out: no file that they depend on has changed\n"));
    }
    let Some(baseline) = &report.baseline else { return text };
    if !baseline.known.is_empty() {
        text.push_str(&format!("{} left out: in the baseline\n", count(baseline.known.len(), "finding")));
    }
    match baseline.stale.len() {
        0 => {}
        1 => text.push_str("1 entry of the baseline is not found any more: `--write-baseline` removes it\n"),
        stale => {
            text.push_str(&format!(
                "{stale} entries of the baseline are not found any more: `--write-baseline` removes them\n"
            ));
        }
    }
    text
}

/// How many lines of a configuration are named.
const SILENCING_LINES: usize = 5;

/// What one file keeps back by one means.
#[derive(Default)]
struct KeptBack<'r> {
    names: BTreeSet<&'r str>,
    lines: BTreeSet<usize>,
}

/// What the configuration keeps from being reported, in a line; nothing when it keeps nothing back.
pub fn silenced(report: &Report) -> String {
    let mut parts: BTreeMap<(Means, &str), KeptBack<'_>> = BTreeMap::new();
    for silence in report.silenced.lines() {
        let part = parts.entry((silence.means, silence.path)).or_default();
        part.names.extend(silence.names.iter().map(String::as_str));
        part.lines.insert(silence.line);
    }
    let part = |((means, path), KeptBack { names, lines }): ((Means, &str), KeptBack<'_>)| {
        let what = match means {
            Means::Excluded => count(names.len(), "file") + " excluded",
            Means::Ignored => "findings in ".to_owned() + &count(names.len(), "file") + " ignored",
            Means::Off => count(names.len(), "rule") + " off",
            Means::Lowered => count(names.len(), "rule") + " lowered",
            Means::Ephemeral => count(names.len(), "runner label") + " declared ephemeral",
        };
        let shown: Vec<String> = lines.iter().take(SILENCING_LINES).map(|line| format!(":{line}")).collect();
        let more = if lines.len() > SILENCING_LINES { " and more" } else { "" };
        format!("{what} by {}{}{more}", exact(path), shown.join(" "))
    };
    match parts.is_empty() {
        true => String::new(),
        false => format!("{}\n", parts.into_iter().map(part).collect::<Vec<_>>().join(", ")),
    }
}

/// How many files and folders there is an error about.
fn unread(report: &Report) -> usize {
    report.errors.iter().map(|error| error.path.as_str()).collect::<BTreeSet<_>>().len()
}

pub(in crate::report) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
