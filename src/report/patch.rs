//! A patch in colours, as git shows it.

use super::style::{Ink, Style};

/// What a line of a patch is.
enum Line {
    Head,
    Hunk,
    Same,
    Gone,
    Added,
}

/// The patch with colours, where they are wanted: without them it stays what `git apply` takes.
pub fn colored_patch(patch: &str, style: Style) -> String {
    if !style.color {
        return patch.to_owned();
    }
    let (mut text, mut old, mut new) = (String::new(), 0, 0);
    for line in patch.split_inclusive('\n') {
        // Only the numbers of a hunk say where it ends: what is removed may look like a head.
        let kind = match line.as_bytes().first() {
            Some(b'@') if old + new == 0 => {
                (old, new) = lengths(line);
                Line::Hunk
            }
            _ if old + new == 0 => Line::Head,
            Some(b'-') => Line::Gone,
            Some(b'+') => Line::Added,
            _ => Line::Same,
        };
        let is_remark = line.starts_with('\\');
        if matches!(kind, Line::Gone | Line::Same) && !is_remark {
            old = old.saturating_sub(1);
        }
        if matches!(kind, Line::Added | Line::Same) && !is_remark {
            new = new.saturating_sub(1);
        }
        let words = line.trim_end_matches(['\r', '\n']);
        let ink = match kind {
            Line::Head if is_remark => None,
            Line::Head => Some(Ink::Head),
            Line::Hunk => Some(Ink::Note),
            Line::Gone => Some(Ink::Bad),
            Line::Added => Some(Ink::Good),
            Line::Same => None,
        };
        text.push_str(&ink.map_or_else(|| words.to_owned(), |ink| style.paint(words, ink)));
        text.push_str(&line[words.len()..]);
    }
    text
}

/// How many lines of the old and of the new file a hunk has: `@@ -1,2 +1,3 @@`; one where it does not say.
fn lengths(hunk: &str) -> (usize, usize) {
    let mut ranges = hunk.split(' ').skip(1).map(|range| match range.split_once(',') {
        Some((_, length)) => length.parse().unwrap_or(0),
        None => 1,
    });
    (ranges.next().unwrap_or(0), ranges.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_head_is_a_line() {
        let patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n a\n--- b\ndiff --git a/y b/y\n";
        let style = Style { color: true, ..Style::default() };
        let colored = colored_patch(patch, style);
        assert!(colored.contains("\u{1b}[31m--- b\u{1b}[0m\n") && colored.contains("\u{1b}[1m--- a/x\u{1b}[0m\n"));
        assert!(colored.contains("\n a\n") && colored.ends_with("\u{1b}[1mdiff --git a/y b/y\u{1b}[0m\n"), "{colored}");
        assert_eq!(colored_patch(patch, Style::default()), patch);
    }
}
