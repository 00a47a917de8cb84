//! The pieces of a word: what is quoted how, what is expanded.

use super::lexer::{Lexer, Pieces};
use super::mask::HIDDEN;
use super::{Part, Piece, Quote, Word};
use std::ops::Range;

/// Where a run of pieces stands, which decides what ends it and what quotes mean in it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Style {
    /// A word of a command.
    Word,
    /// The pattern after `=~`: operators are part of it.
    Regex,
    /// Within the parentheses of `@(a|b)`.
    Group,
    /// What follows the operator in `${x:-…}`, up to its brace.
    Operand {
        /// The expansion stands in double quotes.
        double: bool,
        /// The operator takes a pattern: single quotes keep their meaning even in double quotes.
        pattern: bool,
    },
    /// Between double quotes.
    Double,
    /// A heredoc's body, or an arithmetic command: no quotes.
    Text {
        /// `<<-`: tabs at a line's beginning are dropped.
        tabs: bool,
    },
}

impl Style {
    pub(super) fn quote(self) -> Quote {
        match self {
            Style::Word | Style::Regex | Style::Group | Style::Operand { double: false, .. } => Quote::Bare,
            Style::Operand { double: true, .. } | Style::Double | Style::Text { .. } => Quote::Double,
        }
    }

    fn ends_at(self, byte: u8) -> bool {
        match self {
            Style::Word => matches!(byte, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')'),
            Style::Regex => matches!(byte, b' ' | b'\t' | b'\n' | b')'),
            Style::Group => byte == b')',
            Style::Operand { .. } => byte == b'}',
            Style::Double => byte == b'"',
            Style::Text { .. } => false,
        }
    }

    /// Whether single quotes, and `$'…'`, quote here.
    pub(super) fn single_quotes(self) -> bool {
        match self {
            Style::Operand { double, pattern } => !double || pattern,
            other => other.quote() == Quote::Bare,
        }
    }

    /// What a backslash takes its meaning from in double quotes.
    fn escapes(self, byte: u8) -> bool {
        match self {
            Style::Double => matches!(byte, b'$' | b'`' | b'\\' | b'"'),
            Style::Text { .. } => matches!(byte, b'$' | b'`' | b'\\'),
            Style::Operand { double: true, pattern } => {
                matches!(byte, b'$' | b'`' | b'\\' | b'"' | b'}') || pattern && byte == b'\''
            }
            _ => true,
        }
    }
}

impl<'a> Lexer<'a> {
    /// The word that begins here; empty when none does.
    pub(super) fn word(&mut self, style: Style) -> Word {
        let start = self.pos;
        let mut pieces = Pieces::new();
        self.pieces(&mut pieces, style);
        Word { span: start..self.pos, pieces: pieces.finish() }
    }

    /// Gathers pieces up to the end of the style.
    pub(super) fn pieces(&mut self, pieces: &mut Pieces<'a>, style: Style) {
        let begin = self.pos;
        let quote = style.quote();
        while let Some(byte) = self.peek() {
            let process = quote == Quote::Bare && matches!(byte, b'<' | b'>') && self.peek_at(1) == Some(b'(');
            let group = byte == b'(' && self.opens_group(begin, style);
            if style.ends_at(byte) && !process && !group {
                return;
            }
            match byte {
                HIDDEN => match self.expression(quote) {
                    Some(piece) => pieces.push(piece),
                    None => self.plain(pieces, quote),
                },
                b'\\' => self.escape(pieces, style),
                b'\'' if style.single_quotes() => self.single(pieces),
                b'"' if !matches!(style, Style::Text { .. }) => self.double(pieces),
                b'$' => self.dollar(pieces, style),
                b'`' => self.backticks(pieces, quote),
                b'\r' if matches!(self.peek_at(1), None | Some(b'\n')) => {
                    if style == Style::Word {
                        return;
                    }
                    self.pos += 1;
                }
                b'\n' if style == (Style::Text { tabs: true }) => {
                    self.plain(pieces, quote);
                    self.tabs();
                }
                _ if process => self.process(pieces),
                _ if group => self.group(pieces),
                _ if matches!(style, Style::Double | Style::Text { tabs: false }) => self.quoted_plain(pieces, quote),
                _ => self.plain(pieces, quote),
            }
        }
    }

    /// Steps over tabs at a line's beginning.
    pub(super) fn tabs(&mut self) {
        while self.peek() == Some(b'\t') {
            self.pos += 1;
        }
    }

    /// Whether the `(` here belongs to the word: `@(a|b)`, a regular expression's group.
    fn opens_group(&self, begin: usize, style: Style) -> bool {
        match style {
            Style::Regex | Style::Group => true,
            Style::Word => {
                self.pos > begin && matches!(self.masked.bytes[self.pos - 1], b'?' | b'*' | b'+' | b'@' | b'!')
            }
            _ => false,
        }
    }

