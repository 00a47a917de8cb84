//! The lexer's state and its smallest steps; the larger ones stand in the files beside it.

use super::grammar::Grammar;
use super::mask::{HIDDEN, Masked};
use super::{Part, Piece, Quote};
use std::borrow::Cow;
use std::ops::Range;

/// How deep quotes, expansions and compound statements may nest, and
pub(super) const NESTING: usize = 64;
/// how high the tree may grow, chains of `&&` included. What is deeper is no script but an attack
/// on the stack of whoever walks the tree.
pub(super) const HEIGHT: usize = 400;
/// How many tokens a script may have: a megabyte of ordinary script has fewer.
pub(super) const TOKENS: usize = 200_000;

/// Reads one text from front to back, once.
pub(super) struct Lexer<'a> {
    pub(super) masked: &'a Masked<'a>,
    pub(super) grammar: &'a mut Grammar,
    pub(super) pos: usize,
    /// Nothing at or after it is read: the end of the text, of a heredoc's body, of backticks.
    pub(super) limit: usize,
    pub(super) depth: usize,
    pub(super) tokens: usize,
    /// The height of what stands inside the words since the last token.
    pub(super) inner_height: usize,
    /// A cap was exceeded: nothing is read any more.
    pub(super) overflow: bool,
    pub(super) errors: Vec<Range<usize>>,
    pub(super) comments: Vec<Range<usize>>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(masked: &'a Masked<'a>, grammar: &'a mut Grammar, depth: usize) -> Self {
        Self {
            masked,
            grammar,
            pos: 0,
            limit: masked.bytes.len(),
            depth,
            tokens: 0,
            inner_height: 0,
            overflow: false,
            errors: Vec::new(),
            comments: Vec::new(),
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        let at = self.pos + ahead;
        if self.overflow || at >= self.limit { None } else { self.masked.bytes.get(at).copied() }
    }

    /// Whether `text` stands here.
    pub(super) fn sees(&self, text: &str) -> bool {
        !self.overflow && self.masked.bytes[self.pos.min(self.limit)..self.limit].starts_with(text.as_bytes())
    }

    /// Steps over `text` when it stands here.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let seen = self.sees(text);
        if seen {
            self.pos += text.len();
        }
        seen
    }

    pub(super) fn error(&mut self, span: Range<usize>) {
        self.errors.push(span);
    }

    /// The source text of a range; it begins and ends at ASCII bytes or at the text's ends.
    pub(super) fn text(&self, span: Range<usize>) -> &'a str {
        self.masked.text.get(span).unwrap_or_default()
    }

    /// The length of a backslash with the line's end after it.
    pub(super) fn continuation(&self) -> Option<usize> {
        if self.sees("\\\n") {
            Some(2)
        } else if self.sees("\\\r\n") {
            Some(3)
        } else {
            None
        }
    }

    /// Steps over blanks and continued lines.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.pos += 1,
                Some(b'\r') if matches!(self.peek_at(1), None | Some(b'\n')) => self.pos += 1,
                Some(b'\\') => match self.continuation() {
                    Some(length) => self.pos += length,
                    None => return,
                },
                _ => return,
            }
        }
    }

    /// Steps over blanks, lines' ends and comments.
    pub(super) fn space(&mut self) {
        loop {
            self.blanks();
            match self.peek() {
                Some(b'\n') => self.pos += 1,
                Some(b'#') => self.comment(),
                _ => return,
            }
        }
    }

    /// Steps over a comment, up to its line's end.
    pub(super) fn comment(&mut self) {
        let start = self.pos;
        while !matches!(self.peek(), None | Some(b'\n')) {
            self.pos += 1;
        }
        let end = if self.masked.bytes[start..self.pos].ends_with(b"\r") { self.pos - 1 } else { self.pos };
        self.comments.push(start..end);
    }

    /// The expression that begins here, as a piece.
    pub(super) fn expression(&mut self, quote: Quote) -> Option<Piece> {
        if self.peek() != Some(HIDDEN) {
            return None;
        }
        let expression = self.masked.expression_at(self.pos)?;
        self.pos = expression.span.end;
        Some(Piece {
            span: expression.span.clone(),
            quote,
            part: Part::Expression(expression.inner.clone()),
            outer: false,
        })
    }

    /// Runs `step` one level deeper, unless that is too deep.
    pub(super) fn deeper<T: Default>(&mut self, step: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= NESTING {
            self.overflow = true;
        }
        if self.overflow {
            return T::default();
        }
        self.depth += 1;
        let result = step(self);
        self.depth -= 1;
        result
    }

    /// Runs `step` on `start..end` alone, then stands at `after`.
    pub(super) fn within<T>(&mut self, span: Range<usize>, after: usize, step: impl FnOnce(&mut Self) -> T) -> T {
        let limit = std::mem::replace(&mut self.limit, span.end);
        self.pos = span.start;
        let result = step(self);
        self.limit = limit;
        self.pos = after;
        result
    }
}

/// Gathers the pieces of a word; neighbouring characters become one literal.
pub(super) struct Pieces<'a> {
    pub(super) pieces: Vec<Piece>,
    text: Cow<'a, str>,
    span: Range<usize>,
    quote: Quote,
}

impl<'a> Pieces<'a> {
    pub(super) fn new() -> Self {
        Self { pieces: Vec::new(), text: Cow::Borrowed(""), span: 0..0, quote: Quote::Bare }
    }

    /// Adds literal text that stands at `span`.
    pub(super) fn literal(&mut self, span: Range<usize>, quote: Quote, text: impl Into<Cow<'a, str>>) {
        if self.span.is_empty() || self.quote != quote || self.span.end > span.start {
            self.flush();
            self.span = span.clone();
            self.quote = quote;
        }
        self.span.end = span.end;
        // Most literals are one stretch of the script.
        self.text += text.into();
    }

    /// Adds a piece that is no literal.
    pub(super) fn push(&mut self, piece: Piece) {
        self.flush();
        self.add(piece);
    }

    /// Most words are one piece, and a vector begins with room for four.
    fn add(&mut self, piece: Piece) {
        if self.pieces.is_empty() {
            self.pieces.reserve_exact(1);
        }
        self.pieces.push(piece);
    }

    /// Ends the literal at hand: what follows is quoted anew.
    pub(super) fn flush(&mut self) {
        if !self.text.is_empty() {
            let part = Part::Literal(std::mem::take(&mut self.text).as_ref().into());
            self.add(Piece { span: self.span.clone(), quote: self.quote, part, outer: false });
        }
        self.span = 0..0;
    }

    pub(super) fn finish(mut self) -> Vec<Piece> {
        self.flush();
        self.pieces
    }
}
