//! `.env` files
//! (<https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax>).

use super::interpolate;
use crate::source::{Source, Span, Text};
use crate::symbol::Value;

/// A line that sets a variable.
#[derive(Clone, Debug, PartialEq)]
pub struct EnvEntry {
    /// The name.
    pub name: Text,
    /// The value without its quotes, as written; `None` for a bare `NAME`, which takes it from outside.
    pub value: Option<Text>,
    /// In single quotes: nothing is put in, no escape is resolved.
    pub is_literal: bool,
    /// From the name to the value's end.
    pub span: Span,
}

impl EnvEntry {
    /// The value, with variables from `lookup` put in.
    pub fn resolve(&self, lookup: &dyn Fn(&str) -> Option<Value>) -> Option<Value> {
        let text = self.value.as_ref()?.value();
        Some(if self.is_literal { Value::literal(text) } else { interpolate(text, lookup) })
    }
}

/// The variables that a `.env` file sets, in order; of repeated ones the last wins.
pub fn env_file(source: &Source) -> Vec<EnvEntry> {
    let mut entries = Vec::new();
    let mut at = source.bom();
    while at < source.text().len() {
        let (entry, next) = entry(source, at);
        entries.extend(entry);
        at = next.max(at + 1);
    }
    entries
}

/// The entry of the line at `at`, and where the next line starts.
fn entry(source: &Source, at: usize) -> (Option<EnvEntry>, usize) {
    let text = source.text();
    let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    let line = &text[at..end];
    let mut start = at + (line.len() - line.trim_start().len());
    if let Some(rest) = text[start..end].strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])) {
        start = end - rest.trim_start().len();
    }
    let whole = text[start..end].trim_end();
    if whole.is_empty() || whole.starts_with('#') {
        return (None, end + 1);
    }
    let part = |span: Span| Text::verbatim(source, span, span);
    let Some(equals) = whole.find('=') else {
        let span = Span::new(start, start + whole.len());
        let is_name = whole.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let entry = EnvEntry { name: part(span), value: None, is_literal: false, span };
        return (is_name.then_some(entry), end + 1);
    };
    let name = Span::new(start, start + whole[..equals].trim_end().len());
    let after = start + equals + 1;
    let blank = text[after..end].len() - text[after..end].trim_start().len();
    let first = after + blank;
    let quote = text[first..end].chars().next().filter(|c| matches!(c, '"' | '\''));
    let closed = quote.and_then(|quote| Some((quote, closing(text, first + 1, quote)?)));
    let (value, is_literal, after) = match closed {
        Some((quote, close)) => (Span::new(first + 1, close), quote == '\'', close + 1),
        None => (Span::new(first, first + unquoted(&text[first..end])), false, end),
    };
    let stop = text[after.min(text.len())..].find('\n').map_or(text.len(), |length| after + length);
    let span = Span::new(start, value.end.max(name.end));
    (Some(EnvEntry { name: part(name), value: Some(part(value)), is_literal, span }), stop + 1)
}

fn closing(text: &str, from: usize, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text[from..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(from + at),
            _ => {}
        }
    }
    None
}

/// The length of a value without quotes: up to a comment or the line's end.
fn unquoted(text: &str) -> usize {
    let comment = text.match_indices('#').map(|(at, _)| at).find(|&at| at == 0 || text[..at].ends_with([' ', '\t']));
    text[..comment.unwrap_or(text.len())].trim_end().len()
}