    fn group(&mut self, pieces: &mut Pieces<'a>) {
        self.plain(pieces, Quote::Bare);
        self.deeper(|lexer| lexer.pieces(pieces, Style::Group));
        if self.peek() == Some(b')') {
            self.plain(pieces, Quote::Bare);
        } else {
            self.error(self.pos..self.pos);
        }
    }

    /// Takes one byte, and those after it that mean nothing anywhere.
    pub(super) fn plain(&mut self, pieces: &mut Pieces<'a>, quote: Quote) {
        self.run(pieces, quote, &SPECIAL);
    }

    /// The same between double quotes, where little means anything.
    fn quoted_plain(&mut self, pieces: &mut Pieces<'a>, quote: Quote) {
        self.run(pieces, quote, &QUOTED);
    }

    /// Takes one byte, and those after it up to one of these.
    fn run(&mut self, pieces: &mut Pieces<'a>, quote: Quote, ends: &[bool; 256]) {
        let start = self.pos;
        let rest = self.masked.bytes.get(start + 1..self.limit).filter(|_| !self.overflow).unwrap_or_default();
        let length = rest.iter().position(|byte| ends[usize::from(*byte)]).unwrap_or(rest.len());
        self.pos = start + 1 + length;
        pieces.literal(start..self.pos, quote, self.text(start..self.pos));
    }

    fn escape(&mut self, pieces: &mut Pieces<'a>, style: Style) {
        let start = self.pos;
        if let Some(length) = self.continuation() {
            self.pos += length;
            return;
        }
        self.pos += 1;
        let Some(next) = self.peek().filter(|next| style.escapes(*next) && *next != HIDDEN) else {
            pieces.literal(start..self.pos, style.quote(), "\\");
            return;
        };
        let from = if style == Style::Regex { start } else { self.pos };
        self.pos += 1;
        if !next.is_ascii() {
            while self.peek().is_some_and(|byte| byte & 0xC0 == 0x80) {
                self.pos += 1;
            }
        }
        pieces.literal(start..self.pos, style.quote(), self.text(from..self.pos));
    }

    fn single(&mut self, pieces: &mut Pieces<'a>) {
        let span = self.quoted();
        pieces.flush();
        self.raw(span, Quote::Single, false, pieces);
        pieces.flush();
    }

    /// The inside of single quotes; stands after the closing one.
    fn quoted(&mut self) -> Range<usize> {
        let open = self.pos;
        self.pos += 1;
        let rest = self.masked.bytes.get(self.pos..self.limit).filter(|_| !self.overflow).unwrap_or_default();
        self.pos += memchr::memchr(b'\'', rest).unwrap_or(rest.len());
        let inside = open + 1..self.pos;
        if self.peek().is_some() {
            self.pos += 1;
        } else {
            self.error(open..self.pos);
        }
        inside
    }

    /// Text in which only the forge's expressions mean anything; leaves the position alone.
    pub(super) fn raw(&mut self, span: Range<usize>, quote: Quote, tabs: bool, pieces: &mut Pieces<'a>) {
        let after = self.pos;
        self.within(span, after, |lexer| {
            let mut line_begins = tabs;
            while let Some(byte) = lexer.peek() {
                if line_begins {
                    lexer.tabs();
                    line_begins = false;
                    continue;
                }
                if let Some(piece) = lexer.expression(quote) {
                    pieces.push(piece);
                } else if byte == b'\r' && matches!(lexer.peek_at(1), None | Some(b'\n')) {
                    lexer.pos += 1;
                } else if tabs {
                    lexer.plain(pieces, quote);
                    line_begins = byte == b'\n';
                } else {
                    lexer.quoted_plain(pieces, quote);
                }
            }
        });
    }

    /// `"…"`.
    pub(super) fn double(&mut self, pieces: &mut Pieces<'a>) {
        let open = self.pos;
        self.pos += 1;
        pieces.flush();
        self.deeper(|lexer| lexer.pieces(pieces, Style::Double));
        pieces.flush();
        if self.peek() == Some(b'"') {
            self.pos += 1;
        } else {
            self.error(open..self.pos);
        }
    }

    fn process(&mut self, pieces: &mut Pieces<'a>) {
        let start = self.pos;
        self.pos += 2;
        let body = self.enclosed(start);
        pieces.push(Piece { span: start..self.pos, quote: Quote::Bare, part: Part::Process(body), outer: false });
    }
}

/// Bytes that mean something in some style.
static SPECIAL: [bool; 256] = table(b" \t\n\r;&|<>()}'\"\\$`");

/// Bytes that mean something between double quotes, or in a heredoc's body without tabs to drop.
static QUOTED: [bool; 256] = table(b"\r\"\\$`");

/// These bytes, and what hides an expression.
const fn table(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table[HIDDEN as usize] = true;
    table
}
