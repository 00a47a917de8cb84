//! A file's bytes, its lines, and spans in it.
//!
//! Every position in berthlint is a byte offset into a file. Lines and columns are derived from it at
//! the very end, so a character index can never become a span.

pub mod kind;

use std::ops::Range;
use std::sync::Arc;

pub use kind::FileKind;

/// Bytes of a file: start inclusive, end exclusive, 0-based.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span of `start..end`.
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end, "span {start}..{end} runs backwards");
        Self { start, end }
    }

    /// The span as a range, to slice with.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether no byte is in it.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// Whether `other` lies inside.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A span together with the file it is in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The file's path, as [`Source::path`].
    pub path: Arc<str>,
    /// Where in the file.
    pub span: Span,
}

/// A line and a column, both 1-based; columns count code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// 1-based line.
    pub line: usize,
    /// 1-based column, in code points.
    pub column: usize,
}

/// Why a file's bytes are not text that berthlint reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    /// A byte that UTF-8 does not allow there.
    #[error("not UTF-8: byte {offset} is 0x{byte:02x}; save the file as UTF-8")]
    Encoding {
        /// The offending byte's offset.
        offset: usize,
        /// Its value.
        byte: u8,
    },
}

/// One file, read and indexed by line. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Source {
    path: Arc<str>,
    text: Arc<str>,
    lines: Arc<[usize]>,
    kind: FileKind,
}

/// Most files have longer lines than this, taken together.
const SHORT_LINE: usize = 24;

impl Source {
    /// Reads `bytes` as UTF-8. A byte order mark stays in the text (spans are the file's), and
    /// [`Source::bom`] tells its length.
    ///
    /// # Errors
    /// [`NotText`] with the first offending byte.
    pub fn new(path: impl Into<Arc<str>>, bytes: Vec<u8>) -> Result<Self, NotText> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            NotText::Encoding { offset, byte: error.as_bytes()[offset] }
        })?;
        let mut lines = Vec::with_capacity(text.len() / SHORT_LINE);
        lines.push(0);
        lines.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        Ok(Self { path: path.into(), text: text.into(), lines: lines.into(), kind: FileKind::Other })
    }

    /// The same, as a file of this kind: whoever follows it says so.
    #[must_use]
    pub fn of_kind(self, kind: FileKind) -> Self {
        Self { kind, ..self }
    }

    /// What it is.
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// Where it was read from: relative to the working directory, with `/`.
    pub fn path(&self) -> &Arc<str> {
        &self.path
    }

    /// The whole file, byte order mark included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The byte order mark's length: 3 or 0.
    pub fn bom(&self) -> usize {
        if self.text.starts_with('\u{feff}') { 3 } else { 0 }
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    /// A span of this file, with its path.
    pub fn location(&self, span: Span) -> Location {
        Location { path: self.path.clone(), span }
    }

    /// The line and column of a byte offset; past the end, that of the end. The byte order mark takes
    /// no column.
    pub fn place(&self, offset: usize) -> LineColumn {
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|&start| start <= offset) - 1;
        let start = if line == 0 { self.bom().min(offset) } else { self.lines[line] };
        let column = self.text[start..].char_indices().take_while(|&(at, _)| start + at < offset).count();
        LineColumn { line: line + 1, column: column + 1 }
    }

    /// The bytes of a 1-based line, without its line ending.
    pub fn line(&self, line: usize) -> Option<Span> {
        let start = *self.lines.get(line.checked_sub(1)?)?;
        let end = self.lines.get(line).map_or(self.text.len(), |&next| next - 1);
        let end = if self.text[start..end].ends_with('\r') { end - 1 } else { end };
        Some(Span::new(start, end))
    }

    /// How many lines there are; an empty file has one.
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }
}

/// Text that was decoded out of a file (a YAML scalar, a heredoc), and the way back to the file's bytes.
/// Cheap to clone.
///
/// Proven text maps byte for byte in runs; opaque text is known only as a whole, so it can be reported
/// on but never edited.
#[derive(Clone, Debug)]
pub struct Text {
    value: Value,
    whole: Span,
    runs: Runs,
}

/// Where the decoded text lives.
#[derive(Clone, Debug)]
enum Value {
    /// Decoded into a string of its own.
    Own(Arc<str>),
    /// A span of the file, as it stands there.
    File(Arc<str>, Span),
}

