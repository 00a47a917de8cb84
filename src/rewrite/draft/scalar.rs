//! Replacements within a scalar, in its own quotes and indentation.

use std::ops::Range;
use std::sync::Arc;

use serde_yaml::Value;

use super::file::File;
use super::place::{column_of, in_flow, way};
use crate::edit::Change;
use crate::rewrite::Withheld;
use crate::rewrite::style::{self, Style};
use crate::source::{Source, Span, Text};
use crate::yaml::{Node, Style as Written};

impl File<'_> {
    /// Writes the replacements of one scalar: part by part, or whole where its quoting would change.
    pub(super) fn scalar(
        &mut self,
        path: &Arc<str>,
        node: Node<'_>,
        style: Style,
        mut parts: Vec<(Range<usize>, String)>,
    ) -> Result<(), Withheld> {
        let (Some(scalar), Some(text)) = (node.scalar(), node.text()) else { return Err(Withheld::torn()) };
        parts.sort_by_key(|(range, _)| (range.start, range.end));
        let source = node.tree().source();
        if matches!(scalar.style, Written::Literal | Written::Folded) {
            // A whole script may stand in it: what is not changed is not said again.
            for (range, new) in &parts {
                self.part(path, (source, scalar.style, &text), style, range, new)?;
            }
            self.changes.push(Change::Parts { path: way(node)?, parts });
            return Ok(());
        }
        let mut value = scalar.value.to_owned();
        for (range, new) in parts.iter().rev() {
            value.replace_range(range.clone(), new);
        }
        let flow = in_flow(node);
        let plain = scalar.style == Written::Plain;
        let one_line = !source.slice(node.full_span()).contains('\n');
        if value.contains('\n') && one_line && !flow && node.anchor().is_none() {
            // A command that becomes several is written as such, and commands end their line.
            let is_run = node.parent().and_then(|step| step.get("run")).is_some_and(|run| run.id() == node.id());
            let value = if is_run { value + "\n" } else { value };
            let new = style::block(style, &value, column_of(node));
            let span = node.full_span();
            self.edit(path, span, new);
            self.changes.push(Change::Set { path: way(node)?, value: Value::from(value) });
            return Ok(());
        }
        if plain && (!style::is_one_plain(&value, flow) || value.contains('\n')) {
            let (new, meant) = rewritten(style, scalar.style, &value, flow);
            let span = node.span();
            self.edit(path, span, new);
            self.changes.push(Change::Set { path: way(node)?, value: meant });
            return Ok(());
        }
        let meant = if plain { plain_value(&value) } else { Value::from(value) };
        for (range, new) in &parts {
            self.part(path, (source, scalar.style, &text), style, range, new)?;
        }
        self.changes.push(Change::Set { path: way(node)?, value: meant });
        Ok(())
    }

    /// Writes one replacement of a scalar whose quoting stays.
    fn part(
        &mut self,
        path: &Arc<str>,
        (source, written, text): (&Source, Written, &Text),
        style: Style,
        range: &Range<usize>,
        new: &str,
    ) -> Result<(), Withheld> {
        let mut span = text.exact(range.clone()).ok_or_else(Withheld::torn)?;
        // A line break goes whole: of `\r\n` the text has the second half only.
        let breaks = source.slice(span).starts_with('\n') && source.text()[..span.start].ends_with('\r');
        span.start -= usize::from(breaks);
        if new.is_empty() && matches!(written, Written::Literal | Written::Folded) && is_whole_line(text.value(), range)
        {
            // Its indentation goes with it.
            let start = source.text()[..span.start].rfind('\n').map_or(0, |at| at + 1);
            span = Span::new(start, span.end);
        }
        let new = match written {
            Written::SingleQuoted if new.contains('\n') => return Err(Withheld::torn()),
            Written::SingleQuoted => new.replace('\'', "''"),
            Written::DoubleQuoted => style::escaped(new),
            Written::Literal => indented(source, text, range.start, new, style.line_break),
            Written::Folded if new.contains('\n') => {
                folded(source, text, range.start, new, style.line_break).ok_or_else(Withheld::torn)?
            }
            Written::Plain | Written::Folded => new.to_owned(),
        };
        self.edit(path, span, new);
        Ok(())
    }
}

/// A scalar's new text and meaning, in its old quotes where they can stay.
pub(super) fn rewritten(style: Style, written: Written, value: &str, flow: bool) -> (String, Value) {
    let new = match written {
        Written::Plain => style.scalar(value, flow),
        Written::SingleQuoted => Style { quote: '\'', ..style }.quoted(value),
        _ => Style { quote: '"', ..style }.quoted(value),
    };
    (new, Value::from(value))
}

/// What plain text means: perhaps a number.
fn plain_value(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// Further lines of a folded block's replacement: a blank line stands for a line break. One that begins with a space
/// would keep its own breaks.
fn folded(source: &Source, text: &Text, at: usize, new: &str, line_break: &str) -> Option<String> {
    let is_plain = |line: &str| !line.is_empty() && !line.starts_with([' ', '\t']);
    let whole = new.split('\n').skip(1).all(is_plain);
    whole.then(|| indented(source, text, at, new, &line_break.repeat(2)))
}

/// Further lines of a literal block's replacement, as far in as the block is.
fn indented(source: &Source, text: &Text, at: usize, new: &str, line_break: &str) -> String {
    if !new.contains('\n') {
        return new.to_owned();
    }
    // The block's indentation: what stands before its first text that is not empty.
    let probe = text.value().find(|c: char| c != '\n').unwrap_or(at);
    let start = text.span(probe..probe + 1).start;
    let line = source.text()[..start].rfind('\n').map_or(0, |at| at + 1);
    let pad = " ".repeat(start - line);
    let mut lines = new.split('\n');
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push_str(line_break);
        if !line.is_empty() {
            out.push_str(&pad);
        }
        out.push_str(line);
    }
    if new.ends_with('\n') {
        // What follows on the block's next line brings its indentation along.
        out.push_str(&pad);
    }
    out
}

/// Whether a range of a text is lines of it, the last line's break included.
fn is_whole_line(text: &str, range: &Range<usize>) -> bool {
    let at_start = range.start == 0 || text.get(..range.start).is_some_and(|before| before.ends_with('\n'));
    at_start && text.get(range.clone()).is_some_and(|lines| lines.ends_with('\n'))
}
