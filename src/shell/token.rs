//! What the lexer hands to the grammar: whole words, redirections, and the marks between them.

use super::{Assignment, Redirect, Word};
use std::ops::Range;

/// One token of a list of statements.
#[cfg_attr(test, derive(Clone))]
pub(super) struct Token {
    pub(super) span: Range<usize>,
    pub(super) kind: TokenKind,
    /// The `!` before the statement that begins here.
    pub(super) negation: Option<Negation>,
    /// Redirections of the compound statement that ends here.
    pub(super) redirects: Vec<Redirect>,
}

/// One `!` or several before a statement.
#[derive(Clone, Copy)]
pub(super) struct Negation {
    /// Where the first stands.
    pub(super) start: usize,
    /// Two of them negate nothing.
    pub(super) negates: bool,
}

/// The kinds of token.
#[cfg_attr(test, derive(Clone))]
pub(super) enum TokenKind {
    Word(Word),
    Assignment(Assignment),
    Redirect(Redirect),
    /// `[[ … ]]`
    Test(Vec<Word>),
    /// `(( … ))`
    Arithmetic(Word),
    /// The `((start; condition; step))` of a C-style `for`.
    Clauses(Box<[Word; 3]>),
    /// A keyword or operator, as the grammar is to see it.
    Mark(&'static str),
    /// A word the grammar wants where the script has none.
    Filler,
}

impl Token {
    pub(super) fn new(span: Range<usize>, kind: TokenKind) -> Self {
        Self { span, kind, negation: None, redirects: Vec::new() }
    }

    /// What the grammar sees: everything that is not a mark is the same harmless word.
    pub(super) fn text(&self) -> &'static str {
        match self.kind {
            TokenKind::Mark(mark) => mark,
            _ => "w",
        }
    }

    /// After the token's last byte, redirections included.
    pub(super) fn end(&self) -> usize {
        self.redirects.iter().map(|redirect| redirect.span.end).fold(self.span.end, usize::max)
    }

    /// Where the statement that begins here begins.
    pub(super) fn start(&self) -> usize {
        self.negation.map_or(self.span.start, |negation| negation.start)
    }

    /// Takes the negation; whether there is one that negates.
    pub(super) fn negated(&mut self) -> bool {
        self.negation.take().is_some_and(|negation| negation.negates)
    }
}
