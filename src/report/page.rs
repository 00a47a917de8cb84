//! The page of a rule on a terminal: as wide as that is, and in its colours.

use super::level::ink;
use super::style::{Ink, Style};
use super::wrap::{hanging, wrapped};
use crate::finding::Level;

/// No line of prose is wider, however wide the terminal is.
const WIDEST: usize = 118;

/// What `explain` says, for a style. Examples stay as they are: they are there to be copied.
pub fn explained_text(text: &str, style: Style) -> String {
    let mut page = String::with_capacity(text.len());
    for (number, paragraph) in text.split("\n\n").enumerate() {
        if number > 0 {
            page.push_str("\n\n");
        }
        let lines: Vec<&str> = paragraph.lines().collect();
        // A rule's page begins with its name, and a family has several.
        let rest = match lines.first().and_then(|line| headline(line, style)) {
            Some(head) => {
                page.push_str(&head);
                page.push_str(if lines.len() > 1 { "\n" } else { "" });
                &lines[1..]
            }
            None => &lines[..],
        };
        page.push_str(&shown(rest, style));
    }
    page.truncate(page.trim_end().len());
    page + "\n"
}

/// `id (family, level)`, with the id and the level in colours.
fn headline(line: &str, style: Style) -> Option<String> {
    let (id, rest) = line.split_once(" (")?;
    let (family, word) = rest.strip_suffix(')')?.split_once(", ")?;
    let level = match word {
        "error" => Level::Error,
        "warning" => Level::Warning,
        "info" => Level::Info,
        _ => return None,
    };
    Some(format!("{} ({family}, {})", style.paint(id, Ink::Head), style.paint(word, ink(level))))
}

/// A paragraph without its last line feed.
fn shown(lines: &[&str], style: Style) -> String {
    let is_code = |line: &&str| line.starts_with("    ") || line.is_empty();
    if let [head] = lines
        && head.ends_with(':')
    {
        return style.paint(head, Ink::Head);
    }
    if !style.fits || lines.iter().all(is_code) || lines.iter().any(|line| line.starts_with('|')) {
        return lines.join("\n");
    }
    let width = style.width.min(WIDEST);
    // Each item of a list begins a line; what follows it stands below its words.
    let mut items: Vec<(usize, String)> = Vec::new();
    for line in lines {
        let words = line.trim();
        match (mark(line), items.last_mut()) {
            (None, Some((_, item))) => {
                item.push(' ');
                item.push_str(words);
            }
            (mark, _) => items.push((mark.unwrap_or(0), words.to_owned())),
        }
    }
    let wrapped = items.iter().map(|(hang, item)| match hang {
        0 => wrapped(item, width).join("\n"),
        _ => hanging(item, *hang, width).trim_end().to_owned(),
    });
    wrapped.collect::<Vec<_>>().join("\n")
}

/// How far an item's words are from its beginning: `- `, `1. `.
fn mark(line: &str) -> Option<usize> {
    let number = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match line[number..].strip_prefix(". ") {
        Some(_) if number > 0 => Some(number + 2),
        _ => line.starts_with("- ").then_some(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_and_examples_are_not() {
        let text = "a-rule (names, error)\nIt says much in one line that is long.\n\n- one item that is long\n  and goes on\n- two\n\nFound in a.yml:\n\n    run: a line of code that is wider\n";
        let narrow = Style { fits: true, width: 20, ..Style::default() };
        let wanted = "a-rule (names, error)\nIt says much in one\nline that is long.\n\n- one item that is\n  long and goes on\n- two\n\nFound in a.yml:\n\n    run: a line of code that is wider\n";
        assert_eq!(explained_text(text, narrow), wanted);
        assert_eq!(explained_text(text, Style::default()), text);
        let colored = explained_text(text, Style { color: true, ..Style::default() });
        assert!(colored.starts_with("\u{1b}[1ma-rule\u{1b}[0m (names, \u{1b}[31merror\u{1b}[0m)\n"), "{colored:?}");
        assert!(colored.contains("\u{1b}[1mFound in a.yml:\u{1b}[0m\n"), "{colored:?}");
    }
}
