//! Lines outside the edits stay as they are, byte for byte.

use crate::edit::Edit;

/// The first line that no edit touches and that is no longer a line, just as far behind its place as the edits
/// before it add.
pub(super) fn changed<'o>(old: &'o str, new: &str, edits: &[&Edit]) -> Option<&'o str> {
    let mut start = 0;
    // The edits come in order: those that end before a line are passed once.
    let mut rest = edits;
    let (mut come, mut gone) = (0, 0);
    old.split_inclusive('\n').find(|line| {
        let (from, to) = (start, start + line.len());
        start = to;
        while let Some((edit, later)) = rest.split_first().filter(|(edit, _)| edit.span.end <= from) {
            come += edit.new.len();
            gone += edit.span.end - edit.span.start;
            rest = later;
        }
        // An insertion before a line leaves it as it is; one behind its break does, too.
        let near = rest.iter().take_while(|edit| edit.span.start <= to);
        let is_touched = near.into_iter().any(|edit| match edit.span.is_empty() {
            true => from < edit.span.start && edit.span.start < to,
            // It ends behind the line's start, or it would have been passed.
            false => edit.span.start < to,
        });
        let at = from + come - gone;
        let is_line = || new.get(..at).is_some_and(|above| above.is_empty() || above.ends_with('\n'));
        !is_touched && (new.get(at..at + line.len()) != Some(line) || !is_line())
    })
}

/// Whether the new text's lines end as the old one's do. One that mixes both stays as it is.
pub(super) fn end_alike(old: &str, new: &str) -> bool {
    let with_return = |text: &str| text.contains("\r\n");
    let without = |text: &str| text.split_inclusive('\n').any(|line| line.ends_with('\n') && !line.ends_with("\r\n"));
    match (with_return(old), without(old)) {
        (true, false) => !without(new),
        (false, true) => !with_return(new),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::testing::edit;

    #[test]
    fn only_touched_lines_change() {
        let old = "a\nb\nc";
        assert_eq!(None, changed(old, "a\nx\nc", &[&edit("f", 2, "b", "x")]));
        assert_ne!(None, changed(old, "z\nx\nc", &[&edit("f", 2, "b", "x")]));
        assert_eq!(None, changed(old, "a\nn\nb\nc", &[&edit("f", 2, "", "n\n")]));
        assert_eq!(None, changed(old, "a\nb\nc\nd", &[&edit("f", 5, "", "\nd")]));
        assert_ne!(None, changed(old, "b\na\nc", &[]));
        // Beside an insertion the line stays as it is, too.
        assert_ne!(None, changed(old, "z\nn\nb\nc", &[&edit("f", 2, "", "n\n")]));
        // It would be one line with what stands there.
        assert_eq!(Some("b\n"), changed(old, "a\nnb\nc", &[&edit("f", 2, "", "n")]));
    }

    #[test]
    fn line_ends_are_the_files() {
        assert!(!end_alike("a\r\n", "a\r\nb\n"));
        assert!(end_alike("a\r\n", "a\r\nb\r\n"));
        assert!(!end_alike("a\n", "a\nb\r\n"));
        assert!(end_alike("a\nb\r\n", "a\nx\nb\r\n"));
    }
}
