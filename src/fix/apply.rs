//! Edits to text.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::edit::{Edit, Fix};

/// Why edits cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file is not as it was expected: {0}")]
pub struct Unexpected(String);

/// The text with a file's edits in it. They are ordered and do not overlap; several insertions at one place stay
/// in their order.
///
/// # Errors
/// [`Unexpected`] when the text does not hold what an edit replaces.
pub(super) fn apply<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> Result<String, Unexpected> {
    let mut new = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        let between = text.get(done..edit.span.start);
        let (Some(between), Some(old)) = (between, text.get(edit.span.range())) else {
            return Err(Unexpected("two edits overlap".to_owned()));
        };
        if old != edit.old {
            return Err(Unexpected(format!("`{}` stands where `{}` was", shortened(old), shortened(&edit.old))));
        }
        new.push_str(between);
        new.push_str(&edit.new);
        done = edit.span.end;
    }
    new.push_str(&text[done..]);
    Ok(new)
}

/// The edits of several fixes by file, ordered.
pub(super) fn by_file<'f>(fixes: impl IntoIterator<Item = &'f Fix>) -> BTreeMap<Arc<str>, Vec<&'f Edit>> {
    let mut files: BTreeMap<Arc<str>, Vec<&Edit>> = BTreeMap::new();
    for edit in fixes.into_iter().flat_map(|fix| &fix.edits) {
        files.entry(edit.path.clone()).or_default().push(edit);
    }
    for edits in files.values_mut() {
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    }
    files
}

/// The bytes and the new files that fixes want which are none in each other's way.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Where each edit starts, with the last byte that one from there wants.
    edits: BTreeMap<(Arc<str>, usize), usize>,
    files: BTreeSet<Arc<str>>,
}

impl Taken {
    /// Whether a fix wants some of that, too. Two edits that touch are not independent either: which comes first
    /// would matter.
    pub(super) fn meets(&self, fix: &Fix) -> bool {
        let meets = |edit: &Edit| {
            let before = self.edits.range(..=(edit.path.clone(), edit.span.end)).next_back();
            before.is_some_and(|((path, _), end)| *path == edit.path && *end >= edit.span.start)
        };
        fix.edits.iter().any(meets) || fix.creates.iter().any(|file| self.files.contains(&file.path))
    }

    /// Takes what a fix wants.
    pub(super) fn take(&mut self, fix: &Fix) {
        for edit in &fix.edits {
            let end = self.edits.entry((edit.path.clone(), edit.span.start)).or_default();
            *end = edit.span.end.max(*end);
        }
        self.files.extend(fix.creates.iter().map(|file| file.path.clone()));
    }
}

fn shortened(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 40 { line } else { line.chars().take(40).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::NewFile;
    use crate::fix::testing::{edit, fix};

    #[test]
    fn edits_and_insertions_in_order() {
        let edits = [edit("f", 0, "a", "x"), edit("f", 1, "", "1"), edit("f", 1, "", "2"), edit("f", 2, "c", "")];
        assert_eq!(apply("abcd", &edits), Ok("x12bd".to_owned()));
    }

    #[test]
    fn what_is_not_there_is_not_replaced() {
        for (text, edits) in [
            ("abcd", vec![edit("f", 0, "b", "x")]),
            ("é", vec![edit("f", 1, "x", "")]),
            ("a", vec![edit("f", 7, "x", "")]),
            ("abcd", vec![edit("f", 0, "ab", "x"), edit("f", 1, "b", "x")]),
        ] {
            assert!(apply(text, &edits).is_err(), "{text}");
        }
    }

    #[test]
    fn a_long_text_is_shown_in_part() {
        assert_eq!(shortened("a\n  b"), "a b");
        assert_eq!(shortened(&"é".repeat(40)), "é".repeat(40));
        assert_eq!(shortened(&"é".repeat(41)), "é".repeat(40) + "…");
    }

    #[test]
    fn fixes_that_touch_overlap() {
        let change = |path, at, old| fix(vec![edit(path, at, old, "x")], vec![]);
        let meet = |one: &Fix, other: &Fix| {
            let mut taken = Taken::default();
            taken.take(one);
            taken.meets(other)
        };
        assert!(meet(&change("f", 0, "ab"), &change("f", 1, "b")));
        assert!(meet(&change("f", 0, "a"), &change("f", 1, "")));
        assert!(meet(&change("f", 1, ""), &change("f", 0, "a")));
        assert!(!meet(&change("f", 0, "a"), &change("f", 2, "c")));
        assert!(!meet(&change("f", 2, "c"), &change("f", 0, "a")));
        assert!(!meet(&change("f", 0, "a"), &change("g", 0, "a")));
        let mut new = fix(vec![], vec![]);
        new.creates = vec![NewFile { path: "n".into(), text: String::new() }];
        assert!(meet(&new, &new.clone()));
    }
}
