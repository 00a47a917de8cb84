//! YAML: every span lies inside the file, on characters, inside its parent; a scalar's bytes are its text; a parser of
//! another family reads the same.

use crate::source::{NotText, Source};
use crate::yaml::{Node, NodeKind, Scalar, Tree, parse};

/// Any bytes as a YAML file.
pub fn yaml(bytes: &[u8]) {
    let source = match Source::new("fuzz.yml", bytes.to_vec()) {
        Ok(source) => source,
        Err(NotText::Encoding { offset, byte }) => return assert_eq!(bytes.get(offset), Some(&byte)),
    };
    let text = source.text();
    match parse(&source) {
        Ok(tree) => {
            holds(text, &tree);
            for node in tree.nodes() {
                node.duplicate_keys();
                for entry in node.entries() {
                    assert!(entry.span().end <= text.len(), "{node:?} in {text:?}");
                }
            }
            reads_as_another_parser(text, &tree);
        }
        Err(error) => assert!(text.get(error.span.range()).is_some(), "{error} at {:?} in {text:?}", error.span),
    }
}

/// Only where both read the file at all: what one refuses and the other does not, no fix is made for.
fn reads_as_another_parser(text: &str, tree: &Tree) {
    let Some(root) = tree.root() else { return };
    if let Ok(theirs) = serde_yaml::from_str::<serde_yaml::Value>(text.trim_start_matches('\u{feff}')) {
        assert!(same(root, &theirs), "another parser reads {theirs:?} in {text:?}");
    }
}

/// The file's bytes behind every run are the text's bytes, in order.
fn text_holds(text: &str, scalar: Scalar<'_>) {
    let found = scalar.text();
    assert_eq!(found.value(), scalar.value);
    let mut last = 0;
    for run in found.runs() {
        assert_eq!(
            &text.as_bytes()[run.file..run.file + run.len],
            &scalar.value.as_bytes()[run.text..run.text + run.len]
        );
        assert!(run.text >= last && run.file >= found.whole().start && run.file + run.len <= found.whole().end);
        last = run.text + run.len;
    }
}

/// What holds for every tree.
pub(crate) fn holds(text: &str, tree: &Tree) {
    for node in tree.nodes() {
        assert!(node.span().end <= text.len(), "{node:?} in {text:?}");
        assert!(text.is_char_boundary(node.span().start) && text.is_char_boundary(node.span().end));
        if let Some(parent) = node.parent() {
            assert!(parent.span().contains(node.full_span()), "{parent:?} {node:?} in {text:?}");
        }
        if let Some(scalar) = node.scalar().filter(|_| !node.is_alias()) {
            text_holds(text, scalar);
        }
    }
    for comment in tree.comments() {
        assert!(text[comment.span.range()].starts_with('#'), "{comment:?} in {text:?}");
    }
}

/// Whether an independent parser reads the same: every text it takes for one, every key, every item.
pub(crate) fn same(ours: Node<'_>, theirs: &serde_yaml::Value) -> bool {
    use serde_yaml::Value;
    match theirs {
        Value::Tagged(tagged) => same(ours, &tagged.value),
        Value::Null => ours.is_null() || ours.tag().is_some(),
        Value::Bool(truth) => ours.as_bool() == Some(*truth),
        Value::Number(_) => ours.kind() == NodeKind::Scalar,
        Value::String(text) => ours.as_str() == Some(text),
        Value::Sequence(items) => {
            ours.items().count() == items.len() && ours.items().zip(items).all(|(one, two)| same(one, two))
        }
        // Their loader leaves `<<` as a key.
        Value::Mapping(pairs) => {
            ours.own_entries().count() == pairs.len()
                && ours
                    .own_entries()
                    .zip(pairs)
                    .all(|(entry, (key, value))| same(entry.key, key) && same(entry.value, value))
        }
    }
}
