//! Where comments stand, and what they are about: their line, or the node or statement below.

use std::collections::HashMap;

use super::directive::{self, Directive, MARK};
use crate::shell;
use crate::source::{Source, Span, Text};
use crate::yaml::{Node, Style, Tree};

/// A comment for berthlint.
pub(super) struct Comment {
    pub(super) directive: Directive,
    /// The comment itself.
    pub(super) span: Span,
    /// What it is about.
    pub(super) covers: Span,
}

/// The comments of a YAML file, those inside `run: |` texts included.
pub(super) fn of_yaml(tree: &Tree) -> Vec<Comment> {
    let source = tree.source();
    if !source.text().contains(MARK) {
        return Vec::new();
    }
    let ours = |span: Span| Some((span, directive::read(source.slice(span))?));
    let starts = starts(tree);
    let mut comments: Vec<Comment> = Vec::new();
    for comment in tree.comments() {
        let Some((span, directive)) = ours(comment.span) else { continue };
        let covers =
            if comment.own_line { below(source, span, &|at| starts.get(&at).copied()) } else { line_of(source, span) };
        comments.push(Comment { directive, span, covers });
    }
    for node in tree.nodes().filter(|node| !node.is_alias()) {
        let Some(scalar) = node.scalar() else { continue };
        if scalar.value.contains(MARK) && matches!(scalar.style, Style::Literal | Style::Folded) {
            comments.extend(of_text(source, &scalar.text()));
        }
    }
    comments.sort_by_key(|comment| comment.span);
    comments
}

/// The comments of a script or makefile.
pub(super) fn of_script(source: &Source) -> Vec<Comment> {
    if !source.text().contains(MARK) {
        return Vec::new();
    }
    of_text(source, &Text::file(source))
}

fn of_text(source: &Source, text: &Text) -> Vec<Comment> {
    let script = shell::parse(text.value());
    let mut statements: Vec<Span> = Vec::new();
    script.walk(&mut |statement| statements.push(text.span(statement.span.clone())));
    // Those that hold others before what they hold.
    statements.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let statement_at = |at: usize| {
        let first = statements.partition_point(|span| span.start < at);
        statements.get(first).filter(|span| span.start == at).copied()
    };
    let mut comments = Vec::new();
    let mut offset = 0;
    // By lines, not by the parser's comments: makefiles and broken scripts have comments, too.
    for line in text.value().split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let Some(at) = comment_in(line) else { continue };
        let Some(directive) = directive::read(line[at..].trim_end()) else { continue };
        let span = text.span(start + at..start + line.trim_end().len());
        let own_line = line[..at].trim().is_empty();
        let covers = if own_line { below(source, span, &statement_at) } else { line_of(source, span) };
        comments.push(Comment { directive, span, covers });
    }
    comments
}

/// Where the comment for berthlint starts in a line.
fn comment_in(line: &str) -> Option<usize> {
    let mark = line.find(MARK)?;
    let at = line[..mark].trim_end().strip_suffix('#')?.len();
    (at == 0 || line[..at].ends_with([' ', '\t', ';'])).then_some(at)
}

/// The line a span starts on.
fn line_of(source: &Source, span: Span) -> Span {
    source.line(source.place(span.start).line).unwrap_or(span)
}

/// What stands on the next line that is no comment: the thing that starts there, or the line alone.
fn below(source: &Source, comment: Span, starts_at: &dyn Fn(usize) -> Option<Span>) -> Span {
    let mut line = source.place(comment.start).line + 1;
    while let Some(span) = source.line(line) {
        let text = source.slice(span);
        let first = span.start + text.len() - text.trim_start().len();
        if text.trim_start().starts_with('#') {
            line += 1;
            continue;
        }
        if text.trim().is_empty() {
            break;
        }
        return starts_at(first).map_or(span, |thing| thing.to(span));
    }
    Span::new(comment.end, comment.end)
}

/// The entries and list items of a file, by the offsets at which they start; of several the outermost.
fn starts(tree: &Tree) -> HashMap<usize, Span> {
    let mut starts = HashMap::new();
    for node in tree.nodes() {
        if let Some(at) = node.indicator().filter(|at| tree_byte(node, *at) == Some(b'-')) {
            starts.entry(at).or_insert_with(|| Span::new(at, node.full_span().end.max(at + 1)));
        }
        for entry in node.own_entries() {
            for at in std::iter::once(entry.key.full_span().start).chain(entry.key.indicator()) {
                starts.entry(at).or_insert_with(|| entry.span());
            }
        }
    }
    starts
}

fn tree_byte(node: Node<'_>, at: usize) -> Option<u8> {
    node.tree().source().text().as_bytes().get(at).copied()
}
