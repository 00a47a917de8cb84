//! Lines outside the edits stay as they are, byte for byte.

use crate::edit::Edit;

/// The first line that no edit touches and that is not in the new text, in order.
pub(super) fn changed<'o>(old: &'o str, new: &str, edits: &[&Edit]) -> Option<&'o str> {
    let mut left = new.split_inclusive('\n');
    let mut start = 0;
    for line in old.split_inclusive('\n') {
        let end = start + line.len();
        let is_touched = edits.iter().any(|edit| touches(edit, start, end, line.ends_with('\n')));
        if !is_touched && !left.any(|other| other == line) {
            return Some(line);
        }
        start = end;
    }
    None
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

fn touches(edit: &Edit, start: usize, end: usize, has_break: bool) -> bool {
    let span = edit.span;
    if !span.is_empty() {
        return span.start < end && start < span.end;
    }
    let inside = start < span.start && (span.start < end || (span.start == end && !has_break));
    // What is put before a line leaves it alone when it ends with a line of its own.
    inside || (span.start == start && !edit.new.ends_with('\n'))
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
    }

    #[test]
    fn line_ends_are_the_files() {
        assert!(!end_alike("a\r\n", "a\r\nb\n"));
        assert!(end_alike("a\r\n", "a\r\nb\r\n"));
        assert!(!end_alike("a\n", "a\nb\r\n"));
        assert!(end_alike("a\nb\r\n", "a\nx\nb\r\n"));
    }
}
