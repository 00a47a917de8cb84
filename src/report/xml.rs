//! What a text from outside needs to stand in XML, as an attribute's value or between tags.

use super::{exact, plain};

/// A text as one line.
pub(super) fn line(text: &str) -> String {
    escaped(&plain(text))
}

/// A path or a name, nothing left out.
pub(super) fn name(text: &str) -> String {
    escaped(&exact(text))
}

/// Lines of ours, which hold nothing that XML cannot.
pub(super) fn lines(lines: &[String]) -> String {
    escaped(&lines.join("\n"))
}

/// XML 1.0 has no way to write control characters, which are gone by now, nor these two that are no characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('?'),
            c => escaped.push(c),
        }
    }
    escaped
}
