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
    let Some(root) = tree.root().filter(|_| !is_read_in_two_ways(text)) else { return };
    if let Ok(theirs) = serde_yaml::from_str::<serde_yaml::Value>(text.trim_start_matches('\u{feff}')) {
        assert!(same(root, &theirs), "another parser reads {theirs:?} in {text:?}");
    }
}

/// What YAML 1.1 and 1.2 read in two ways, and their parsers with them: a colon is part of an anchor's name or behind
/// it, a `?` before a word is part of the word or not, what ends a line, where a tab and a byte order mark may stand.
/// None of it is in a workflow that anybody wrote.
fn is_read_in_two_ways(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_glued = |sign: char, to: &dyn Fn(&str) -> bool| {
        text.split(sign).skip(1).filter_map(|rest| rest.split(char::is_whitespace).next()).any(to)
    };
    text.replace("\r\n", "\n").contains(['\r', '\t', '\u{85}', '\u{2028}', '\u{2029}', '\u{feff}'])
        || ['&', '*'].into_iter().any(|sign| is_glued(sign, &|name| name.contains([':', ','])))
        || is_glued('?', &|word| !word.is_empty())
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
