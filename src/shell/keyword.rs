//! Keywords: where one is one, and what it opens and closes.

use super::frame::{Frame, Opener};
use super::level::{Level, Position};
use super::lexer::Lexer;
use super::token::Negation;
use super::{Part, Quote, Word};
use std::ops::Range;

impl Lexer<'_> {
    /// Takes the word as a keyword, when it is one here.
    pub(super) fn keyword(&mut self, level: &mut Level, word: &Word) -> bool {
        let Some(text) = bare(word) else { return false };
        let span = word.span.clone();
        match (level.position, text) {
            (Position::LoopIn, "in") => {
                level.mark(span, "in");
                level.position = Position::LoopWords;
            }
            (Position::CaseIn, "in") => {
                level.mark(span, "in");
                level.position = Position::Pattern;
            }
            (Position::LoopIn, "do") => {
                self.terminator(level, span.start..span.start, ";");
                return self.reserved(level, span, text);
            }
            (Position::CaseIn, "esac") => {
                self.settle(level, span.start);
                return self.reserved(level, span, text);
            }
            (Position::Pattern, "esac") => return self.reserved(level, span, text),
            (Position::FunctionBody, other) if !matches!(other, "{" | "if") => {
                self.settle(level, span.start);
                return self.reserved(level, span, text);
            }
            _ if level.takes_keywords() => return self.reserved(level, span, text),
            _ => return false,
        }
        true
    }

    fn reserved(&mut self, level: &mut Level, span: Range<usize>, text: &str) -> bool {
        match text {
            "if" => self.open(level, span, "if", Opener::If, Position::Start),
            "while" => self.open(level, span, "while", Opener::Loop, Position::Start),
            "until" => self.open(level, span, "until", Opener::Loop, Position::Start),
            "for" | "select" => self.open(level, span, "for", Opener::Loop, Position::LoopName),
            "case" => self.open(level, span, "case", Opener::Case, Position::Subject),
            "{" => self.open(level, span, "{", Opener::Brace, Position::Start),
            "then" => self.inner(level, span, "then", Opener::If),
            "elif" => self.inner(level, span, "elif", Opener::If),
            "else" => self.inner(level, span, "else", Opener::If),
            "do" => self.inner(level, span, "do", Opener::Loop),
            "fi" => self.shut(level, span, Opener::If),
            "done" => self.shut(level, span, Opener::Loop),
            "esac" => self.shut(level, span, Opener::Case),
            "}" => self.shut(level, span, Opener::Brace),
            "function" => {
                self.begin(level, &span);
                level.mark(span, "function");
                level.position = Position::FunctionName;
            }
            "!" => {
                self.begin(level, &span);
                let negation = level.negation.get_or_insert(Negation { start: span.start, negates: false });
                negation.negates = !negation.negates;
            }
            "time" | "coproc" if self.compound_ahead() => {}
            _ => return false,
        }
        true
    }

    /// A statement begins; behind another that is not ended, that is an error.
    pub(super) fn begin(&mut self, level: &mut Level, span: &Range<usize>) {
        if level.position == Position::Closed {
            self.error(span.clone());
            self.terminator(level, span.start..span.start, ";");
        }
    }

    pub(super) fn open(
        &mut self,
        level: &mut Level,
        span: Range<usize>,
        mark: &'static str,
        opener: Opener,
        next: Position,
    ) {
        self.begin(level, &span);
        level.mark(span, mark);
        level.frames.push(Frame::new(opener));
        level.position = next;
    }

    /// `then`, `do` …: what stands before it in the same statement ends.
    fn inner(&mut self, level: &mut Level, span: Range<usize>, mark: &'static str, opener: Opener) {
        let continues = matches!(mark, "elif" | "else");
        if level.frames.last().is_none_or(|frame| frame.opener != opener || frame.in_body != continues) {
            return self.error(span);
        }
        self.end_statement(level, span.start);
        level.mark(span, mark);
        level.frame().in_body = mark != "elif";
        level.position = Position::Start;
    }

    fn shut(&mut self, level: &mut Level, span: Range<usize>, opener: Opener) {
        if !self.close(level, &span, opener) {
            self.end_statement(level, span.start);
            self.error(span);
        }
    }

    /// Whether a compound statement follows: `time` before one is no command.
    fn compound_ahead(&mut self) -> bool {
        let start = self.pos;
        self.blanks();
        let compound = self.peek() == Some(b'(')
            || ["{", "!", "if", "for", "while", "until", "case", "[["]
                .iter()
                .any(|keyword| self.keyword_ahead(keyword));
        self.pos = start;
        compound
    }

    /// Whether exactly this word stands here.
    pub(super) fn keyword_ahead(&self, keyword: &str) -> bool {
        self.sees(keyword)
            && self
                .peek_at(keyword.len())
                .is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b'&' | b'|' | b'(' | b')'))
    }
}

/// The text of a word that is a keyword where one may stand: one unquoted literal, written as it is.
fn bare(word: &Word) -> Option<&str> {
    match word.pieces.as_slice() {
        [piece] if piece.quote == Quote::Bare => match &piece.part {
            Part::Literal(text) if text.len() == word.span.len() => Some(text),
            _ => None,
        },
        _ => None,
    }
}
