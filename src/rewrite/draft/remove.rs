//! Entries and items that go, with their lines.

use std::sync::Arc;

use super::Draft;
use super::file::{EditId, Yaml, not_yaml};
use super::place::{column_of, first_comment, way};
use crate::rewrite::Withheld;
use crate::source::Span;
use crate::yaml::{Entry, Node, NodeId, Tree};

impl Draft<'_> {
    /// Removes an entry of a mapping with its lines, and gives back the comments that stood in them, to be put
    /// elsewhere: a fix may lose none. With `leading`, comments right above it go along.
    ///
    /// # Errors
    /// When it shares a line with something else, or is the target of an alias.
    pub fn remove_entry(&mut self, path: &Arc<str>, value: NodeId, leading: bool) -> Result<Vec<String>, Withheld> {
        Ok(self.take_entry(path, value, leading)?.1)
    }

    fn take_entry(&mut self, path: &Arc<str>, value: NodeId, leading: bool) -> Result<(EditId, Vec<String>), Withheld> {
        let file = self.file(path)?;
        let Yaml { tree, .. } = file.yaml.as_ref().ok_or_else(not_yaml)?;
        let entry = entry_of(tree.node(value))?;
        let lines = entry.lines().ok_or_else(one_line)?;
        let (way, (span, comments)) = (way(entry.value)?, cut(tree, lines.span, leading)?);
        Ok((file.remove(path, way, span), comments))
    }

    /// Removes an entry of a mapping with its lines; comments that stood in them stay in its place.
    ///
    /// # Errors
    /// As [`Draft::remove_entry`].
    pub fn drop_entry(&mut self, path: &Arc<str>, value: NodeId) -> Result<(), Withheld> {
        let (removal, comments) = self.take_entry(path, value, false)?;
        let file = self.file(path)?;
        let Yaml { tree, style, .. } = file.yaml.as_ref().ok_or_else(not_yaml)?;
        let (column, line_break) = (column_of(tree.node(value)), style.line_break);
        let edit = file.edit_mut(removal);
        edit.new = comments.iter().map(|comment| format!("{}{comment}{line_break}", " ".repeat(column))).collect();
        if !comments.is_empty() && edit.old.lines().next_back().is_some_and(|last| last.trim().is_empty()) {
            edit.new.push_str(line_break);
        }
        Ok(())
    }

    /// Removes an item of a sequence that stands on lines of its own: a step. Comments as in
    /// [`Draft::remove_entry`].
    ///
    /// # Errors
    /// As [`Draft::remove_entry`].
    pub fn remove_item(&mut self, path: &Arc<str>, item: NodeId, leading: bool) -> Result<Vec<String>, Withheld> {
        let file = self.file(path)?;
        let Yaml { tree, .. } = file.yaml.as_ref().ok_or_else(not_yaml)?;
        let node = tree.node(item);
        let lines = node.item_lines().ok_or_else(one_line)?;
        let (way, (span, comments)) = (way(node)?, cut(tree, lines.span, leading)?);
        file.remove(path, way, span);
        Ok(comments)
    }
}

/// The entry whose value this node is.
fn entry_of(value: Node<'_>) -> Result<Entry<'_>, Withheld> {
    value.own_entry().ok_or_else(|| Withheld::because("it is not an entry of the file"))
}

/// The bytes to take out for these lines, and the comments that go with them.
fn cut(tree: &Tree, lines: Span, leading: bool) -> Result<(Span, Vec<String>), Withheld> {
    let anchored =
        tree.nodes().any(|node| lines.contains(node.full_span()) && node.anchor().is_some() && !node.is_alias());
    if anchored {
        return Err(Withheld::because("it carries an anchor"));
    }
    let start = if leading { first_comment(tree, lines.start) } else { lines.start };
    let span = Span::new(start, with_gap(tree.source().text(), start, lines.end));
    let comments = tree.comments_in(span).iter().map(|comment| tree.source().slice(comment.span).trim_end().to_owned());
    Ok((span, comments.collect()))
}

/// The end of lines that go: between two blank lines, one goes along.
fn with_gap(text: &str, start: usize, end: usize) -> usize {
    let is_blank = |line: &str| line.ends_with('\n') && line.trim().is_empty();
    let above = text.get(..start).and_then(|above| above.split_inclusive('\n').next_back());
    let below = text.get(end..).and_then(|below| below.split_inclusive('\n').next());
    match (above, below) {
        (Some(above), Some(below)) if is_blank(above) && is_blank(below) => end + below.len(),
        _ => end,
    }
}

/// Why what stands in brackets on one line stays.
pub(super) fn one_line() -> Withheld {
    Withheld::because("it stands on one line with others, in brackets: give each a line of its own")
}
