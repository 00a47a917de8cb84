//! Shell: every range of a tree lies inside the text, on characters, inside its parent.

use std::ops::Range;

use crate::shell::{
    AssignedValue, Block, Node, Part, Piece, Redirect, RedirectKind, Script, Statement, StatementKind, Word, parse,
    reparse,
};

/// Any bytes as a script.
pub fn shell(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        holds(text);
    }
}

/// What holds for every text.
pub(crate) fn holds(text: &str) {
    let script = parse(text);
    let ranges = script.errors.iter().chain(&script.comments).cloned();
    ranges.for_each(|range| assert_inside(text, &(0..text.len()), &range));
    block(text, &(0..text.len()), &script.body);
    for offset in [0, text.len() / 2, text.len()] {
        script.context(text, offset);
    }
    assert_reparse(text, &script);
}

fn assert_reparse(text: &str, script: &Script) {
    script.visit(&mut |node| {
        if let Node::Word(word) = node
            && let Some(inner) = reparse(text, word)
        {
            inner.parse().walk(&mut |statement| assert_inside(text, &word.span, &statement.span));
        }
    });
}

fn assert_inside(text: &str, parent: &Range<usize>, range: &Range<usize>) {
    assert!(text.get(range.clone()).is_some(), "{range:?} is no range of {text:?}");
    assert!(parent.start <= range.start && range.end <= parent.end, "{range:?} is not inside {parent:?} in {text:?}");
}

fn block(text: &str, parent: &Range<usize>, statements: &Block) {
    for item in statements {
        assert_inside(text, parent, &item.span);
        statement(text, item);
    }
}

fn statement(text: &str, item: &Statement) {
    let span = &item.span;
    redirects(text, span, &item.redirects);
    match &item.kind {
        StatementKind::Command(command) => {
            for assignment in &command.assignments {
                assert_inside(text, span, &assignment.span);
                match &assignment.value {
                    AssignedValue::Word(value) => word(text, &assignment.span, value),
                    AssignedValue::Array(values) => words(text, &assignment.span, values),
                }
            }
            words(text, span, &command.words);
            redirects(text, span, &command.redirects);
        }
        StatementKind::Pipeline(body) | StatementKind::Subshell(body) | StatementKind::Group(body) => {
            block(text, span, body)
        }
        StatementKind::Function { body, .. } => block(text, span, body),
        StatementKind::And(left, right) | StatementKind::Or(left, right) => {
            for side in [left, right] {
                assert_inside(text, span, &side.span);
                statement(text, side);
            }
        }
        StatementKind::If { arms, otherwise } => {
            arms.iter()
                .for_each(|(condition, body)| [condition, body].into_iter().for_each(|part| block(text, span, part)));
            otherwise.iter().for_each(|body| block(text, span, body));
        }
        StatementKind::For { words: over, body, .. } => {
            over.iter().for_each(|over| words(text, span, over));
            block(text, span, body);
        }
        StatementKind::While { condition, body, .. } => {
            [condition, body].into_iter().for_each(|part| block(text, span, part))
        }
        StatementKind::Case { subject, arms } => {
            word(text, span, subject);
            for (patterns, body) in arms {
                words(text, span, patterns);
                block(text, span, body);
            }
        }
        StatementKind::Test(items) => words(text, span, items),
        StatementKind::Arithmetic(item) => word(text, span, item),
        StatementKind::Count { start, condition, step, body } => {
            [start, condition, step].into_iter().for_each(|item| word(text, span, item));
            block(text, span, body);
        }
    }
}

fn redirects(text: &str, parent: &Range<usize>, items: &[Redirect]) {
    for item in items {
        assert_inside(text, parent, &item.span);
        // A heredoc's body stands below its statement.
        let target = if matches!(item.kind, RedirectKind::Heredoc { .. }) { &(0..text.len()) } else { &item.span };
        word(text, target, item.kind.word());
    }
}

fn words(text: &str, parent: &Range<usize>, items: &[Word]) {
    items.iter().for_each(|item| word(text, parent, item));
}

fn word(text: &str, parent: &Range<usize>, item: &Word) {
    assert_inside(text, parent, &item.span);
    for Piece { span, part, .. } in &item.pieces {
        assert_inside(text, &item.span, span);
        match part {
            Part::Substitution(body) | Part::Process(body) => block(text, span, body),
            Part::Parameter(parameter) => {
                parameter.operation.iter().for_each(|operation| word(text, span, &operation.word));
            }
            Part::Literal(_) | Part::Expression(_) | Part::Arithmetic(_) => {}
        }
    }
}
