//! Entries and steps that are added.

use std::sync::Arc;

use super::file::{Yaml, not_yaml};
use super::place::{behind, first_comment, way};
use super::{Draft, NewValue};
use crate::edit::Change;
use crate::rewrite::step::NewStep;
use crate::rewrite::{ByKey, Withheld};
use crate::source::{Location, Span};
use crate::workflow::Job;
use crate::yaml::{Entry, Node, NodeId};

impl Draft<'_> {
    /// Inserts text right before (`before`) or after a place, within a scalar or script.
    ///
    /// # Errors
    /// As [`Draft::replace`].
    pub fn insert(&mut self, at: &Location, before: bool, new: &str) -> Result<(), Withheld> {
        let offset = if before { at.span.start } else { at.span.end };
        let source = &self.file(&at.path)?.source;
        let (new, text) = (source.kind().written(new), source.slice(at.span).to_owned());
        if text.is_empty() || text.contains(['\n', '\\']) {
            return self.put(&Location { path: at.path.clone(), span: Span::new(offset, offset) }, &new);
        }
        // Taking the whole word along tells into which scalar it goes where two meet.
        let joined = if before { format!("{new}{text}") } else { format!("{text}{new}") };
        self.put(at, &joined)
    }

    /// Puts text behind the end of a place within a scalar or script, also where what stands there is replaced in the
    /// same fix: then it stands behind that.
    ///
    /// # Errors
    /// As [`Draft::replace`].
    pub fn append(&mut self, at: &Location, new: &str) -> Result<(), Withheld> {
        let last = self.file(&at.path)?.source.slice(at.span).char_indices().next_back().map(|(offset, _)| offset);
        let start = last.map_or(at.span.end, |offset| at.span.start + offset);
        let end = Location { path: at.path.clone(), span: Span::new(start, at.span.end) };
        match self.replaced(&end)? {
            Some(text) => text.push_str(new),
            None => self.insert(&end, false, new)?,
        }
        Ok(())
    }

    /// Whether a mapping is written so that an entry can be added to it.
    pub fn takes_entries(&mut self, path: &Arc<str>, mapping: NodeId) -> bool {
        let tree = self.file(path).ok().and_then(|file| file.yaml.as_ref()).map(|yaml| &yaml.tree);
        tree.is_some_and(|tree| {
            let node = tree.node(mapping);
            !node.is_flow() && !node.is_alias() && node.own_entries().next().is_some()
        })
    }

    /// Adds an entry to a block mapping, behind the entry whose value is `after`, or at its start.
    ///
    /// # Errors
    /// When the mapping is written with brackets or is an alias.
    pub fn insert_entry(
        &mut self,
        path: &Arc<str>,
        mapping: NodeId,
        after: Option<NodeId>,
        key: &str,
        value: &NewValue,
    ) -> Result<(), Withheld> {
        let file = self.file(path)?;
        let Yaml { tree, style, .. } = file.yaml.as_ref().ok_or_else(not_yaml)?;
        let style = *style;
        let node = tree.node(mapping);
        let own: Vec<Entry<'_>> = node.own_entries().collect();
        let first = own.first().filter(|_| !node.is_flow() && !node.is_alias());
        let first = first.ok_or_else(|| {
            Withheld::because("it stands in brackets on one line, or is an alias: write one entry a line")
        })?;
        let column = tree.source().place(first.key.full_span().start).column - 1;
        let at = match after {
            Some(id) => own.iter().position(|entry| entry.value.id() == id).map_or(own.len(), |index| index + 1),
            None => 0,
        };
        let mut text = value.lines(key, style, column).join(style.line_break);
        let offset = match at.checked_sub(1).and_then(|index| own.get(index)) {
            Some(before) => match behind(tree.source(), before.span().end) {
                (offset, true) => {
                    text.push_str(style.line_break);
                    offset
                }
                (offset, false) => {
                    text.insert_str(0, style.line_break);
                    offset
                }
            },
            // The first entry may share its line with a `-`: the new one takes its place there.
            None => {
                text = text.trim_start().to_owned() + style.line_break + &" ".repeat(column);
                first.key.full_span().start
            }
        };
        file.changes.push(Change::Insert { path: way(node)?, at, key: Some(key.to_owned()), value: value.value() });
        file.edit(path, Span::new(offset, offset), text);
        Ok(())
    }

    /// Adds a step to a job before the one at `at` (in the file's own count), or as the last.
    ///
    /// # Errors
    /// When the steps are written with brackets or are an alias.
    pub fn insert_step(&mut self, path: &Arc<str>, job: &Job, at: usize, step: &NewStep) -> Result<(), Withheld> {
        let reading = self.scene.reading;
        let file = self.file(path)?;
        let Yaml { tree, style, .. } = file.yaml.as_ref().ok_or_else(not_yaml)?;
        let style = *style;
        let elsewhere = || {
            Withheld::because(
                "its steps stand in brackets on one line, or are an alias: write one step after the other",
            )
        };
        let first = job.steps.first().map(|step| tree.node(step.node)).ok_or_else(elsewhere)?;
        let steps = first.parent().filter(|steps| !steps.is_flow()).ok_or_else(elsewhere)?;
        let in_job = tree.node(job.node).get("steps").is_some_and(|own| own.id() == steps.id() && !own.is_alias());
        if !in_job {
            return Err(elsewhere());
        }
        let source = tree.source();
        let dash_at = first.indicator().ok_or_else(elsewhere)?;
        let dash = source.place(dash_at).column - 1;
        let gap = source.place(first.full_span().start).column - 1 - dash;
        let gap = if gap == 0 || gap > 8 { 2 } else { gap };
        let lines = step.lines(style, dash, gap).join(style.line_break);
        let is_apart = reading.of_file(path, Spacing::default).0.once(steps.id(), || apart(steps));
        let blank = if *is_apart { style.line_break } else { "" };
        let (offset, new) = match steps.item(at) {
            Some(item) => {
                let start = item.item_lines().ok_or_else(elsewhere)?.span.start;
                let start = first_comment(tree, start);
                (start, format!("{lines}{}{blank}", style.line_break))
            }
            None => {
                let last = steps.items().next_back().ok_or_else(elsewhere)?;
                match behind(source, last.full_span().end) {
                    (offset, true) => (offset, format!("{blank}{lines}{}", style.line_break)),
                    (offset, false) => (offset, format!("{}{blank}{lines}", style.line_break)),
                }
            }
        };
        let at = at.min(steps.items().len());
        file.changes.push(Change::Insert { path: way(steps)?, at, key: None, value: step.value() });
        file.edit(path, Span::new(offset, offset), new);
        Ok(())
    }
}

/// Whether blank lines stand between most items, for each list of a file.
#[derive(Default)]
struct Spacing(ByKey<NodeId, bool>);

/// Whether blank lines stand between most items, above their comments.
fn apart(list: Node<'_>) -> bool {
    let tree = list.tree();
    let text = tree.source().text();
    let is_apart = |item: &Node<'_>| {
        let above = item.item_lines().map(|lines| &text[..first_comment(tree, lines.span.start)]);
        // Blanks on an empty line are not seen.
        let last = above.and_then(|above| above.strip_suffix('\n')?.rsplit('\n').next());
        last.is_some_and(|line| line.trim().is_empty())
    };
    let gaps = list.items().skip(1).filter(is_apart).count();
    let between = list.items().len().saturating_sub(1);
    between > 0 && gaps * 2 >= between
}
