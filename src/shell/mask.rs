//! Hides `${{ … }}` from the shell grammar. The forge replaces an expression before any shell sees
//! the text, so to the shell it is a few characters of a word, wherever it stands.

use std::ops::Range;

/// The byte that stands for every byte of an expression: neither blank nor operator nor quote.
pub(super) const HIDDEN: u8 = 0x01;

/// An unclosed quote inside `${{` makes each later `${{` look at the rest of the text again; no
/// forge accepts such a script, so after a few we stop looking.
const FAILURES: usize = 16;

/// One `${{ … }}`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expression {
    /// Its bytes, braces included.
    pub(super) span: Range<usize>,
    /// The text between the braces, trimmed.
    pub(super) inner: String,
}

/// A text whose expressions are hidden; the same length as the text.
pub(super) struct Masked<'a> {
    pub(super) text: &'a str,
    pub(super) bytes: Vec<u8>,
    expressions: Vec<Expression>,
}

impl<'a> Masked<'a> {
    /// Hides the expressions of `text`.
    pub(super) fn new(text: &'a str) -> Self {
        let expressions = expressions(text);
        let mut bytes = text.as_bytes().to_vec();
        for expression in &expressions {
            bytes[expression.span.clone()].fill(HIDDEN);
        }
        Self { text, bytes, expressions }
    }

    /// The expression that begins at `offset`.
    pub(super) fn expression_at(&self, offset: usize) -> Option<&Expression> {
        let index = self.expressions.binary_search_by_key(&offset, |expression| expression.span.start).ok()?;
        self.expressions.get(index)
    }
}

/// Every closed `${{ … }}` of `text`, in order.
pub(super) fn expressions(text: &str) -> Vec<Expression> {
    let mut found = Vec::new();
    let mut failures = 0;
    let mut from = 0;
    while let Some(start) = text[from..].find("${{").map(|at| from + at) {
        match end(text.as_bytes(), start + 3) {
            Some(end) => {
                let inner = text[start + 3..end - 2].trim().to_owned();
                found.push(Expression { span: start..end, inner });
                from = end;
            }
            None => {
                failures += 1;
                if failures == FAILURES {
                    break;
                }
                from = start + 3;
            }
        }
    }
    found
}

/// After the `}}` that closes an expression whose inside begins at `from`. Within its strings
/// (`'it''s'`) braces mean nothing.
fn end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut quoted = false;
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\'' => quoted = !quoted,
            b'}' if !quoted && bytes.get(at + 1) == Some(&b'}') => return Some(at + 2),
            _ => {}
        }
        at += 1;
    }
    None
}
