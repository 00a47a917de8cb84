//! Which scalar of a file some bytes are of, and which part of its text.

use std::ops::Range;

use crate::source::{Span, Text};
use crate::yaml::{Node, NodeId, Tree};

/// The scalars of a file as they are written, in order; none stands in another.
#[derive(Debug)]
pub(super) struct Scalars(Vec<(Span, NodeId)>);

impl Scalars {
    pub(super) fn of(tree: &Tree) -> Self {
        let written = tree.nodes().filter(|node| !node.is_alias() && node.scalar().is_some());
        let mut all: Vec<(Span, NodeId)> = written.map(|node| (node.span(), node.id())).collect();
        all.sort_by_key(|(span, _)| *span);
        Self(all)
    }

    /// The one that all of a span lies in; of two that meet there the shorter.
    pub(super) fn innermost<'t>(&self, tree: &'t Tree, span: Span) -> Option<Node<'t>> {
        let next = self.0.partition_point(|(scalar, _)| scalar.start <= span.start);
        let near = self.0[..next].iter().rev().take_while(|(scalar, _)| scalar.end >= span.start);
        let holding = near.filter(|(scalar, _)| scalar.contains(span));
        let found = holding.min_by_key(|(scalar, id)| (scalar.end - scalar.start, *id));
        found.map(|(_, id)| tree.node(*id))
    }
}

/// The range of a scalar's decoded text that these bytes of the file are.
pub(super) fn decoded(text: &Text, span: Span) -> Option<Range<usize>> {
    let runs = text.runs();
    let at = |offset: usize, is_end: bool| {
        // A scalar's runs are in the file's order.
        let next = runs.partition_point(|run| match is_end {
            true => run.file + run.len < offset,
            false => run.file + run.len <= offset,
        });
        let run = runs.get(next).filter(|run| if is_end { run.file < offset } else { run.file <= offset })?;
        Some(run.text + offset - run.file)
    };
    if span.is_empty() {
        let offset = at(span.start, false).or_else(|| at(span.start, true))?;
        return Some(offset..offset);
    }
    let (start, end) = (at(span.start, false)?, at(span.end, true)?);
    (start <= end).then_some(start..end)
}
