//! A variable within a word of shell: quoted, so that it stays one word.

use crate::source::{Location, Source, Span};

/// Ends of a word, as far as words without quotes go.
fn is_border(c: char) -> bool {
    c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '<' | '>' | '`')
}

/// The word around some bytes, behind an `=` that it may have, when all of it is plain text.
fn word(source: &Source, at: Span) -> Option<Span> {
    let text = source.text();
    let (before, after) = (text.get(..at.start)?, text.get(at.end..)?);
    let start = before.rfind(is_border).map_or(0, |at| at + 1);
    let end = at.end + after.find(is_border).unwrap_or(after.len());
    let whole = text.get(start..end)?;
    if whole.contains(['"', '\'', '\\', '$', '*', '{', '[', '~']) {
        return None;
    }
    let lead = before.get(start..)?.rfind('=').map_or(start, |at| start + at + 1);
    // `URL=…` and `--url=…`; a query (`?a=`) is no such lead.
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=');
    let start = if text.get(start..lead)?.chars().all(is_name) { lead } else { start };
    Some(Span::new(start, end))
}

/// Replacements of plain shell text, quoted: of the whole word, where all of them are in it.
pub(super) fn quoted(source: &Source, parts: &[(Location, String)]) -> Vec<(Location, String)> {
    let words: Vec<Option<Span>> = parts.iter().map(|(at, _)| word(source, at.span)).collect();
    if let [Some(one), rest @ ..] = words.as_slice()
        && rest.iter().all(|other| other.as_ref() == Some(one))
    {
        let mut text = source.slice(*one).to_owned();
        for (at, new) in parts.iter().rev() {
            text.replace_range(at.span.start - one.start..at.span.end - one.start, new);
        }
        let text = if text.contains('$') { format!("\"{text}\"") } else { text };
        return vec![(source.location(*one), text)];
    }
    let quote = |(at, new): &(Location, String)| {
        let new = if new.contains('$') { format!("\"{new}\"") } else { new.clone() };
        (at.clone(), new)
    };
    parts.iter().map(quote).collect()
}
