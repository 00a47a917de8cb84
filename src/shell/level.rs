//! A list of statements while it is read.

use super::Block;
use super::frame::{Frame, Opener};
use super::token::{Negation, Token, TokenKind};
use std::ops::Range;

/// What may stand here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Position {
    /// The beginning of a statement.
    Start,
    /// After an assignment or a redirection at a command's beginning.
    Prefix,
    /// After a command's name.
    Arguments,
    /// After a compound statement.
    Closed,
    /// The variable of a `for`.
    LoopName,
    /// `in`, or the end of a `for` without one.
    LoopIn,
    /// What a `for` runs over.
    LoopWords,
    /// The word of a `case`.
    Subject,
    /// The `in` of a `case`.
    CaseIn,
    /// A pattern of a `case`.
    Pattern,
    /// The name after `function`.
    FunctionName,
    /// After a function's name.
    FunctionBody,
}

/// A heredoc whose body follows on a later line.
pub(super) struct Pending {
    /// The token that holds its redirection, and which of that token's.
    pub(super) token: usize,
    pub(super) redirect: usize,
    pub(super) delimiter: String,
    pub(super) tabs: bool,
    pub(super) quoted: bool,
}

/// A list of statements while it is read.
pub(super) struct Level {
    /// The statements that are finished.
    pub(super) block: Block,
    /// The tokens of those that are not.
    pub(super) tokens: Vec<Token>,
    pub(super) position: Position,
    pub(super) frames: Vec<Frame>,
    pub(super) pending: Vec<Pending>,
    /// Ends at a closing parenthesis.
    pub(super) enclosed: bool,
    pub(super) negation: Option<Negation>,
}

impl Level {
    pub(super) fn new(enclosed: bool) -> Self {
        Self {
            block: Block::new(),
            tokens: Vec::new(),
            position: Position::Start,
            frames: vec![Frame::new(Opener::List)],
            pending: Vec::new(),
            enclosed,
            negation: None,
        }
    }

    pub(super) fn push(&mut self, span: Range<usize>, kind: TokenKind) {
        let mut token = Token::new(span, kind);
        token.negation = self.negation.take();
        self.tokens.push(token);
    }

    pub(super) fn mark(&mut self, span: Range<usize>, mark: &'static str) {
        self.push(span, TokenKind::Mark(mark));
    }

    pub(super) fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(Opener::List));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    /// Whether a keyword is one here.
    pub(super) fn takes_keywords(&self) -> bool {
        matches!(self.position, Position::Start | Position::Closed | Position::FunctionBody)
    }

    /// Whether a statement stands before this place that is not ended yet.
    pub(super) fn in_statement(&self) -> bool {
        !matches!(
            self.position,
            Position::Start | Position::Pattern | Position::FunctionBody | Position::CaseIn | Position::FunctionName
        )
    }
}
