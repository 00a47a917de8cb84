//! Brace expansion: `{1..30}`, `{a,b}`.

use crate::shell::{Part, Quote, Word};

/// How many words one may become.
const MOST: usize = 1_000;

/// The texts that a word without quotes and expansions becomes; `None` when it stays as it is.
pub(super) fn expanded(word: &Word) -> Option<Vec<String>> {
    let [piece] = word.pieces.as_slice() else { return None };
    let Part::Literal(text) = &piece.part else { return None };
    // An escaped brace is text: the literal is shorter than what was written for it.
    if piece.quote != Quote::Bare || text.len() != piece.span.len() {
        return None;
    }
    let texts = expand(text, 0)?;
    (texts.len() <= MOST).then_some(texts)
}

fn expand(text: &str, depth: usize) -> Option<Vec<String>> {
    let (start, end, parts) = braces(text)?;
    if depth > 8 {
        return None;
    }
    let (head, tail) = (&text[..start], &text[end..]);
    let tails = expand(tail, depth + 1).unwrap_or_else(|| vec![tail.to_owned()]);
    let mut texts = Vec::new();
    for part in parts {
        for inner in expand(&part, depth + 1).unwrap_or_else(|| vec![part.clone()]) {
            texts.extend(tails.iter().map(|tail| format!("{head}{inner}{tail}")));
            if texts.len() > MOST {
                return None;
            }
        }
    }
    Some(texts)
}

/// The first braces that mean something: where they begin and end, and what they list.
fn braces(text: &str) -> Option<(usize, usize, Vec<String>)> {
    text.match_indices('{').find_map(|(start, _)| {
        let (end, parts) = listed(&text[start + 1..])?;
        let parts = match parts.as_slice() {
            [only] => sequence(only)?,
            _ => parts,
        };
        Some((start, start + 1 + end, parts))
    })
}

/// The parts between commas up to the brace that closes, and where it ends.
fn listed(text: &str) -> Option<(usize, Vec<String>)> {
    let mut depth = 0usize;
    let mut from = 0;
    let mut parts = Vec::new();
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                parts.push(text[from..at].to_owned());
                return Some((at + 1, parts));
            }
            ',' if depth == 0 => {
                parts.push(text[from..at].to_owned());
                from = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// `1..30`, `0..10..2`, `a..e`.
fn sequence(text: &str) -> Option<Vec<String>> {
    let mut bounds = text.split("..");
    let (first, last, step) = (bounds.next()?, bounds.next()?, bounds.next());
    if bounds.next().is_some() {
        return None;
    }
    let step = step.map_or(Some(1), |step| step.parse::<i64>().ok())?.unsigned_abs().max(1);
    let letter = |text: &str| text.parse::<char>().ok().filter(char::is_ascii_alphabetic);
    if let (Some(first), Some(last)) = (letter(first), letter(last)) {
        let texts = steps(i64::from(u32::from(first)), i64::from(u32::from(last)), step)?;
        return texts.map(|code| u32::try_from(code).ok().and_then(char::from_u32).map(String::from)).collect();
    }
    let padded = |text: &str| text.trim_start_matches('-').starts_with('0') && text.len() > 1;
    let width = if padded(first) || padded(last) { first.len().max(last.len()) } else { 0 };
    let texts = steps(first.parse().ok()?, last.parse().ok()?, step)?;
    Some(texts.map(|number| format!("{number:0width$}")).collect())
}

fn steps(first: i64, last: i64, step: u64) -> Option<Box<dyn Iterator<Item = i64>>> {
    let count = usize::try_from(first.abs_diff(last) / step).ok().filter(|count| *count < MOST)?;
    let step = i64::try_from(step).ok()?;
    let step = if last < first { -step } else { step };
    Some(Box::new((0..=count).map(move |index| first + step * i64::try_from(index).unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_expanded_as_bash_does() {
        for (text, expected) in [
            ("{1..3}", "1 2 3"),
            ("a{b,c}d{1,2}", "abd1 abd2 acd1 acd2"),
            ("{3..1}", "3 2 1"),
            ("{01..3}", "01 02 03"),
            ("{0..6..3}", "0 3 6"),
            ("{a..c}", "a b c"),
            ("x{a,{b,c}}", "xa xb xc"),
            ("{}{a,b}", "{}a {}b"),
        ] {
            assert_eq!(expand(text, 0).expect(text).join(" "), expected, "{text}");
        }
        for text in ["a", "{}", "{a}", "{a..}", "{1..9999999}"] {
            assert_eq!(expand(text, 0), None, "{text}");
        }
    }
}
