//! A finding with its source in a frame, as miette draws it.

use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity, SourceCode, ThemeCharacters, ThemeStyles,
};
use textwrap::{WordSeparator, WordSplitter};

use super::excerpt::{Excerpt, Label};
use super::folded::Group;
use super::level::{doubtful, level};
use super::plain;
use super::style::Style;
use super::wrap::{GLUE, glued};
use crate::check::Report;
use crate::finding::{Finding, Level};

/// A finding's head, message, source and help, with those beside it; nothing when its file is not there.
pub(super) fn snippet(report: &Report, group: &Group<'_>, style: Style) -> Option<String> {
    let finding = group.first;
    let source = report.sources.get(&finding.location.path)?;
    let label =
        |text: Option<&String>, span, is_primary| Label { span, text: text.map(|text| plain(text)), is_primary };
    let mut labels = Vec::new();
    for finding in group.pictured() {
        labels.push(label(finding.label.as_ref(), finding.location.span, true));
        let own = finding.related.iter().filter(|related| related.location.path == finding.location.path);
        labels.extend(own.map(|related| label(Some(&related.message), related.location.span, false)));
    }
    let shown = Shown {
        finding,
        code: head(report, finding, style),
        message: glued(&plain(&finding.message), style.width.saturating_sub(INDENT)),
        help: finding.help.as_deref().map(|help| glued(&plain(help), style.width.saturating_sub(INDENT))),
        excerpt: Excerpt::new(source, &labels, style.width),
    };
    let mut text = String::new();
    handler(&shown, style).render_report(&mut text, &shown).ok()?;
    let text = text.replace(GLUE, " ");
    Some(if shown.excerpt.stretches() > 1 { joined(&text) } else { text })
}

/// What stands before the words of a message or a help.
const INDENT: usize = 12;

/// `error rule`, the rule as a link where its page is known and a terminal reads.
pub(super) fn head(report: &Report, finding: &Finding, style: Style) -> String {
    let rule = style.link(&finding.rule, report.url(finding).as_deref());
    format!("{}{} {rule}", level(finding.level), doubtful(finding))
}

fn handler(shown: &Shown<'_>, style: Style) -> GraphicalReportHandler {
    let theme = match style.color {
        true => {
            let mut styles = ThemeStyles::ansi();
            let own = match shown.finding.level {
                Level::Error => styles.error,
                Level::Warning => styles.warning,
                Level::Info => styles.advice,
            };
            // What the finding is about has its colour, whatever else is on the way.
            let other = styles.highlights.last().copied().unwrap_or(own).remove_all_effects();
            styles.highlights =
                shown.excerpt.labels.iter().map(|label| if label.is_primary { own } else { other }).collect();
            GraphicalTheme { characters: ThemeCharacters::unicode(), styles }
        }
        false => GraphicalTheme::unicode_nocolor(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_context_lines(1);
    let handler = handler.with_width(style.width + 2).with_break_words(false);
    handler.with_word_separator(WordSeparator::AsciiSpace).with_word_splitter(WordSplitter::NoHyphenation)
}

/// One frame around all stretches of lines, `⋮` between them, the line numbers below each other.
fn joined(text: &str) -> String {
    let is_head = |line: &str| line.trim_start_matches(' ').starts_with("╭─");
    let is_foot = |line: &str| line.trim_start_matches(' ').starts_with('╰');
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let heads: Vec<&str> = text.lines().filter(|line| is_head(line)).collect();
    let widest = heads.iter().map(|line| indent(line)).max().unwrap_or_default();
    let (mut new, mut frames, mut pad, mut is_inside) = (String::new(), 0, 0, false);
    for line in text.lines() {
        let mut line = line.to_owned();
        if is_head(&line) {
            (frames, is_inside, pad) = (frames + 1, true, widest - indent(&line));
            if frames > 1 {
                line = format!("{:1$}⋮", "", widest - pad);
            }
        } else if is_inside && is_foot(&line) {
            is_inside = false;
            if frames < heads.len() {
                continue;
            }
        } else if !is_inside {
            pad = 0;
        }
        new.push_str(&format!("{:pad$}{line}\n", ""));
    }
    new
}

/// A finding as miette wants it.
#[derive(Debug)]
struct Shown<'r> {
    finding: &'r Finding,
    code: String,
    message: String,
    help: Option<String>,
    excerpt: Excerpt,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.finding.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Info => Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.excerpt.labels.iter().map(|label| {
            let span = (label.start, label.end - label.start);
            match label.is_primary {
                true => LabeledSpan::new_primary_with_span(label.text.clone(), span),
                false => LabeledSpan::new_with_span(label.text.clone(), span),
            }
        })))
    }
}
