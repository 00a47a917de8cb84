//! Leads ranges of a text back to the text it was taken from.

use std::ops::Range;

/// For each byte of a text, the bytes of the outer text that stand for it, a backslash before it included.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Origins(Vec<Range<usize>>);

impl Origins {
    /// The next bytes are written one by one in `span`.
    pub(super) fn copied(&mut self, span: Range<usize>) {
        self.0.extend(span.map(|at| at..at + 1));
    }

    /// The next byte stands for `span`.
    pub(super) fn push(&mut self, span: Range<usize>) {
        self.0.push(span);
    }

    /// Before the byte at `at` stand `count` more, for which nothing stands in the outer text.
    pub(super) fn insert(&mut self, at: usize, count: usize) {
        let outer = self.outer(at..at);
        self.0.splice(at..at, std::iter::repeat_n(outer, count));
    }

    /// The outer range of an inner one.
    pub(super) fn outer(&self, range: Range<usize>) -> Range<usize> {
        let last = self.0.last().map_or(0, |last| last.end);
        let start = self.0.get(range.start).map_or(last, |byte| byte.start);
        let end = range.end.checked_sub(1).and_then(|end| self.0.get(end)).map_or(last, |byte| byte.end);
        if range.is_empty() { start..start } else { start..end.max(start) }
    }
}
