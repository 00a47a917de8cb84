//! How a file is written: its line break, its indentation, its quotes; and new text in that manner.

use crate::source::Source;
use crate::yaml::{Style as Written, Tree};

/// The manner of a YAML file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// `\n` or `\r\n`.
    pub line_break: &'static str,
    /// How far a mapping in a mapping is indented, in spaces.
    pub indent: usize,
    /// The quote that is used most.
    pub quote: char,
}

impl Style {
    /// That of a file; where it does not say, two spaces and double quotes.
    pub fn of(tree: &Tree) -> Self {
        let mut quotes = (0, 0);
        let mut indents = [0_usize; 9];
        for node in tree.nodes() {
            if let Some(scalar) = node.scalar().filter(|_| !node.is_alias()) {
                match scalar.style {
                    Written::SingleQuoted => quotes.0 += 1,
                    Written::DoubleQuoted => quotes.1 += 1,
                    _ => {}
                }
            }
            for entry in node.own_entries().filter(|_| !node.is_flow() && !node.is_alias()) {
                let (outer, inner) = (entry.key.span().start, entry.value.own_entries().next());
                let Some(inner) = inner.filter(|_| !entry.value.is_flow() && !entry.value.is_alias()) else { continue };
                let column = |at| tree.source().place(at).column;
                let step = column(inner.key.span().start).saturating_sub(column(outer));
                if let Some(count) = indents.get_mut(step) {
                    *count += 1;
                }
            }
        }
        let most = (1..indents.len()).max_by_key(|&step| (indents[step], std::cmp::Reverse(step)));
        let indent = most.filter(|&step| indents[step] > 0).unwrap_or(2);
        Self { line_break: line_break(tree.source()), indent, quote: if quotes.0 > quotes.1 { '\'' } else { '"' } }
    }

    /// A text as a scalar on one line: plain where that means the same, else quoted. `in_flow` is within brackets.
    pub fn scalar(self, text: &str, in_flow: bool) -> String {
        if is_plain(text, in_flow) { text.to_owned() } else { self.quoted(text) }
    }

    /// A text in quotes.
    pub fn quoted(self, text: &str) -> String {
        let printable = text.chars().all(|c| !c.is_control());
        if self.quote == '\'' && printable {
            return format!("'{}'", text.replace('\'', "''"));
        }
        double_quoted(text)
    }
}

/// A text of several lines as a literal block, under a key at `column`.
pub fn block(style: Style, text: &str, column: usize) -> String {
    let keep = if text.ends_with('\n') { "|" } else { "|-" };
    let pad = " ".repeat(column + style.indent);
    let lines = text.lines().map(|line| if line.is_empty() { String::new() } else { format!("{pad}{line}") });
    std::iter::once(keep.to_owned()).chain(lines).collect::<Vec<_>>().join(style.line_break)
}

/// The line break a file uses.
pub fn line_break(source: &Source) -> &'static str {
    match source.text().find('\n') {
        Some(at) if source.text()[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// The inside of a double-quoted scalar.
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn double_quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Whether a text, written without quotes, is read as this very text by every parser, YAML 1.1's included.
pub fn is_plain(text: &str, in_flow: bool) -> bool {
    is_one_plain(text, in_flow) && !resolves(text)
}

/// Whether a text may stand without quotes at all, be it read as a number or a truth value.
pub fn is_one_plain(text: &str, in_flow: bool) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let second = text.chars().nth(1);
    let starts = match first {
        '-' | '?' | ':' => second.is_some_and(|c| !c.is_whitespace() && !",[]{}".contains(c)),
        c => !",[]{}#&*!|>'\"%@`".contains(c),
    };
    let ends_early = [": ", " #"].iter().any(|mark| text.contains(mark)) || text.ends_with(':');
    let closes = in_flow && text.contains([',', '[', ']', '{', '}']);
    let is_clean = text.trim() == text && !text.chars().any(char::is_control) && !matches!(text, "---" | "...");
    starts && is_clean && !ends_early && !closes
}

/// Whether plain text is read as something else than a text.
fn resolves(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let word = matches!(lower.as_str(), "~" | "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n");
    let first = text.trim_start_matches(['-', '+', '.']).chars().next();
    // Whatever begins like a number is quoted: sexagesimal ports (`5432:5432`), dates, versions.
    let number =
        first.is_some_and(|c| c.is_ascii_digit()) && text.chars().all(|c| "0123456789.:_-+eExXoabcdfABCDF".contains(c));
    word || number || matches!(lower.trim_start_matches(['-', '+']), ".inf" | ".nan")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn a_file_says_how_it_is_written() {
        let style = |text: &str| {
            Style::of(&yaml::parse(&Source::new("x", text.as_bytes().to_vec()).expect("text")).expect("YAML"))
        };
        assert_eq!(style("a:\r\n    b:\r\n        c: 'x'\r\n"), Style { line_break: "\r\n", indent: 4, quote: '\'' });
        assert_eq!(style("a: 1"), Style { line_break: "\n", indent: 2, quote: '"' });
    }

    #[test]
    fn quotes_where_they_are_needed() {
        let style = Style { line_break: "\n", indent: 2, quote: '\'' };
        for (text, written) in [
            ("always()", "always()"),
            ("!cancelled()", "'!cancelled()'"),
            ("${{ env.X }}", "${{ env.X }}"),
            ("a: b", "'a: b'"),
            ("it's", "it's"),
            ("'x", "'''x'"),
            ("5432", "'5432'"),
            ("on", "'on'"),
            ("", "''"),
            ("a\tb", "\"a\\tb\""),
        ] {
            assert_eq!(style.scalar(text, false), written);
        }
        assert_eq!(style.scalar("${{ env.X }}", true), "'${{ env.X }}'");
    }
}
