//! Where a node stands: the way to it, its column, its lines.

use crate::edit::{Key, Path};
use crate::rewrite::Withheld;
use crate::source::{Source, Span};
use crate::yaml::{Node, Tree};

/// The way from the root to a node.
///
/// # Errors
/// When it is reached by a key that is no text.
pub fn way(node: Node<'_>) -> Result<Path, Withheld> {
    let mut path = Vec::new();
    let mut at = node;
    while let Some(parent) = at.parent() {
        let name = || Some(Key::Name(at.own_entry()?.key.as_str()?.to_owned()));
        let key = at.index().map(Key::Index).or_else(name);
        path.push(key.ok_or_else(|| Withheld::because("it stands under a key that is not a text"))?);
        at = parent;
    }
    path.reverse();
    Ok(path)
}

/// The column (0-based) of the key, or of the dash, under which a value stands.
pub(super) fn column_of(node: Node<'_>) -> usize {
    let at = node.own_entry().map_or(node.full_span().start, |entry| entry.key.full_span().start);
    node.tree().source().place(at).column - 1
}

pub(super) fn in_flow(node: Node<'_>) -> bool {
    node.parent().is_some_and(Node::is_flow)
}

/// The start of the comments right above a line, or the line's own.
pub(super) fn first_comment(tree: &Tree, line: usize) -> usize {
    let text = tree.source().text();
    let mut start = line;
    while start > 0 {
        let above = text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
        let is_comment = tree.comments_in(Span::new(above, start)).first().is_some_and(|comment| comment.own_line);
        if !is_comment {
            break;
        }
        start = above;
    }
    start
}

/// Where the line of an offset ends, break included; and whether it has one.
pub(super) fn behind(source: &Source, offset: usize) -> (usize, bool) {
    match source.text()[offset..].find('\n') {
        Some(at) => (offset + at + 1, true),
        None => (source.text().len(), false),
    }
}
