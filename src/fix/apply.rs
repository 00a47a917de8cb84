//! Edits to text.

use std::collections::BTreeMap;
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

/// Whether two fixes want the same bytes, the same place or the same new file.
pub(super) fn overlap(one: &Fix, other: &Fix) -> bool {
    let edits = one.edits.iter().any(|ours| {
        other.edits.iter().any(|theirs| {
            // Two that touch are not independent either: which comes first would matter.
            ours.path == theirs.path && ours.span.start <= theirs.span.end && theirs.span.start <= ours.span.end
        })
    });
    edits || one.creates.iter().any(|ours| other.creates.iter().any(|theirs| ours.path == theirs.path))
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
    fn fixes_that_touch_overlap() {
        let change = |path, at, old| fix(vec![edit(path, at, old, "x")], vec![]);
        assert!(overlap(&change("f", 0, "ab"), &change("f", 1, "b")));
        assert!(overlap(&change("f", 0, "a"), &change("f", 1, "")));
        assert!(!overlap(&change("f", 0, "a"), &change("f", 2, "c")));
        assert!(!overlap(&change("f", 0, "a"), &change("g", 0, "a")));
        let mut new = fix(vec![], vec![]);
        new.creates = vec![NewFile { path: "n".into(), text: String::new() }];
        assert!(overlap(&new, &new.clone()));
    }
}
