//! `${{ }}` in text.

use std::ops::Range;

/// A part of a text, by its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text as it is.
    Literal(Range<usize>),
    /// An expression.
    Expression {
        /// With its `${{` and `}}`.
        whole: Range<usize>,
        /// What is between.
        inner: Range<usize>,
    },
    /// A `${{` that is never closed, and all that follows: runners refuse it.
    Unclosed(Range<usize>),
}

/// Splits a text at its expressions. A `}}` inside an expression's quotes closes nothing.
pub fn template(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(start) = open(text.as_bytes(), at) {
        if start > at {
            parts.push(Part::Literal(at..start));
        }
        let Some(end) = close(text, start + 3) else {
            parts.push(Part::Unclosed(start..text.len()));
            return parts;
        };
        parts.push(Part::Expression { whole: start..end + 2, inner: start + 3..end });
        at = end + 2;
    }
    if at < text.len() {
        parts.push(Part::Literal(at..text.len()));
    }
    parts
}

/// Where the next expression opens.
fn open(text: &[u8], at: usize) -> Option<usize> {
    let mut signs = memchr::memchr_iter(b'$', &text[at..]).map(|length| at + length);
    signs.find(|&start| text[start..].starts_with(b"${{"))
}

/// Where the `}}` stands that closes an expression whose text starts at `at`.
fn close(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quoted = false;
    (at..bytes.len()).find(|&here| {
        match bytes[here] {
            // A doubled quote opens again what it closes.
            b'\'' => quoted = !quoted,
            b'}' if !quoted => return bytes.get(here + 1) == Some(&b'}'),
            _ => {}
        }
        false
    })
}