/// The way back to the file.
#[derive(Clone, Debug)]
enum Runs {
    Unknown,
    One(Run),
    Many(Arc<[Run]>),
}

/// `len` bytes of the decoded text that are `len` equal bytes of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Offset in the decoded text.
    pub text: usize,
    /// Offset in the file.
    pub file: usize,
    /// Length in bytes.
    pub len: usize,
}

impl Run {
    /// One past its last byte in the decoded text.
    fn end(self) -> usize {
        self.text + self.len
    }
}

impl Text {
    /// Text whose bytes are found again in `whole` of the file through `runs`: ordered, not empty, gapless
    /// in the decoded text but for bytes that an escape or a fold made.
    pub fn proven(value: impl Into<Arc<str>>, whole: Span, runs: Vec<Run>) -> Self {
        Self { value: Value::Own(value.into()), whole, runs: Runs::Many(runs.into()) }
    }

    /// Text that stands in the file as it is: `content` of `source`, `whole` with its quotes.
    pub fn verbatim(source: &Source, content: Span, whole: Span) -> Self {
        let runs = Runs::One(Run { text: 0, file: content.start, len: content.end - content.start });
        Self { value: Value::File(source.text.clone(), content), whole, runs }
    }

    /// Text that stands somewhere in `whole`, nobody knows where exactly.
    pub fn opaque(value: impl Into<Arc<str>>, whole: Span) -> Self {
        Self { value: Value::Own(value.into()), whole, runs: Runs::Unknown }
    }

    /// A whole file as text.
    pub fn file(source: &Source) -> Self {
        let all = Span::new(0, source.text().len());
        Self::verbatim(source, all, all)
    }

    /// The decoded text.
    pub fn value(&self) -> &str {
        match &self.value {
            Value::Own(value) => value,
            Value::File(file, span) => &file[span.range()],
        }
    }

    /// All of the file's bytes that the text was decoded from.
    pub fn whole(&self) -> Span {
        self.whole
    }

    /// Whether bytes can be found again.
    pub fn is_proven(&self) -> bool {
        !matches!(self.runs, Runs::Unknown)
    }

    /// The runs, in order; none when the text is opaque.
    pub fn runs(&self) -> &[Run] {
        match &self.runs {
            Runs::Unknown => &[],
            Runs::One(run) => std::slice::from_ref(run),
            Runs::Many(runs) => runs,
        }
    }

    /// The file's bytes for a range of the decoded text, as near as is known: for reports.
    pub fn span(&self, range: Range<usize>) -> Span {
        let (Some(start), Some(end)) = (self.at(range.start, false), self.at(range.end, true)) else {
            return self.whole;
        };
        // An empty range between two runs has its end before its start.
        match range.is_empty() {
            true => Span::new(start, start),
            false if start <= end => Span::new(start, end),
            false => self.whole,
        }
    }

    /// The file's bytes for a range of the decoded text, when they are the very same bytes in one run,
    /// or in runs with only indentation and line breaks between: for edits.
    pub fn exact(&self, range: Range<usize>) -> Option<Span> {
        let runs = self.runs();
        let first = runs.partition_point(|run| run.end() <= range.start);
        if range.is_empty() {
            let run = runs.get(first).filter(|run| run.text <= range.start);
            let run = run.or_else(|| runs.last().filter(|run| run.end() == range.start))?;
            let at = run.file + range.start - run.text;
            return Some(Span::new(at, at));
        }
        let start = runs.get(first).filter(|run| run.text <= range.start)?;
        let mut last = start;
        for run in &runs[first + 1..] {
            if last.end() >= range.end {
                break;
            }
            // What is missing here was made by an escape or a fold.
            if last.end() != run.text {
                return None;
            }
            last = run;
        }
        (last.end() >= range.end)
            .then(|| Span::new(start.file + range.start - start.text, last.file + range.end - last.text))
    }

