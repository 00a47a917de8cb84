//! Variables in compose files and `.env`
//! (<https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md>).

use crate::symbol::Value;
use crate::truth::Truth;

/// How deep defaults hold defaults.
const DEEPEST: usize = 16;

/// The value of `text` with `$X`, `${X}`, `${X:-default}` and their kin put in. What `lookup` does not know
/// is taken for unset where a default is written, and for unknown where none is.
pub fn interpolate(text: &str, lookup: &dyn Fn(&str) -> Option<Value>) -> Value {
    at_depth(text, lookup, 0)
}

fn at_depth(text: &str, lookup: &dyn Fn(&str) -> Option<Value>, depth: usize) -> Value {
    let mut value = Value::default();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        value = value.then(Value::literal(&rest[..dollar]));
        let tail = &rest[dollar + 1..];
        let (part, length) = expansion(tail, lookup, depth);
        value = value.then(part);
        rest = &tail[length..];
    }
    value.then(Value::literal(rest))
}

/// The value of what stands behind a `$`, and its length.
fn expansion(tail: &str, lookup: &dyn Fn(&str) -> Option<Value>, depth: usize) -> (Value, usize) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if tail.starts_with('$') {
        return (Value::literal("$"), 1);
    }
    let Some(inner) = tail.strip_prefix('{') else {
        let length = tail.find(|c| !is_name(c)).unwrap_or(tail.len());
        let name = &tail[..length];
        return match name {
            "" => (Value::literal("$"), 0),
            name => (lookup(name).unwrap_or_else(|| Value::unknown(format!("${name}"))), length),
        };
    };
    // `${{ … }}` is the workflow's, and nothing of compose.
    let Some(close) = closing(inner).filter(|_| depth < DEEPEST) else {
        return (Value::unknown(format!("${tail}")), tail.len());
    };
    let inner = &inner[..close];
    let length = close + 2;
    let end = inner.find(|c| !is_name(c)).unwrap_or(inner.len());
    let (name, operation) = inner.split_at(end);
    let found = lookup(name);
    let word = |skipped: usize| at_depth(&operation[skipped..], lookup, depth + 1);
    let unset = || Value::unknown(format!("${{{inner}}}"));
    let value = if name.is_empty() {
        unset()
    } else if operation.starts_with(":-") {
        match found {
            None => word(2),
            Some(value) => match value.empty() {
                Truth::Yes => word(2),
                Truth::No => value,
                Truth::Unknown => Value::one_of([value, word(2)]),
            },
        }
    } else if operation.starts_with('-') {
        found.unwrap_or_else(|| word(1))
    } else if operation.starts_with(":+") || operation.starts_with('+') {
        let word = word(if operation.starts_with(':') { 2 } else { 1 });
        match found {
            Some(value) if !operation.starts_with(':') || value.empty().is_no() => word,
            Some(value) if value.empty().is_yes() => Value::default(),
            Some(_) => Value::one_of([word, Value::default()]),
            None => Value::default(),
        }
    } else {
        // `${X}`, and `${X:?message}`, which ends the call when X is empty.
        found.unwrap_or_else(|| Value::unknown(format!("${name}")))
    };
    (value, length)
}

/// Where the brace that was opened before `inner` is closed.
fn closing(inner: &str) -> Option<usize> {
    let mut depth = 1usize;
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}
