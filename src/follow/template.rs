//! `{{ … }}` in lines of just and Task.

use std::ops::Range;

use super::builder::Builder;
use crate::source::{Source, Text};
use crate::symbol::Value;

/// The `{{ … }}` of a text with what stands inside, in order. `${{ … }}` is the workflow's and left alone.
pub(super) fn templates(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("{{").map(|length| at + length) {
        let Some(close) = text[open + 2..].find("}}").map(|length| open + 2 + length) else { break };
        if !text[..open].ends_with('$') {
            found.push((open..close + 2, text[open + 2..close].trim_matches('-').trim()));
        }
        at = close + 2;
    }
    found
}

/// The text with its templates put in, and the values of which not all is known.
pub(super) fn fill(
    source: &Source,
    text: &Text,
    given: Vec<Value>,
    value: &dyn Fn(&str) -> Value,
) -> (Text, Vec<Value>) {
    let mut builder = Builder::new(source, given);
    let mut at = 0;
    for (range, inner) in templates(text.value()) {
        if range.start > at {
            builder.append(&text.part(at..range.start));
        }
        builder.put_value(&value(inner), text.span(range.clone()));
        at = range.end;
    }
    if at < text.value().len() || at == 0 {
        builder.append(&text.part(at..text.value().len()));
    }
    builder.finish()
}
