//! What a check found, as text. Pure: a [`Report`] goes in, text comes out.
//!
//! [`render`] writes the findings in a [`Format`]: `full` and `concise` for people (in a `style`, with the `summary` at
//! the end and what `fixes` there are), `json` for programs, and what forges and their tools read: `sarif`, `github`,
//! `gitlab`, `junit`, `checkstyle`, `rdjson`, `markdown`. The other commands' texts: `facts`, `rules`, `coverage`,
//! `collisions`, `starter`, `explained` and `page`, `trials`. `place` makes lines and columns of byte spans, `words`
//! lines of what a finding says, for all of them. Of `full` a finding is a `snippet`, whose lines of source are an
//! `excerpt`; `wrap` and `grid` put words and cells into the columns there are.

mod checkstyle;
mod collisions;
mod concise;
mod coverage;
mod evidence;
mod excerpt;
mod explained;
mod facts;
mod fixes;
mod folded;
mod full;
mod github;
mod gitlab;
mod grid;
mod json;
mod junit;
mod level;
mod markdown;
mod marks;
mod page;
mod patch;
mod place;
mod rdjson;
mod rehearsal;
mod rules;
mod sarif;
mod snippet;
mod starter;
mod starter_runner;
mod style;
mod summary;
#[cfg(test)]
mod tests;
mod trials;
mod words;
mod wrap;
mod xml;

pub use crate::check::Report;
use crate::door::print::{exact, line as plain};
use crate::names::YAML_ERROR;
pub use collisions::Collisions;
pub use coverage::Coverage;
pub use evidence::{evidence_json, evidence_table};
pub use explained::explained_json;
pub use facts::facts;
pub use fixes::{fixes_made, no_fixes, offer};
use grid::columns;
pub use page::explained_text;
pub use patch::colored_patch;
pub use rehearsal::{Rehearsals, Rehearsed};
pub use rules::{rules_json, rules_text};
pub use starter::starter;
pub use style::Style;
pub use summary::{narrowed, silenced, warnings};
pub use trials::{Tried, Trouble, trials_json, trials_text};

/// The formats of findings. README.md names them.
///
/// A new one has an arm in each match here (which the compiler asks for), a place in [`Format::ALL`] and a file with a
/// function from a [`Report`] to text: `concise` is the smallest example for people, where what a stranger wrote goes
/// through [`plain`] or [`exact`], `github` one of lines that a program reads, and `json` a document for programs.
/// `--format` takes its values from [`Format::ALL`], and nothing changes in `src/cli`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[deny(dead_code, reason = "a format that `ALL` leaves out cannot be asked for")]
pub enum Format {
    /// For reading: the source, with labels, help and calls.
    Full,
    /// One line per finding.
    Concise,
    /// One JSON document.
    Json,
    /// One JSON object per finding and line.
    Jsonl,
    /// For code scanning services and editors.
    Sarif,
    /// Annotations by commands to the runner.
    Github,
    /// A code quality report.
    Gitlab,
    /// A test report.
    Junit,
    /// What many tools of CI servers read.
    Checkstyle,
    /// For reviewdog.
    Rdjson,
    /// A table for a comment or a job's summary.
    Markdown,
}

impl Format {
    /// All of them, in the order in which `--help` shows them.
    pub const ALL: [Self; 11] = [
        Self::Full,
        Self::Concise,
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Checkstyle,
        Self::Rdjson,
        Self::Markdown,
    ];

    /// What `--format` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Checkstyle => "checkstyle",
            Self::Rdjson => "rdjson",
            Self::Markdown => "markdown",
        }
    }

    /// Whether it is a document of its own, which programs read: it holds the findings, and nothing that is said to
    /// people beside them. Such a format escapes by itself what a terminal or a runner obeys (`print::json`, or
    /// [`plain`] and [`exact`] for each text): what goes through `print::lines` is written for people.
    pub fn is_for_programs(self) -> bool {
        match self {
            Self::Full | Self::Concise => false,
            Self::Json | Self::Jsonl | Self::Sarif | Self::Github | Self::Gitlab => true,
            Self::Junit | Self::Checkstyle | Self::Rdjson | Self::Markdown => true,
        }
    }

    /// Whether its lines are commands that the runners of GitHub, Gitea and Forgejo obey (`::error …`), and printed so
    /// that they do. Commands to anybody else's agent (`##vso[…]`) are plain lines to these: no, and they are printed
    /// as they are.
    pub fn commands_the_runner(self) -> bool {
        self == Self::Github
    }

    /// Whether what could not be read has a place in it.
    pub fn has_errors(self) -> bool {
        self != Self::Jsonl
    }

    /// Whether what counts for nothing in the configuration has a place in it.
    pub fn has_warnings(self) -> bool {
        self.has_silences() || self == Self::Github
    }

    /// Whether what the configuration keeps back has a place in it.
    pub fn has_silences(self) -> bool {
        match self {
            Self::Full | Self::Concise | Self::Json | Self::Sarif | Self::Markdown => true,
            Self::Jsonl | Self::Github | Self::Gitlab | Self::Junit | Self::Checkstyle | Self::Rdjson => false,
        }
    }
}

/// The report in a format.
pub fn render(report: &Report, format: Format, style: Style) -> String {
    let findings = match format {
        Format::Json => return json::document(report),
        Format::Jsonl => return json::lines(report),
        Format::Sarif => return sarif::document(report),
        Format::Github => return github::commands(report),
        Format::Gitlab => return gitlab::document(report),
        Format::Junit => return junit::document(report),
        Format::Checkstyle => return checkstyle::document(report),
        Format::Rdjson => return rdjson::document(report),
        Format::Markdown => return markdown::document(report),
        _ if style.statistics => summary::statistics(report, style),
        Format::Full => full::findings(report, style),
        Format::Concise => concise::findings(report, style),
    };
    let mut text = findings;
    text.push_str(&summary::errors(report));
    if !style.quiet {
        let with_marks = style.statistics || format == Format::Concise;
        let ending =
            summary::notes(report, style) + &summary::summary(report, style) + &fixes::offer(report, with_marks);
        match style.fits && format == Format::Full {
            true => ending.lines().for_each(|line| text.push_str(&wrap::hanging(line, 2, style.width))),
            false => text.push_str(&ending),
        }
    }
    text
}

/// What could not be read, a line each.
fn unread(report: &Report) -> String {
    let lines = facts::failures(report).into_iter();
    lines.map(|failure| format!("{}: error: {}\n", exact(failure.path), plain(failure.message))).collect()
}

/// What could not be read, parsed or judged, in lines, where findings are not shown.
pub fn broken(report: &Report) -> String {
    let mut own = Report { errors: report.errors.clone(), sources: report.sources.clone(), ..Report::default() };
    own.findings = report.findings.iter().filter(|finding| finding.rule == YAML_ERROR).cloned().collect();
    concise::findings(&own, Style::default()) + &summary::errors(&own)
}
