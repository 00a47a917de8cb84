//! For reading: the source of each finding with labels, then help, calls, and places in other files.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity,
    SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use textwrap::{WordSeparator, WordSplitter};

use super::concise::level;
use super::style::Style;
use super::{exact, place, plain, words};
use crate::check::Report;
use crate::door::print;
use crate::finding::{Finding, Level};
use crate::source::Source;

/// A longer line is not shown: it is generated, and would drown the message.
const LONGEST_LINE: usize = 400;

/// Stands for a blank within code while lines are wrapped: what is to be copied stays in one piece. No text has it: it
/// is none of Unicode's characters.
const GLUE: char = '\u{fdd0}';

/// Longer code is wrapped like other words.
const LONGEST_CODE: usize = 60;

/// Every finding with its source.
pub(super) fn findings(report: &Report, style: Style) -> String {
    let handler = handler(style);
    let mut text = String::new();
    // A file may have thousands of findings: it is made printable once.
    let mut printables: HashMap<&str, Cow<'_, str>> = HashMap::new();
    for finding in &report.findings {
        text.push_str(
            &snippet(report, finding, &handler, &mut printables).unwrap_or_else(|| without_source(report, finding)),
        );
        for line in words::notes(report, finding, style, false) {
            text.push_str(&format!("  {line}\n"));
        }
        text.push_str(&format!("  more: berthlint explain {}\n", finding.rule));
        text.push('\n');
    }
    text
}

fn handler(style: Style) -> GraphicalReportHandler {
    let theme = match style.color {
        true => GraphicalTheme { characters: ThemeCharacters::unicode(), styles: ThemeStyles::ansi() },
        false => GraphicalTheme::unicode_nocolor(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_context_lines(1);
    let handler = handler.with_width(style.width).with_break_words(false);
    handler.with_word_separator(WordSeparator::AsciiSpace).with_word_splitter(WordSplitter::NoHyphenation)
}

/// The source with its labels; nothing when it cannot be shown.
fn snippet<'r>(
    report: &'r Report,
    finding: &'r Finding,
    handler: &GraphicalReportHandler,
    printables: &mut HashMap<&'r str, Cow<'r, str>>,
) -> Option<String> {
    let source = report.sources.get(&finding.location.path)?;
    let printable = printables.entry(source.path()).or_insert_with(|| printable(source.text()));
    let diagnostic = Shown::new(finding, source, printable)?;
    let mut text = String::new();
    handler.render_report(&mut text, &diagnostic).ok()?;
    Some(text.replace(GLUE, " "))
}

fn without_source(report: &Report, finding: &Finding) -> String {
    let at = place::shown(report, &finding.location);
    let mut text = format!("{}\n\n  {}: {}\n  at {at}\n", finding.rule, level(finding.level), plain(&finding.message));
    if let Some(help) = &finding.help {
        text.push_str(&format!("  help: {}\n", plain(help)));
    }
    text
}

/// A finding as miette wants it.
#[derive(Debug)]
struct Shown<'r> {
    finding: &'r Finding,
    message: String,
    help: Option<String>,
    code: Code<'r>,
    labels: Vec<LabeledSpan>,
}

impl<'r> Shown<'r> {
    /// Nothing when a line it would show is too long.
    fn new(finding: &'r Finding, source: &'r Source, printable: &'r str) -> Option<Self> {
        let place = source.place(finding.location.span.start);
        let primary = one_line(source, finding.location.span);
        let mut labels = vec![LabeledSpan::new_primary_with_span(None, primary)];
        let mut lines = vec![place.line];
        for related in finding.related.iter().filter(|related| related.location.path == finding.location.path) {
            lines.push(source.place(related.location.span.start).line);
            let span = one_line(source, related.location.span);
            labels.push(LabeledSpan::new_with_span(Some(plain(&related.message)), span));
        }
        let too_long = |line: usize| source.line(line).is_some_and(|span| span.end - span.start > LONGEST_LINE);
        if lines.iter().any(|&line| (line.saturating_sub(1)..=line + 1).any(too_long)) {
            return None;
        }
        Some(Self {
            finding,
            message: glued(&plain(&finding.message)),
            help: finding.help.as_deref().map(|help| glued(&plain(help))),
            code: Code { path: exact(source.path()), source, text: printable },
            labels,
        })
    }
}

