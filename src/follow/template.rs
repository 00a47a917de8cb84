//! `{{ … }}` in lines of just and Task.

use std::ops::Range;

use super::builder::Builder;
use crate::source::{Source, Text};
use crate::symbol::Value;

/// A piece of a text.
enum Piece<'t> {
    /// Stands for itself.
    Literal(Range<usize>),
    /// `{{ … }}`, and what stands inside.
    Template(Range<usize>, &'t str),
}

/// The pieces of a text, in order; of an empty one it is nothing. `${{ … }}` is the workflow's and left alone.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(open) = text[at..].find("{{").map(|length| at + length) {
        let Some(close) = text[open + 2..].find("}}").map(|length| open + 2 + length) else { break };
        at = close + 2;
        if !text[..open].ends_with('$') {
            pieces.extend((open > from).then_some(Piece::Literal(from..open)));
            pieces.push(Piece::Template(open..at, text[open + 2..close].trim_matches('-').trim()));
            from = at;
        }
    }
    if from < text.len() || from == 0 {
        pieces.push(Piece::Literal(from..text.len()));
    }
    pieces
}

/// The value of a text with its templates put in.
pub(super) fn expanded(text: &str, value: &dyn Fn(&str) -> Value) -> Value {
    pieces(text).into_iter().fold(Value::default(), |all, piece| {
        all.then(match piece {
            Piece::Literal(range) => Value::literal(&text[range]),
            Piece::Template(_, inner) => value(inner),
        })
    })
}

/// The text with its templates put in, and the values of which not all is known.
pub(super) fn fill(
    source: &Source,
    text: &Text,
    given: Vec<Value>,
    value: &dyn Fn(&str) -> Value,
) -> (Text, Vec<Value>) {
    let mut builder = Builder::new(source, given);
    for piece in pieces(text.value()) {
        match piece {
            Piece::Literal(range) => builder.append(&text.part(range)),
            Piece::Template(range, inner) => builder.put_value(&value(inner), text.span(range)),
        }
    }
    builder.finish()
}
