//! Words, assignments and redirections, each put where it belongs.

use super::level::{Level, Position};
use super::lexer::Lexer;
use super::token::TokenKind;
use super::{Redirect, Word};

impl Lexer<'_> {
    pub(super) fn word_or_redirect(&mut self, level: &mut Level) {
        let start = self.pos;
        if let Some(redirect) = self.redirect(level) {
            return self.add_redirect(level, redirect);
        }
        if level.position == Position::Start && self.keyword_ahead("[[") {
            let words = self.test();
            level.push(start..self.pos, TokenKind::Test(words));
            self.raise(level);
            level.position = Position::Closed;
            return;
        }
        if matches!(level.position, Position::Start | Position::Prefix)
            && let Some(assignment) = self.assignment()
        {
            level.push(start..self.pos, TokenKind::Assignment(assignment));
            self.raise(level);
            level.position = Position::Prefix;
            return;
        }
        let word = self.argument();
        if self.pos == start {
            // Nothing can begin with this byte.
            self.pos += 1;
            return self.error(start..self.pos);
        }
        self.raise(level);
        if !self.keyword(level, &word) {
            self.add_word(level, word);
        }
    }

    /// Takes the height of what stands inside the last word into the frame.
    fn raise(&mut self, level: &mut Level) {
        let height = std::mem::take(&mut self.inner_height);
        level.frame().raise(height + 1);
    }

    fn add_redirect(&mut self, level: &mut Level, redirect: Redirect) {
        self.raise(level);
        match level.position {
            Position::Closed => {
                if let Some(token) = level.tokens.last_mut() {
                    token.redirects.push(redirect);
                }
            }
            Position::Start | Position::Prefix | Position::Arguments => {
                level.push(redirect.span.clone(), TokenKind::Redirect(redirect));
                if level.position == Position::Start {
                    level.position = Position::Prefix;
                }
            }
            _ => self.error(redirect.span),
        }
    }

    fn add_word(&mut self, level: &mut Level, word: Word) {
        let start = level.position;
        level.position = match start {
            Position::Start if self.parentheses() => {
                level.mark(word.span.start..word.span.start, "function");
                Position::FunctionBody
            }
            Position::FunctionName => {
                let _ = self.parentheses();
                Position::FunctionBody
            }
            Position::Start | Position::Prefix | Position::Arguments => Position::Arguments,
            Position::Closed => {
                self.begin(level, &word.span);
                Position::Arguments
            }
            Position::LoopIn => {
                self.error(word.span.clone());
                level.mark(word.span.start..word.span.start, "in");
                Position::LoopWords
            }
            Position::FunctionBody | Position::CaseIn => {
                self.settle(level, word.span.start);
                return self.add_word(level, word);
            }
            Position::LoopName => Position::LoopIn,
            Position::LoopWords => Position::LoopWords,
            Position::Subject => Position::CaseIn,
            Position::Pattern => Position::Pattern,
        };
        level.push(word.span.clone(), TokenKind::Word(word));
    }

    /// `()` after a function's name.
    fn parentheses(&mut self) -> bool {
        let start = self.pos;
        self.blanks();
        if self.eat("(") {
            self.blanks();
            if self.eat(")") {
                return true;
            }
        }
        self.pos = start;
        false
    }
}
