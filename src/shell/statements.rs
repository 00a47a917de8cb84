//! Splits a list of statements into tokens the grammar cannot misread: words become one token each,
//! heredocs, comments, tests and redirections are taken out, the spelling of what has several is made one.

use super::frame::Opener;
use super::level::{Level, Position};
use super::lexer::{HEIGHT, Lexer, NESTING, TOKENS};
use super::token::TokenKind;
use super::word::Style;
use super::{Block, Word};
use std::ops::Range;

impl Lexer<'_> {
    /// The statements from here to the end, or to the parenthesis that closes them; whether it was found.
    pub(super) fn block(&mut self, enclosed: bool) -> (Block, bool) {
        let outer = std::mem::take(&mut self.inner_height);
        let mut level = Level::new(enclosed);
        let depth = self.depth;
        let closed = self.tokens(&mut level);
        self.depth = depth;
        self.close_all(&mut level, self.pos - usize::from(closed));
        let height = level.frame().height();
        self.inner_height = outer.max(height);
        if !level.pending.is_empty() {
            self.error(self.pos..self.pos);
        }
        if self.overflow || height > HEIGHT {
            self.overflow = true;
            return (Block::new(), closed);
        }
        self.finish_statements(&mut level);
        (level.block, closed)
    }

    /// Hands the tokens at hand to the grammar. Statement by statement, so that a broken one costs
    /// no other, and a long script no more than its longest statement.
    fn finish_statements(&mut self, level: &mut Level) {
        self.tokens += level.tokens.len();
        let errors = self.grammar.statements(std::mem::take(&mut level.tokens), &mut level.block);
        self.errors.extend(errors);
    }

    fn tokens(&mut self, level: &mut Level) -> bool {
        loop {
            self.blanks();
            let start = self.pos;
            let Some(byte) = self.peek() else { return false };
            match byte {
                b'\n' => {
                    self.pos += 1;
                    self.heredocs(level);
                    self.terminator(level, start..start + 1, ";");
                }
                b'#' => self.comment(),
                b')' => {
                    self.pos += 1;
                    if self.closing_paren(level, start) {
                        return true;
                    }
                }
                b'(' => self.opening_paren(level),
                b';' => self.semicolon(level),
                b'&' if !self.sees("&>") => self.ampersand(level),
                b'|' => self.bar(level),
                _ => self.word_or_redirect(level),
            }
            if self.depth + level.frames.len() > NESTING
                || level.frame().height() > HEIGHT
                || self.tokens + level.tokens.len() > TOKENS
            {
                self.overflow = true;
            }
        }
    }

    /// `;` or a line's end; the grammar needs neither where no statement stands before it.
    pub(super) fn terminator(&mut self, level: &mut Level, span: Range<usize>, mark: &'static str) {
        match level.position {
            Position::LoopName | Position::Subject => return,
            Position::LoopWords if level.tokens.last().is_some_and(|token| token.text() == "in") => {
                level.push(span.start..span.start, TokenKind::Filler);
            }
            _ if !level.in_statement() => {
                if mark == "&" {
                    self.error(span);
                }
                return;
            }
            _ => {}
        }
        level.mark(span, mark);
        level.frame().end_list();
        level.position = Position::Start;
        if level.frames.len() == 1 && level.pending.is_empty() {
            self.finish_statements(level);
        }
    }

    fn semicolon(&mut self, level: &mut Level) {
        let start = self.pos;
        let ends_item = self.eat(";;&") || self.eat(";;") || self.eat(";&");
        if !ends_item {
            self.pos += 1;
            if level.position == Position::Start {
                self.error(start..self.pos);
            }
            return self.terminator(level, start..self.pos, ";");
        }
        let in_case = level.frames.last().is_some_and(|frame| frame.opener == Opener::Case);
        if !in_case || matches!(level.position, Position::Pattern | Position::CaseIn | Position::Subject) {
            return self.error(start..self.pos);
        }
        level.mark(start..self.pos, ";;");
        level.frame().end_list();
        level.position = Position::Pattern;
    }

    fn ampersand(&mut self, level: &mut Level) {
        let start = self.pos;
        if self.eat("&&") {
            return self.operator(level, start, "&&");
        }
        self.pos += 1;
        self.terminator(level, start..self.pos, "&");
    }

    fn bar(&mut self, level: &mut Level) {
        let start = self.pos;
        if level.position == Position::Pattern {
            self.pos += 1;
            level.mark(start..self.pos, "|");
        } else if self.eat("||") {
            self.operator(level, start, "||");
        } else {
            let _ = self.eat("|&") || self.eat("|");
            self.operator(level, start, "|");
        }
    }

    /// An operator between two statements; without one before it, it is an error of its own.
    fn operator(&mut self, level: &mut Level, start: usize, mark: &'static str) {
        if !matches!(level.position, Position::Prefix | Position::Arguments | Position::Closed) {
            return self.error(start..self.pos);
        }
        level.mark(start..self.pos, mark);
        level.frame().chain();
        level.position = Position::Start;
    }

    fn opening_paren(&mut self, level: &mut Level) {
        let start = self.pos;
        match level.position {
            Position::Pattern => self.pos += 1,
            Position::LoopName => match self.clauses() {
                Some(inside) => {
                    // The grammar is shown a `while`, which takes whatever stands for the clauses.
                    if let Some(token) = level.tokens.last_mut() {
                        token.kind = TokenKind::Mark("while");
                    }
                    let clauses = self.three_clauses(inside.clone());
                    level.push(start..inside.end + 2, TokenKind::Clauses(Box::new(clauses)));
                    level.position = Position::Closed;
                }
                None => {
                    self.pos += 1;
                    self.error(start..self.pos);
                    level.position = Position::LoopIn;
                }
            },
            Position::FunctionBody => self.open_paren(level),
            Position::Start => match self.clauses() {
                Some(inside) => {
                    let after = self.pos;
                    let word = self.arithmetic_word(inside.clone(), after);
                    level.push(start..inside.end + 2, TokenKind::Arithmetic(word));
                    level.position = Position::Closed;
                }
                None => self.open_paren(level),
            },
            _ => {
                self.pos += 1;
                self.error(start..self.pos);
            }
        }
    }

    fn open_paren(&mut self, level: &mut Level) {
        self.pos += 1;
        self.open(level, self.pos - 1..self.pos, "(", Opener::Paren, Position::Start);
    }

    /// `(( … ))` here: its inside; stands behind it.
    fn clauses(&mut self) -> Option<Range<usize>> {
        let inside = if self.sees("((") { self.arithmetic(self.pos + 2) } else { None }?;
        self.pos = inside.end + 2;
        Some(inside)
    }

    fn arithmetic_word(&mut self, inside: Range<usize>, after: usize) -> Word {
        self.within(inside, after, |lexer| lexer.word(Style::Text { tabs: false }))
    }

    /// The words between the semicolons; what is missing is empty.
    fn three_clauses(&mut self, inside: Range<usize>) -> [Word; 3] {
        let after = self.pos;
        let mut start = inside.start;
        [0, 1, 2].map(|index| {
            let rest = &self.masked.bytes[start..inside.end];
            let semicolon = rest.iter().position(|byte| *byte == b';').filter(|_| index < 2);
            let end = semicolon.map_or(inside.end, |length| start + length);
            // Of `(( ; ; ))` each is empty.
            let is_blank = self.masked.bytes[start..end].iter().all(u8::is_ascii_whitespace);
            let word = self.arithmetic_word(start..if is_blank { start } else { end }, after);
            start = (end + 1).min(inside.end);
            word
        })
    }

    /// Whether the parenthesis closes the whole list.
    fn closing_paren(&mut self, level: &mut Level, start: usize) -> bool {
        let span = start..self.pos;
        if level.position == Position::Pattern {
            level.mark(span, ")");
            level.position = Position::Start;
            return false;
        }
        if self.close(level, &span, Opener::Paren) {
            return false;
        }
        if !level.enclosed {
            self.error(span);
        }
        level.enclosed
    }
}
