//! Moves the ranges of a tree: a script found inside another text is told where it stands there.

use super::{AssignedValue, Assignment, Block, Command, Part, Piece, Redirect, Script, Statement, StatementKind, Word};
use std::ops::Range;
use std::sync::Arc;

/// What becomes of a tree.
trait Changes {
    /// What becomes of a range.
    fn range(&mut self, range: Range<usize>) -> Range<usize>;

    /// What becomes of a piece of a word, before its range changes. Says whether what is in it changes, too.
    fn piece(&mut self, _piece: &mut Piece) -> bool {
        true
    }
}

impl<F: FnMut(Range<usize>) -> Range<usize> + ?Sized> Changes for &mut F {
    fn range(&mut self, range: Range<usize>) -> Range<usize> {
        self(range)
    }
}

/// Marks the pieces that stand in these ranges, which are in order: the shell around replaces them.
struct Outer<'a>(&'a [Range<usize>]);

impl Changes for Outer<'_> {
    fn range(&mut self, range: Range<usize>) -> Range<usize> {
        range
    }

    fn piece(&mut self, piece: &mut Piece) -> bool {
        let behind = self.0.partition_point(|replaced| replaced.start <= piece.span.start);
        let last = behind.checked_sub(1).and_then(|at| self.0.get(at));
        piece.outer |= last.is_some_and(|replaced| piece.span.end <= replaced.end);
        !piece.outer
    }
}

type Change<'a> = &'a mut dyn Changes;

impl Script {
    /// Moves every range by `offset`: for a script that begins there in a longer text.
    pub fn shift(&mut self, offset: usize) {
        self.map_ranges(&mut |range| range.start + offset..range.end + offset);
    }

    /// Replaces every range by what `change` makes of it.
    pub fn map_ranges(&mut self, mut change: &mut dyn FnMut(Range<usize>) -> Range<usize>) {
        block(&mut self.body, &mut change);
        for range in self.errors.iter_mut().chain(&mut self.comments) {
            set(range, &mut change);
        }
    }

    /// Marks the pieces in these ranges, which are in order, as those that the shell around replaces.
    pub(super) fn mark_outer(&mut self, replaced: &[Range<usize>]) {
        block(&mut self.body, &mut Outer(replaced));
    }
}

fn set(range: &mut Range<usize>, change: Change) {
    *range = change.range(range.clone());
}

fn block(statements: &mut Block, change: Change) {
    for item in statements {
        statement(item, change);
    }
}

fn statement(item: &mut Statement, change: Change) {
    set(&mut item.span, change);
    redirects(&mut item.redirects, change);
    match &mut item.kind {
        StatementKind::Command(item) => command(item, change),
        StatementKind::Pipeline(body) | StatementKind::Subshell(body) | StatementKind::Group(body) => {
            block(body, change)
        }
        StatementKind::Function { body, .. } => block(Arc::make_mut(body), change),
        StatementKind::And(left, right) | StatementKind::Or(left, right) => {
            statement(left, change);
            statement(right, change);
        }
        StatementKind::If { arms, otherwise } => {
            for (condition, body) in arms {
                block(condition, change);
                block(body, change);
            }
            otherwise.iter_mut().for_each(|body| block(body, change));
        }
        StatementKind::For { words: over, body, .. } => {
            over.iter_mut().for_each(|over| words(over, change));
            block(body, change);
        }
        StatementKind::Count { start, condition, step, body } => {
            [start, condition, step].into_iter().for_each(|item| word(item, change));
            block(body, change);
        }
        StatementKind::While { condition, body, .. } => {
            block(condition, change);
            block(body, change);
        }
        StatementKind::Case { subject, arms } => {
            word(subject, change);
            for (patterns, body) in arms {
                words(patterns, change);
                block(body, change);
            }
        }
        StatementKind::Test(items) => words(items, change),
        StatementKind::Arithmetic(item) => word(item, change),
    }
}

fn command(item: &mut Command, change: Change) {
    for Assignment { span, value, .. } in &mut item.assignments {
        set(span, change);
        match value {
            AssignedValue::Word(value) => word(value, change),
            AssignedValue::Array(values) => words(values, change),
        }
    }
    words(&mut item.words, change);
    redirects(&mut item.redirects, change);
}

fn redirects(items: &mut [Redirect], change: Change) {
    for item in items {
        set(&mut item.span, change);
        word(item.kind.word_mut(), change);
    }
}

fn words(items: &mut [Word], change: Change) {
    for item in items {
        word(item, change);
    }
}

fn word(item: &mut Word, change: Change) {
    set(&mut item.span, change);
    for piece in &mut item.pieces {
        if !change.piece(piece) {
            continue;
        }
        set(&mut piece.span, change);
        match &mut piece.part {
            Part::Substitution(body) | Part::Process(body) => block(body, change),
            Part::Parameter(parameter) => {
                if let Some(operation) = &mut parameter.operation {
                    word(&mut operation.word, change);
                }
            }
            Part::Literal(_) | Part::Expression(_) | Part::Arithmetic(_) => {}
        }
    }
}