/// A text whose code is not torn when it is wrapped: what stands between backticks, and `${{ … }}`.
fn glued(text: &str) -> String {
    let mut new = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        if index > 0 {
            new.push('`');
        }
        match index % 2 == 1 {
            true if part.chars().count() <= LONGEST_CODE => new.push_str(&part.replace(' ', &GLUE.to_string())),
            true => new.push_str(&glued_expressions(part)),
            false => new.push_str(part),
        }
    }
    new
}

fn glued_expressions(code: &str) -> String {
    let mut new = String::with_capacity(code.len());
    let mut rest = code;
    while let Some((before, (inside, after))) =
        rest.split_once("${{").and_then(|(before, inside)| Some((before, inside.split_once("}}")?)))
    {
        new.push_str(&format!("{before}${{{{{}}}}}", inside.replace(' ', &GLUE.to_string())));
        rest = after;
    }
    new + rest
}

/// The first line of a span: what a command or a key begins with says where it is.
fn one_line(source: &Source, span: crate::source::Span) -> SourceSpan {
    let line = source.line(source.place(span.start).line).unwrap_or(span);
    let end = span.end.min(line.end).max(span.start);
    (span.start, end - span.start).into()
}

/// As many bytes, but for what would be obeyed. A carriage return belongs to the line end behind it, or is none.
fn printable(text: &str) -> Cow<'_, str> {
    let is_obeyed = |at: usize, c: char| match c {
        '\n' | '\t' => false,
        '\r' => !text[at + 1..].starts_with('\n'),
        c => print::is_obeyed(c),
    };
    if !text.char_indices().any(|(at, c)| is_obeyed(at, c)) {
        return Cow::Borrowed(text);
    }
    let shown = |(at, c): (usize, char)| if is_obeyed(at, c) { "?".repeat(c.len_utf8()) } else { c.to_string() };
    text.char_indices().map(shown).collect()
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("{} {}", level(self.finding.level), self.finding.rule)))
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
        Some(&self.code)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// A file's text with its name, borrowed.
#[derive(Debug)]
struct Code<'r> {
    path: String,
    source: &'r Source,
    /// The source's text with nothing in it that would be obeyed: as many bytes, and the same lines.
    text: &'r str,
}

impl Code<'_> {
    /// The lines around a span, by the first one's number, from 0, and their bytes: miette counts lines from the
    /// beginning of what it is given, which is a whole file for each label otherwise.
    fn around(&self, span: &SourceSpan, before: usize, after: usize) -> Option<(usize, std::ops::Range<usize>)> {
        let line = |offset: usize| self.source.place(offset).line;
        let first = line(span.offset()).saturating_sub(before + 1).max(1);
        let last = (line(span.offset() + span.len()) + after + 1).min(self.source.line_count());
        let start = self.source.line(first)?.start;
        let end = if last == self.source.line_count() { self.text.len() } else { self.source.line(last + 1)?.start };
        Some((first - 1, start..end))
    }
}

impl SourceCode for Code<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (lines, bytes) = self.around(span, before, after).ok_or(MietteError::OutOfBounds)?;
        let within = SourceSpan::from((span.offset() - bytes.start, span.len()));
        let contents =
            self.text.get(bytes.clone()).ok_or(MietteError::OutOfBounds)?.read_span(&within, before, after)?;
        let shown = contents.span();
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            contents.data(),
            (shown.offset() + bytes.start, shown.len()).into(),
            lines + contents.line(),
            contents.column(),
            lines + contents.line_count(),
        )))
    }
}
