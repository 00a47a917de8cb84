//! Words for tests: `words("docker rm -f $X")`, split at blanks; `'a b'` is one word, `$X` is
//! unknown and splits, `"$X"` is unknown and does not, `@run` is the run's id.

use super::arg::Arg;
use crate::symbol::{Dimensions, Unique, Value};
use crate::truth::Truth;

pub(crate) fn words(script: &str) -> Vec<Arg> {
    let mut args = Vec::new();
    let mut start = 0;
    while start < script.len() {
        let rest = &script[start..];
        let skipped = rest.len() - rest.trim_start().len();
        start += skipped;
        if start >= script.len() {
            break;
        }
        let end = word_end(script, start);
        args.push(word(&script[start..end], start..end));
        start = end;
    }
    args
}

fn word_end(script: &str, start: usize) -> usize {
    let mut quote = None;
    for (at, c) in script[start..].char_indices() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ' ') => return start + at,
            _ => {}
        }
    }
    script.len()
}

fn word(text: &str, span: std::ops::Range<usize>) -> Arg {
    let quoted = text.starts_with(['\'', '"']);
    let text = text.replace(['\'', '"'], "");
    let splits = !quoted && text.contains('$');
    Arg { value: value(&text), span, splits }
}

pub(crate) fn value(text: &str) -> Value {
    let mut value = Value::default();
    let mut rest = text;
    while let Some(at) = rest.find('$').into_iter().chain(rest.find("@run")).min() {
        let (head, tail) = rest.split_at(at);
        value = value.then(Value::literal(head));
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = tail[1..].find(|c| !name(c)).map_or(tail.len(), |end| end + 1);
        value = value.then(match &tail[..end] {
            "$" => Value::literal("$"),
            "@run" => Value::opaque("github.run_id", Unique::by(Dimensions::RUN), Truth::No),
            source => Value::unknown(source),
        });
        rest = &tail[end..];
    }
    value.then(Value::literal(rest))
}
