//! Lists and mappings in brackets, and quoted texts, whose lines are indented no more than their key.
//!
//! YAML forbids it (<https://yaml.org/spec/1.2.2/#74-flow-collection-styles>), libyaml and go-yaml read it,
//! and so do the runners and compose: `[` … `]` with the `]` below its key is common, `'[` … `]'` too. The parser
//! refuses such a line. So it is given a text in which a line in brackets goes on the one before, and one in quotes is
//! indented farther: what white space stands around a line break in quotes means nothing.

use std::borrow::Cow;

use super::scalar::end_of_flow;
use super::tree::Style;

/// A text as the parser is given it.
pub(super) struct Lenient<'s> {
    text: Cow<'s, str>,
    /// The spaces that are not in the file, in order.
    added: Vec<Added>,
}

/// Spaces that are not in the file.
struct Added {
    /// Where they begin in the parser's text.
    at: usize,
    count: usize,
    /// How many others stand before them.
    before: usize,
}

impl<'s> Lenient<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        Self { text: Cow::Borrowed(text), added: Vec::new() }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where in the file the parser's `at` is.
    pub(super) fn written(&self, at: usize) -> usize {
        let before = self.added.partition_point(|added| added.at < at);
        let last = before.checked_sub(1).map(|last| &self.added[last]);
        at - last.map_or(0, |added| added.before + added.count.min(at - added.at))
    }

    /// Joins the line that `at` is on with the one before. Tells whether there was something to join.
    pub(super) fn join_line(&mut self, at: usize) -> bool {
        join_line(self.text.to_mut(), at)
    }

    /// Indents the lines of the quoted text that opens at `at` farther than its quote. Tells whether one was not.
    pub(super) fn indent_quoted(&mut self, at: usize) -> bool {
        let text = &*self.text;
        let style = if text.as_bytes().get(at) == Some(&b'"') { Style::DoubleQuoted } else { Style::SingleQuoted };
        let count = at - line_start(text.as_bytes(), at) + 1;
        let end = end_of_flow(text, (at + 1).min(text.len()), style);
        let starts: Vec<usize> = line_starts(text, at, end).filter(|start| is_due(&text[*start..], count)).collect();
        let Some(&last) = starts.last() else { return false };
        let (mut longer, mut passed) = (String::with_capacity(text.len() + starts.len() * count), 0);
        let mut before = self.added.last().map_or(0, |added| added.before + added.count);
        for start in starts {
            longer.push_str(&text[passed..start]);
            self.added.push(Added { at: longer.len(), count, before });
            longer.extend(std::iter::repeat_n(' ', count));
            (passed, before) = (start, before + count);
        }
        longer.push_str(&text[last..]);
        self.text = Cow::Owned(longer);
        true
    }
}

/// Where the lines begin that stand between `from` and `to`.
fn line_starts(text: &str, from: usize, to: usize) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let is_break = |at: &usize| bytes[*at] == b'\n' || bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    (from..to).filter(is_break).map(|at| at + 1)
}

/// Whether this line of a quoted text is to be indented by `count`: it has a text, which begins farther out, and is no
/// end of the document.
fn is_due(rest: &str, count: usize) -> bool {
    let indent = rest.len() - rest.trim_start_matches(' ').len();
    let marks = rest.strip_prefix("---").or_else(|| rest.strip_prefix("..."));
    let is_marker = marks.is_some_and(|behind| behind.is_empty() || behind.starts_with([' ', '\t', '\n', '\r']));
    indent < count && !is_marker && !rest[indent..].starts_with(['\n', '\r'])
}

/// Masks the line break before the line that `at` is on, with the comments before it. Tells whether
/// there was something to mask.
fn join_line(masked: &mut String, at: usize) -> bool {
    let bytes = masked.as_bytes();
    let mut start = line_start(bytes, at);
    let end = start;
    let mut spans = Vec::new();
    // Up to the line before that has more than white space and a comment.
    while start > 0 {
        let previous = line_start(bytes, start - 1);
        let comment = comment_start(&masked[previous..start]).map_or(start, |length| previous + length);
        spans.push((comment, start));
        let has_content = !masked[previous..comment].trim().is_empty();
        start = previous;
        if has_content {
            break;
        }
    }
    let line_breaks = spans.iter().flat_map(|&(comment, end)| comment..end);
    let breaks: Vec<usize> = (start..end).filter(|&at| matches!(bytes[at], b'\n' | b'\r')).chain(line_breaks).collect();
    if breaks.is_empty() {
        return false;
    }
    let mut changed = std::mem::take(masked).into_bytes();
    for at in breaks {
        changed[at] = b' ';
    }
    // Whole characters were replaced: what is left is UTF-8.
    *masked = String::from_utf8(changed).unwrap_or_default();
    true
}

fn line_start(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |found| found + 1)
}

/// Where the comment of a line of a bracketed list starts.
fn comment_start(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let mut quote = None;
    for (at, &byte) in bytes.iter().enumerate() {
        let apart = at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b',' | b'[' | b'{' | b':');
        match (quote, byte) {
            (None, b'\'' | b'"') if apart => quote = Some(byte),
            (None, b'#') if at == 0 || matches!(bytes[at - 1], b' ' | b'\t') => return Some(at),
            (Some(open), byte) if open == byte && (open == b'\'' || bytes[at - 1] != b'\\') => quote = None,
            _ => {}
        }
    }
    None
}
