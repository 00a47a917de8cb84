//! What a forge reads as an expression: a file in which one cannot be parsed is refused whole.

use super::missing::missing;
use crate::expr::{Part, parse_shared, template};
use crate::yaml::Tree;

/// The first expression of the new file that cannot be parsed, where the old file did not have it.
pub(super) fn broken(old: &Tree, new: &Tree) -> Option<String> {
    missing(all(new), all(old)).find(|expression| !is_one(expression)).map(str::to_owned)
}

/// The expressions of all texts of a file, with their signs.
fn all(tree: &Tree) -> impl Iterator<Item = &str> {
    let texts = tree.nodes().filter(|node| !node.is_alias()).filter_map(|node| node.as_str());
    texts.filter(|text| text.contains("${{")).flat_map(|text| {
        template(text).into_iter().filter_map(|part| match part {
            Part::Expression { whole, .. } => Some(&text[whole]),
            Part::Unclosed(range) => Some(&text[range]),
            Part::Literal(_) => None,
        })
    })
}

/// Whether it can be parsed, and has no other in its texts: that one would stay as it is written.
fn is_one(expression: &str) -> bool {
    let inner = expression.strip_prefix("${{").and_then(|inner| inner.strip_suffix("}}"));
    inner.is_some_and(|inner| !inner.contains("${{") && parse_shared(inner).is_some())
}
