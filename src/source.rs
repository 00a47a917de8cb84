//! A file's bytes, its lines, and spans in it.
//!
//! Every position in berthlint is a byte offset into a file. Lines and columns are derived from it at
//! the very end, so a character index can never become a span.

pub mod kind;
mod text;

use std::ops::Range;
use std::sync::Arc;

pub use kind::FileKind;
pub use text::{Run, Text};

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
pub struct Source(Arc<File>);

#[derive(Debug)]
struct File {
    path: Arc<str>,
    text: Arc<str>,
    /// The first byte of each line.
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
        Ok(Self::of(File { path: path.into(), text: text.into(), lines: lines.into(), kind: FileKind::Other }))
    }

    fn of(file: File) -> Self {
        Self(Arc::new(file))
    }

    /// The same, as a file of this kind: whoever follows it says so.
    #[must_use]
    pub fn of_kind(self, kind: FileKind) -> Self {
        let File { path, text, lines, .. } = &*self.0;
        Self::of(File { path: path.clone(), text: text.clone(), lines: lines.clone(), kind })
    }

    /// What it is.
    pub fn kind(&self) -> FileKind {
        self.0.kind
    }

    /// Where it was read from: relative to the working directory, with `/`.
    pub fn path(&self) -> &Arc<str> {
        &self.0.path
    }

    /// The whole file, byte order mark included.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The byte order mark's length: 3 or 0.
    pub fn bom(&self) -> usize {
        if self.0.text.starts_with('\u{feff}') { 3 } else { 0 }
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        &self.0.text[span.range()]
    }

    /// A span of this file, with its path.
    pub fn location(&self, span: Span) -> Location {
        Location { path: self.0.path.clone(), span }
    }

    /// The line and column of a byte offset; past the end, that of the end. The byte order mark takes
    /// no column.
    pub fn place(&self, offset: usize) -> LineColumn {
        let offset = offset.min(self.0.text.len());
        let line = self.0.lines.partition_point(|&start| start <= offset) - 1;
        let start = if line == 0 { self.bom().min(offset) } else { self.0.lines[line] };
        let column = self.0.text[start..].char_indices().take_while(|&(at, _)| start + at < offset).count();
        LineColumn { line: line + 1, column: column + 1 }
    }

    /// The bytes of a 1-based line, without its line ending.
    pub fn line(&self, line: usize) -> Option<Span> {
        let start = *self.0.lines.get(line.checked_sub(1)?)?;
        let end = self.0.lines.get(line).map_or(self.0.text.len(), |&next| next - 1);
        let end = if self.0.text[start..end].ends_with('\r') { end - 1 } else { end };
        Some(Span::new(start, end))
    }

    /// How many lines there are; an empty file has one.
    pub fn line_count(&self) -> usize {
        self.0.lines.len()
    }
}

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
}
