//! Texts in the place of others: within a scalar, within a script, a scalar's whole value.

use std::ops::Range;
use std::sync::Arc;

use super::Draft;
use super::file::{Yaml, not_yaml};
use super::place::{in_flow, way};
use super::scalar::rewritten;
use super::scalars::decoded;
use crate::edit::Change;
use crate::expr::{Within, within};
use crate::rewrite::Withheld;
use crate::source::{Location, Span, Text};
use crate::yaml::{NodeId, Style as Written};

impl Draft<'_> {
    /// Puts `new` in the place of a part of a scalar (`run:` text included) or of a script.
    ///
    /// `new` is what the scalar's text, not the file, shall have there: quotes and indentation are seen to.
    /// Replacing the same bytes by the same text twice is once.
    ///
    /// # Errors
    /// When the bytes of that text cannot be told for certain, or overlap another replacement.
    pub fn replace(&mut self, at: &Location, new: &str) -> Result<(), Withheld> {
        let written = self.file(&at.path)?.source.kind().written(new);
        self.put(at, &written)
    }

    /// The same with what is written already as the file's own reader wants it.
    pub(super) fn put(&mut self, at: &Location, new: &str) -> Result<(), Withheld> {
        let file = self.file(&at.path)?;
        let Some(Yaml { tree, scalars, .. }) = &file.yaml else {
            return insert_replacement(&mut file.script, at.span, new);
        };
        let node = scalars
            .innermost(tree, at.span)
            .ok_or_else(|| Withheld::because("it is not within one text of the file"))?;
        let text = node.text().filter(Text::is_proven);
        let text = text.ok_or_else(Withheld::torn)?;
        let range = decoded(&text, at.span).ok_or_else(Withheld::torn)?;
        let (range, new) = match within(text.value(), &range, new) {
            Within::Outside => (range, new.to_owned()),
            Within::Inside(range, new) => (range, new),
            Within::Used => {
                return Err(Withheld::because(
                    "what would change stands in an expression, which can hold no other: change it by hand",
                ));
            }
        };
        let known = file.scalars.entry(node.id()).or_default();
        if known.iter().any(|(other, text)| *other == range && *text == new) {
            return Ok(());
        }
        if known.iter().any(|(other, _)| overlap(other, &range)) {
            let part = text.value().get(range).unwrap_or_default();
            return Err(Withheld::because(format!("two changes of `{part}` overlap: change it by hand")));
        }
        known.push((range, new));
        Ok(())
    }

    /// Whether something of these bytes is to change, or they go.
    pub fn changes(&self, at: &Location) -> bool {
        let Some(file) = self.files.get(&at.path) else { return false };
        let meets = |span: Span| span.start <= at.span.end && at.span.start <= span.end;
        if file.edits.iter().any(|edit| meets(edit.span)) || file.script.iter().any(|(span, _)| meets(*span)) {
            return true;
        }
        let Some(Yaml { tree, scalars, .. }) = &file.yaml else { return false };
        let Some(node) = scalars.innermost(tree, at.span) else { return false };
        let range = node.text().as_ref().and_then(|text| decoded(text, at.span));
        let changed = file.scalars.get(&node.id());
        // Where the bytes of a text cannot be told apart, any change of it may be one of them.
        changed.is_some_and(|known| match range {
            Some(range) => known.iter().any(|(other, _)| other.start <= range.end && range.start <= other.end),
            None => !known.is_empty(),
        })
    }

    /// What takes the place of some bytes that hold a place and end where it does.
    ///
    /// # Errors
    /// When the bytes of that text cannot be told for certain.
    pub(super) fn replaced(&mut self, at: &Location) -> Result<Option<&mut String>, Withheld> {
        let file = self.file(&at.path)?;
        let Some(Yaml { tree, scalars, .. }) = &file.yaml else {
            let holds = |span: &Span| span.start <= at.span.start && span.end == at.span.end;
            let known = file.script.iter_mut().find(|(span, _)| holds(span));
            return Ok(known.map(|(_, text)| text));
        };
        let node = scalars
            .innermost(tree, at.span)
            .ok_or_else(|| Withheld::because("it is not within one text of the file"))?;
        let text = node.text().filter(Text::is_proven);
        let range = text.as_ref().and_then(|text| decoded(text, at.span));
        let range = range.ok_or_else(Withheld::torn)?;
        let known = file.scalars.entry(node.id()).or_default();
        let known = known.iter_mut().find(|(known, _)| known.start <= range.start && known.end == range.end);
        Ok(known.map(|(_, text)| text))
    }

    /// Takes out the whole lines of a part of a scalar (`run:` text) or of a script, indentation included.
    ///
    /// # Errors
    /// As [`Draft::replace`], and when something else stands on these lines.
    pub fn remove_lines(&mut self, at: &Location) -> Result<(), Withheld> {
        let shared = || Withheld::because("it shares its line with other commands: give each a line of its own");
        let file = self.file(&at.path)?;
        let Some(Yaml { tree, scalars, .. }) = &file.yaml else {
            let lines = whole_lines(file.source.text(), at.span.range()).ok_or_else(shared)?;
            return insert_replacement(&mut file.script, Span::new(lines.start, lines.end), "");
        };
        let node = scalars.innermost(tree, at.span).ok_or_else(shared)?;
        let text = node.text().filter(Text::is_proven).ok_or_else(shared)?;
        let range = decoded(&text, at.span).ok_or_else(shared)?;
        let lines = whole_lines(text.value(), range).ok_or_else(shared)?;
        let known = file.scalars.entry(node.id()).or_default();
        if known.iter().any(|(other, _)| overlap(other, &lines)) {
            return Err(Withheld::because("two changes of it overlap"));
        }
        known.push((lines, String::new()));
        Ok(())
    }

    /// Gives a whole scalar another value, a text, in its own manner of quoting.
    ///
    /// # Errors
    /// When the file cannot be edited there.
    pub fn set(&mut self, path: &Arc<str>, node: NodeId, value: &str) -> Result<(), Withheld> {
        let file = self.file(path)?;
        let Yaml { tree, style, .. } = file.yaml.as_ref().ok_or_else(not_yaml)?;
        let node = tree.node(node);
        let scalar = node.scalar().filter(|_| !node.is_alias()).ok_or_else(|| Withheld::because("it is an alias"))?;
        if value.contains('\n') || matches!(scalar.style, Written::Literal | Written::Folded) {
            return Err(Withheld::because("it is a block of several lines"));
        }
        let (new, meant) = rewritten(*style, scalar.style, value, in_flow(node));
        // A tag belongs to the old value: `if: !cancelled()`.
        let span = node.full_span();
        if node.anchor().is_some() {
            return Err(Withheld::because("it carries an anchor"));
        }
        let lead = if span.is_empty() { " " } else { "" };
        file.changes.push(Change::Set { path: way(node)?, value: meant });
        file.edit(path, span, format!("{lead}{new}"));
        Ok(())
    }
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end || one == other
}

fn insert_replacement(known: &mut Vec<(Span, String)>, span: Span, new: &str) -> Result<(), Withheld> {
    if known.iter().any(|(other, text)| *other == span && text == new) {
        return Ok(());
    }
    if known.iter().any(|(other, _)| overlap(&other.range(), &span.range())) {
        return Err(Withheld::because("two changes of it overlap"));
    }
    known.push((span, new.to_owned()));
    known.sort();
    Ok(())
}

/// The lines that a range of a text takes up, when nothing else stands on them; of the last line the break
/// before it.
fn whole_lines(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let start = text.get(..range.start)?.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(range.end..)?;
    let end = rest.find('\n').map_or(text.len(), |at| range.end + at + 1);
    let alone = text.get(start..range.start)?.trim().is_empty() && text.get(range.end..end)?.trim().is_empty();
    let last = end == text.len() && !text.ends_with('\n') && start > 0;
    alone.then_some(if last { start - 1..end } else { start..end })
}
