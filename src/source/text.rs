//! Text that was decoded out of a file, and the way back to its bytes.

use std::ops::Range;
use std::sync::Arc;

use super::{Source, Span};

/// Text that was decoded out of a file (a YAML scalar, a heredoc), and the way back to the file's bytes.
/// Cheap to clone.
///
/// Proven text maps byte for byte in runs; opaque text is known only as a whole, so it can be reported
/// on but never edited.
#[derive(Clone, Debug)]
pub struct Text(Repr);

#[derive(Clone, Debug)]
enum Repr {
    /// It stands in the file as it is.
    Verbatim { source: Source, whole: Span, run: Run },
    /// It was decoded into a string of its own.
    Decoded(Arc<Decoded>),
}

#[derive(Debug)]
struct Decoded {
    value: Box<str>,
    whole: Span,
    /// The way back to the file; empty where nobody knows it.
    runs: Vec<Run>,
    is_proven: bool,
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
    pub fn proven(value: impl Into<Box<str>>, whole: Span, runs: Vec<Run>) -> Self {
        Self::decoded(Decoded { value: value.into(), whole, runs, is_proven: true })
    }

    fn decoded(decoded: Decoded) -> Self {
        Self(Repr::Decoded(Arc::new(decoded)))
    }

    /// Text that stands in the file as it is: `content` of `source`, `whole` with its quotes.
    pub fn verbatim(source: &Source, content: Span, whole: Span) -> Self {
        let run = Run { text: 0, file: content.start, len: content.end - content.start };
        Self(Repr::Verbatim { source: source.clone(), whole, run })
    }

    /// Text that stands somewhere in `whole`, nobody knows where exactly.
    pub fn opaque(value: impl Into<Box<str>>, whole: Span) -> Self {
        Self::decoded(Decoded { value: value.into(), whole, runs: Vec::new(), is_proven: false })
    }

    /// A whole file as text.
    pub fn file(source: &Source) -> Self {
        let all = Span::new(0, source.text().len());
        Self::verbatim(source, all, all)
    }

    /// The decoded text.
    pub fn value(&self) -> &str {
        match &self.0 {
            Repr::Verbatim { source, run, .. } => &source.text()[run.file..run.file + run.len],
            Repr::Decoded(decoded) => &decoded.value,
        }
    }

    /// All of the file's bytes that the text was decoded from.
    pub fn whole(&self) -> Span {
        match &self.0 {
            Repr::Verbatim { whole, .. } => *whole,
            Repr::Decoded(decoded) => decoded.whole,
        }
    }

    /// Whether bytes can be found again.
    pub fn is_proven(&self) -> bool {
        match &self.0 {
            Repr::Verbatim { .. } => true,
            Repr::Decoded(decoded) => decoded.is_proven,
        }
    }

    /// The runs, in order; none when the text is opaque.
    pub fn runs(&self) -> &[Run] {
        match &self.0 {
            Repr::Verbatim { run, .. } => std::slice::from_ref(run),
            Repr::Decoded(decoded) => &decoded.runs,
        }
    }

    /// The file's bytes for a range of the decoded text, as near as is known: for reports.
    pub fn span(&self, range: Range<usize>) -> Span {
        let (Some(start), Some(end)) = (self.at(range.start, false), self.at(range.end, true)) else {
            return self.whole();
        };
        // An empty range between two runs has its end before its start.
        match range.is_empty() {
            true => Span::new(start, start),
            false if start <= end => Span::new(start, end),
            false => self.whole(),
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
        let decoded = match &self.0 {
            Repr::Verbatim { source, run, .. } => {
                let content = Span::new(run.file + range.start, run.file + range.end);
                return Self::verbatim(source, content, whole);
            }
            Repr::Decoded(decoded) => decoded,
        };
        let runs = decoded.runs.iter().filter_map(|run| {
            let (start, end) = (run.text.max(range.start), run.end().min(range.end));
            (start < end).then(|| Run {
                text: start - range.start,
                file: run.file + start - run.text,
                len: end - start,
            })
        });
        let (runs, is_proven) = (runs.collect(), decoded.is_proven);
        Self::decoded(Decoded { value: decoded.value[range].into(), whole, runs, is_proven })
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
        self.whole() == other.whole() && self.value() == other.value() && self.runs() == other.runs()
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
