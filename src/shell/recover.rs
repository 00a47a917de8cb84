//! Completes what a broken script leaves open, so that the grammar never meets an error of the
//! script's: what is sound in it is understood as it stands.

use super::frame::{Frame, Opener};
use super::level::{Level, Position};
use super::lexer::Lexer;
use super::token::{Token, TokenKind};
use std::ops::Range;

impl Lexer<'_> {
    /// Closes all that `opener` opened last, with what is still open in it; whether it did.
    pub(super) fn close(&mut self, level: &mut Level, span: &Range<usize>, opener: Opener) -> bool {
        let Some(index) = level.frames.iter().rposition(|frame| frame.opener == opener) else { return false };
        while level.frames.len() > index + 1 {
            self.abandon(level, span.start);
        }
        self.close_innermost(level, span.clone());
        true
    }

    /// Closes what is open at the end of the list.
    pub(super) fn close_all(&mut self, level: &mut Level, at: usize) {
        while level.frames.len() > 1 {
            self.abandon(level, at);
        }
        self.settle(level, at);
        self.fill(level, at);
    }

    /// Closes the innermost frame, which the script leaves open.
    fn abandon(&mut self, level: &mut Level, at: usize) {
        self.error(at..at);
        self.close_innermost(level, at..at);
    }

    fn close_innermost(&mut self, level: &mut Level, span: Range<usize>) {
        let at = span.start;
        self.settle(level, at);
        self.end_statement(level, at);
        let Some(frame) = level.frames.last() else { return };
        let mark = match (frame.opener, frame.in_body) {
            (Opener::If, true) => "fi",
            (Opener::Loop, true) => "done",
            (Opener::If, false) => self.body_missing(level, at, "then", "fi"),
            (Opener::Loop, false) => self.body_missing(level, at, "do", "done"),
            (Opener::Case, _) => "esac",
            (Opener::Brace, _) => "}",
            (Opener::Paren, _) => ")",
            (Opener::List, _) => return,
        };
        level.mark(span, mark);
        let height = level.frames.pop().map_or(0, |frame| frame.height());
        level.frame().raise(height + 1);
        level.position = Position::Closed;
    }

    fn body_missing(&mut self, level: &mut Level, at: usize, body: &'static str, end: &'static str) -> &'static str {
        self.error(at..at);
        level.mark(at..at, body);
        end
    }

    /// Ends the statement at hand before a keyword that needs none to end it.
    pub(super) fn end_statement(&mut self, level: &mut Level, at: usize) {
        self.fill(level, at);
        self.terminator(level, at..at, ";");
    }

    /// Where the shell wants a statement and finds none, the grammar is given one.
    pub(super) fn fill(&mut self, level: &mut Level, at: usize) {
        let before = level.tokens.last().map_or("", Token::text);
        let empty = matches!(before, "(" | "{" | "if" | "elif" | "while" | "until");
        if level.position == Position::Start && (empty || matches!(before, "&&" | "||" | "|")) {
            self.error(at..at);
            self.filler(level, at);
            level.position = Position::Arguments;
        }
    }

    fn filler(&mut self, level: &mut Level, at: usize) {
        level.push(at..at, TokenKind::Filler);
    }

    /// Completes the head of a loop, a case or a function that breaks off.
    pub(super) fn settle(&mut self, level: &mut Level, at: usize) {
        let complete = matches!(
            level.position,
            Position::Start
                | Position::Prefix
                | Position::Arguments
                | Position::Closed
                | Position::LoopIn
                | Position::LoopWords
        );
        let between = matches!(level.tokens.last().map(Token::text), Some("in" | ";;"));
        if complete || level.position == Position::Pattern && between {
            return;
        }
        self.error(at..at);
        match level.position {
            Position::LoopName => {
                self.filler(level, at);
                level.position = Position::LoopIn;
            }
            Position::Subject => {
                self.filler(level, at);
                level.mark(at..at, "in");
                level.position = Position::Pattern;
            }
            Position::CaseIn => {
                level.mark(at..at, "in");
                level.position = Position::Pattern;
            }
            Position::Pattern => {
                if level.tokens.last().is_some_and(|last| last.text() == "|") {
                    self.filler(level, at);
                }
                level.mark(at..at, ")");
                level.position = Position::Start;
            }
            Position::FunctionName => {
                self.filler(level, at);
                self.empty_body(level, at);
            }
            _ => self.empty_body(level, at),
        }
    }

    /// The body of a function that has none.
    fn empty_body(&mut self, level: &mut Level, at: usize) {
        level.mark(at..at, "{");
        level.frames.push(Frame::new(Opener::Brace));
        level.position = Position::Start;
        self.close_innermost(level, at..at);
    }
}
