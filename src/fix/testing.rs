//! What the tests of fixes share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::edit::{Applicability, Edit, Fix, Meaning, Mends};
use crate::source::Span;

/// An edit of `path` at `start`.
pub(super) fn edit(path: &str, start: usize, old: &str, new: &str) -> Edit {
    let span = Span::new(start, start + old.len());
    Edit { path: path.into(), span, old: old.to_owned(), new: new.to_owned() }
}

/// An edit of the only place where `old` stands in `text`.
pub(super) fn edit_of(path: &str, text: &str, old: &str, new: &str) -> Edit {
    assert_eq!(text.matches(old).count(), 1, "{old}");
    edit(path, text.find(old).expect("there"), old, new)
}

/// A safe fix.
pub(super) fn fix(edits: Vec<Edit>, meaning: Vec<(&str, Meaning)>) -> Fix {
    Fix {
        rewrite: "test",
        applicability: Applicability::Safe,
        title: "mend it".to_owned(),
        why: None,
        edits,
        creates: Vec::new(),
        meaning: meaning.into_iter().map(|(path, meaning)| (Arc::from(path), meaning)).collect(),
        comments: BTreeMap::new(),
        follow_ups: Some(&[]),
        part_of: BTreeSet::new(),
        mends: Mends::default(),
    }
}
