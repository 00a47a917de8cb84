//! What two lists of texts have in common, in order. The one file that runs the differ: it becomes much code for each
//! kind of list that it is given, so it is given one, numbers.

use similar::algorithms::{Capture, Compact, IdentifyDistinct, Replace, myers};
use similar::{DiffOp, DiffTag};

/// The stretches of two lists, in order: those that are equal, and those that are not.
pub fn difference(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    // Equal texts have equal numbers.
    let numbers = IdentifyDistinct::<u32>::new(old, 0..old.len(), new, 0..new.len());
    let (was, is) = (numbers.old_lookup(), numbers.new_lookup());
    let mut stretches = Compact::new(Replace::new(Capture::new()), was, is);
    let Ok(()) = myers::diff(&mut stretches, was, numbers.old_range(), is, numbers.new_range());
    stretches.into_inner().into_inner().into_ops()
}

/// Where a line of a new text is in the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineBefore {
    /// The line, from 1; none where there was no text.
    pub line: Option<usize>,
    /// It has the same text there, so columns are the same.
    pub is_same: bool,
}

/// For each line of the new text, in order, the one of the old text; of a line that is new the one that it takes the
/// place of or comes behind.
pub fn lines_before(old: Option<&str>, new: &str) -> Vec<LineBefore> {
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let Some(old) = old else { return vec![LineBefore { line: None, is_same: false }; new.len()] };
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let mut lines = Vec::with_capacity(new.len());
    for stretch in difference(&old, &new) {
        let (was, is_same) = (stretch.old_range(), stretch.tag() == DiffTag::Equal);
        let last = if was.is_empty() { was.start } else { was.end };
        let line = |at: usize| Some((was.start + at + 1).min(last).max(1));
        lines.extend((0..stretch.new_range().len()).map(|at| LineBefore { line: line(at), is_same }));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_in_the_old_text() {
        let lines = |old: Option<&str>, new: &str| {
            lines_before(old, new).into_iter().map(|line| (line.line, line.is_same)).collect::<Vec<_>>()
        };
        let (same, other) = (|line| (Some(line), true), |line| (Some(line), false));
        assert_eq!(lines(Some("a\nb\n"), "x\na\nb\n"), [other(1), same(1), same(2)]);
        assert_eq!(lines(Some("a\nb\nc\n"), "a\nB\nB\nc"), [same(1), other(2), other(3), other(3)]);
        assert_eq!(lines(Some("a\nb\n"), "a\nb\nc\n"), [same(1), same(2), other(2)]);
        assert_eq!(lines(Some("a\nb\nc\n"), "a\nc\n"), [same(1), same(3)]);
        assert_eq!(lines(None, "a\n"), [(None, false)]);
    }
}