    /// A part of it, as a text of its own. `range` must lie on character boundaries.
    pub fn part(&self, range: Range<usize>) -> Self {
        let whole = self.span(range.clone());
        let value = match &self.value {
            Value::Own(value) => Value::Own(value[range.clone()].into()),
            Value::File(file, span) => {
                Value::File(file.clone(), Span::new(span.start + range.start, span.start + range.end))
            }
        };
        if !self.is_proven() {
            return Self { value, whole, runs: Runs::Unknown };
        }
        let runs = self.runs().iter().filter_map(|run| {
            let (start, end) = (run.text.max(range.start), run.end().min(range.end));
            (start < end).then(|| Run {
                text: start - range.start,
                file: run.file + start - run.text,
                len: end - start,
            })
        });
        Self { value, whole, runs: Runs::Many(runs.collect()) }
    }

    fn at(&self, offset: usize, is_end: bool) -> Option<usize> {
        let runs = self.runs();
        let next = runs.partition_point(|run| run.text < offset || (!is_end && run.text == offset));
        let run = runs[..next].last().or_else(|| runs.first())?;
        Some(run.file + offset.saturating_sub(run.text).min(run.len))
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.whole == other.whole && self.value() == other.value() && self.runs() == other.runs()
    }
}

impl Eq for Text {}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::new("x", text.as_bytes().to_vec()).expect("UTF-8")
    }

    #[test]
    fn places_count_code_points_and_skip_the_bom() {
        let source = source("\u{feff}é1\r\nab\n");
        assert_eq!(source.place(3), LineColumn { line: 1, column: 1 });
        assert_eq!(source.place(5), LineColumn { line: 1, column: 2 });
        assert_eq!(source.place(8), LineColumn { line: 2, column: 1 });
        assert_eq!(source.place(99), LineColumn { line: 3, column: 1 });
        assert_eq!(source.slice(source.line(1).expect("line 1")), "\u{feff}é1");
    }

    #[test]
    fn broken_utf8_names_the_byte() {
        let error = Source::new("x", b"ab\xff".to_vec()).expect_err("not UTF-8");
        assert_eq!(error, NotText::Encoding { offset: 2, byte: 0xff });
    }

    #[test]
    fn text_finds_its_bytes_through_runs() {
        // "  ab\n  cd\n" decoded to "ab\ncd\n"
        let text = Text::proven(
            "ab\ncd\n",
            Span::new(0, 10),
            vec![Run { text: 0, file: 2, len: 3 }, Run { text: 3, file: 7, len: 3 }],
        );
        assert_eq!(text.span(3..5), Span::new(7, 9));
        assert_eq!(text.span(0..3), Span::new(2, 5));
        assert_eq!(text.exact(1..4), Some(Span::new(3, 8)));
        assert_eq!(Text::opaque("ab", Span::new(0, 10)).exact(0..1), None);
        assert_eq!(Text::opaque("ab", Span::new(0, 10)).span(0..1), Span::new(0, 10));
    }

    #[test]
    fn an_escape_is_in_no_edit() {
        // "a\\tb" in double quotes: the tab is made by two bytes of the file
        let runs = vec![Run { text: 0, file: 1, len: 1 }, Run { text: 2, file: 4, len: 1 }];
        let text = Text::proven("a\tb", Span::new(0, 6), runs);
        assert_eq!(text.span(0..3), Span::new(1, 5));
        assert_eq!(text.exact(0..3), None);
        assert_eq!(text.exact(2..3), Some(Span::new(4, 5)));
        assert_eq!(text.exact(1..2), None);
    }

    #[test]
    fn a_part_keeps_its_way_back() {
        let source = source("a: 'b c'");
        let text = Text::verbatim(&source, Span::new(4, 7), Span::new(3, 8)).part(2..3);
        assert_eq!((text.value(), text.whole(), text.exact(0..1)), ("c", Span::new(6, 7), Some(Span::new(6, 7))));
        let runs = vec![Run { text: 0, file: 2, len: 3 }, Run { text: 3, file: 7, len: 3 }];
        let text = Text::proven("ab\ncd\n", Span::new(0, 10), runs).part(1..5);
        assert_eq!((text.value(), text.exact(2..4)), ("b\ncd", Some(Span::new(7, 9))));
        assert_eq!(Text::opaque("ab", Span::new(0, 10)).part(1..2).whole(), Span::new(0, 10));
    }

    #[test]
    fn verbatim_text_is_the_file() {
        let source = source("a: 'b c'");
        let text = Text::verbatim(&source, Span::new(4, 7), Span::new(3, 8));
        assert_eq!((text.value(), text.exact(2..3)), ("b c", Some(Span::new(6, 7))));
    }
}
