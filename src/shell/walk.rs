//! Visits a script: each statement, each word, wherever they stand.

use std::ops::Range;

use super::{AssignedValue, Block, Command, Part, Redirect, RedirectKind, Script, Statement, StatementKind, Word};

/// What a visit meets.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// A statement, before what is in it.
    Statement(&'a Statement),
    /// A word: of a command, a pattern, an assigned value, a target, a heredoc's body, an operand of `${x:-…}`.
    Word(&'a Word),
}

impl Script {
    /// Calls `visit` with every statement, those within substitutions included, each before its own parts.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Statement)) {
        walk_block(&self.body, visit);
    }

    /// Calls `visit` with every statement and every word, each before its own parts.
    pub fn visit<'a>(&'a self, visit: &mut dyn FnMut(Node<'a>)) {
        block(&self.body, visit);
    }

    /// The same, for what may stand within or at a range of the text that the script was parsed from: other statements
    /// than those around it are passed over.
    pub fn visit_near<'a>(&'a self, text: &str, near: &Range<usize>, visit: &mut dyn FnMut(Node<'a>)) {
        let end = self.body.partition_point(|statement| statement.span.start <= near.end);
        // Bodies of heredocs stand below the line, behind all statements that share it.
        let shares_line = |at: usize| match (self.body.get(at), self.body.get(at + 1)) {
            (Some(one), Some(next)) => {
                text.get(one.span.end..next.span.start).is_none_or(|between| !between.contains('\n'))
            }
            _ => true,
        };
        let mut start = end.saturating_sub(1);
        while let Some(before) = start.checked_sub(1)
            && (shares_line(before) || self.body[before].span.end >= near.start)
        {
            start = before;
        }
        self.body[start..end].iter().for_each(|item| statement(item, visit));
    }
}

/// Calls `visit` with every statement of a block, those within substitutions included, each before its own parts.
pub fn walk_block<'a>(statements: &'a Block, visit: &mut dyn FnMut(&'a Statement)) {
    block(statements, &mut |node| {
        if let Node::Statement(statement) = node {
            visit(statement);
        }
    });
}

/// Calls `visit` with every statement and every word of a block, each before its own parts.
pub fn visit_block<'a>(statements: &'a Block, visit: &mut dyn FnMut(Node<'a>)) {
    block(statements, visit);
}

fn block<'a>(statements: &'a Block, visit: &mut dyn FnMut(Node<'a>)) {
    for item in statements {
        statement(item, visit);
    }
}

fn statement<'a>(item: &'a Statement, visit: &mut dyn FnMut(Node<'a>)) {
    visit(Node::Statement(item));
    match &item.kind {
        StatementKind::Command(item) => command(item, visit),
        StatementKind::Pipeline(body) | StatementKind::Subshell(body) | StatementKind::Group(body) => {
            block(body, visit)
        }
        StatementKind::Function { body, .. } => block(body, visit),
        StatementKind::And(left, right) | StatementKind::Or(left, right) => {
            statement(left, visit);
            statement(right, visit);
        }
        StatementKind::If { arms, otherwise } => {
            for (condition, body) in arms {
                block(condition, visit);
                block(body, visit);
            }
            otherwise.iter().for_each(|body| block(body, visit));
        }
        StatementKind::For { words: over, body, .. } => {
            over.iter().for_each(|over| words(over, visit));
            block(body, visit);
        }
        StatementKind::Count { start, condition, step, body } => {
            [start, condition, step].into_iter().for_each(|item| word(item, visit));
            block(body, visit);
        }
        StatementKind::While { condition, body, .. } => {
            block(condition, visit);
            block(body, visit);
        }
        StatementKind::Case { subject, arms } => {
            word(subject, visit);
            for (patterns, body) in arms {
                words(patterns, visit);
                block(body, visit);
            }
        }
        StatementKind::Test(items) => words(items, visit),
        StatementKind::Arithmetic(item) => word(item, visit),
    }
    redirects(&item.redirects, visit);
}

fn command<'a>(item: &'a Command, visit: &mut dyn FnMut(Node<'a>)) {
    for assignment in &item.assignments {
        match &assignment.value {
            AssignedValue::Word(value) => word(value, visit),
            AssignedValue::Array(values) => words(values, visit),
        }
    }
    words(&item.words, visit);
    redirects(&item.redirects, visit);
}

fn redirects<'a>(items: &'a [Redirect], visit: &mut dyn FnMut(Node<'a>)) {
    items.iter().for_each(|item| word(item.kind.word(), visit));
}

fn words<'a>(items: &'a [Word], visit: &mut dyn FnMut(Node<'a>)) {
    items.iter().for_each(|item| word(item, visit));
}

fn word<'a>(item: &'a Word, visit: &mut dyn FnMut(Node<'a>)) {
    visit(Node::Word(item));
    for piece in &item.pieces {
        match &piece.part {
            Part::Substitution(body) | Part::Process(body) => block(body, visit),
            Part::Parameter(parameter) => {
                parameter.operation.iter().for_each(|operation| word(&operation.word, visit));
            }
            Part::Literal(_) | Part::Expression(_) | Part::Arithmetic(_) => {}
        }
    }
}

impl RedirectKind {
    /// What is written to or read: a target's name, a descriptor, a heredoc's body.
    pub fn word(&self) -> &Word {
        match self {
            RedirectKind::Write(word)
            | RedirectKind::Append(word)
            | RedirectKind::Read(word)
            | RedirectKind::Duplicate(word)
            | RedirectKind::HereString(word)
            | RedirectKind::Heredoc { body: word, .. } => word,
        }
    }

    /// The same, to be changed.
    pub fn word_mut(&mut self) -> &mut Word {
        match self {
            RedirectKind::Write(word)
            | RedirectKind::Append(word)
            | RedirectKind::Read(word)
            | RedirectKind::Duplicate(word)
            | RedirectKind::HereString(word)
            | RedirectKind::Heredoc { body: word, .. } => word,
        }
    }
}
