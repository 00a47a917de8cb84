//! Redirections and heredocs.

use super::level::{Level, Pending, Position};
use super::lexer::{Lexer, Pieces};
use super::token::{Token, TokenKind};
use super::word::Style;
use super::{Part, Quote, Redirect, RedirectKind, Word};
use std::ops::Range;

impl Lexer<'_> {
    /// The redirection that begins here, its descriptor included.
    pub(super) fn redirect(&mut self, level: &mut Level) -> Option<Redirect> {
        let start = self.pos;
        let digits = self.descriptor_length();
        self.pos += digits;
        if !matches!(self.peek(), Some(b'<' | b'>')) && !self.sees("&>") || self.sees("<(") || self.sees(">(") {
            self.pos = start;
            return None;
        }
        let descriptor = self.text(start..start + digits).parse().ok();
        let operator = self.operator_text();
        self.blanks();
        let kind = match operator {
            "<<" | "<<-" => self.heredoc(level, operator == "<<-"),
            "<<<" => RedirectKind::HereString(self.target(start)),
            "<" | "<>" => RedirectKind::Read(self.target(start)),
            ">>" | "&>>" => RedirectKind::Append(self.target(start)),
            "<&" => RedirectKind::Duplicate(self.target(start)),
            ">&" => {
                let word = self.target(start);
                if digits == 0 && names_file(&word) { RedirectKind::Write(word) } else { RedirectKind::Duplicate(word) }
            }
            _ => RedirectKind::Write(self.target(start)),
        };
        Some(Redirect { span: start..self.pos, descriptor, kind })
    }

    /// The length of `2` or `{fd}` directly before `<` or `>`.
    fn descriptor_length(&self) -> usize {
        let rest = &self.masked.bytes[self.pos..self.limit];
        let mut length = rest.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 && rest.first() == Some(&b'{') {
            let name =
                rest[1..].iter().take(64).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            length = if name > 0 && rest.get(name + 1) == Some(&b'}') { name + 2 } else { 0 };
        }
        if matches!(rest.get(length), Some(b'<' | b'>')) { length } else { 0 }
    }

    fn operator_text(&mut self) -> &'static str {
        const OPERATORS: [&str; 12] = ["&>>", "<<<", "<<-", "&>", "<<", "<&", "<>", ">>", ">&", ">|", "<", ">"];
        OPERATORS.iter().find(|operator| self.eat(operator)).copied().unwrap_or_default()
    }

    fn target(&mut self, start: usize) -> Word {
        let word = self.word(Style::Word);
        if word.span.is_empty() {
            self.error(start..self.pos);
        }
        word
    }

    /// The delimiter of a heredoc; its body is read when the line ends.
    fn heredoc(&mut self, level: &mut Level, tabs: bool) -> RedirectKind {
        let word = self.target(self.pos);
        let quoted = self.text(word.span.clone()).contains(['\'', '"', '\\']);
        let delimiter = self.delimiter(&word);
        let (token, redirect) = match (level.position, level.tokens.last()) {
            (Position::Closed, Some(last)) => (level.tokens.len() - 1, last.redirects.len()),
            _ => (level.tokens.len(), 0),
        };
        level.pending.push(Pending { token, redirect, delimiter, tabs, quoted });
        RedirectKind::Heredoc { quoted, body: Word::default() }
    }

    /// A delimiter's text: nothing is expanded in it.
    fn delimiter(&self, word: &Word) -> String {
        word.pieces
            .iter()
            .map(|piece| match &piece.part {
                Part::Literal(text) => &**text,
                _ => self.text(piece.span.clone()),
            })
            .collect()
    }

    /// Reads the bodies of the heredocs of the line that has just ended.
    pub(super) fn heredocs(&mut self, level: &mut Level) {
        for pending in std::mem::take(&mut level.pending) {
            let (inside, after) = self.body_range(&pending, level.enclosed);
            let height = self.inner_height;
            let body = self.body(inside, after, &pending);
            level.frame().raise(self.inner_height + 1);
            self.inner_height = height;
            if let Some(Redirect { kind: RedirectKind::Heredoc { body: place, .. }, .. }) =
                level.tokens.get_mut(pending.token).and_then(|token| redirect_of(token, pending.redirect))
            {
                *place = body;
            }
        }
    }

    /// The body's lines from here, and where the line after its delimiter begins.
    fn body_range(&mut self, pending: &Pending, enclosed: bool) -> (Range<usize>, usize) {
        let start = self.pos;
        let bytes = &self.masked.bytes[..self.limit];
        let delimiter = pending.delimiter.as_bytes();
        let mut line = start;
        while line < bytes.len() {
            let end = bytes[line..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| line + length);
            let tabs = bytes[line..end].iter().take_while(|byte| pending.tabs && **byte == b'\t').count();
            let text = &bytes[line + tabs..end];
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            if text == delimiter {
                return (start..line, (end + 1).min(bytes.len()));
            }
            // Bash lets `EOF)` end a heredoc within `$( … )`.
            if enclosed && text.strip_prefix(delimiter).is_some_and(|rest| rest.starts_with(b")")) {
                return (start..line, line + tabs + delimiter.len());
            }
            line = end + 1;
        }
        self.error(start.min(bytes.len())..bytes.len());
        (start..bytes.len(), bytes.len())
    }

    fn body(&mut self, inside: Range<usize>, after: usize, pending: &Pending) -> Word {
        let mut pieces = Pieces::new();
        if pending.quoted {
            self.raw(inside.clone(), Quote::Single, pending.tabs, &mut pieces);
            self.pos = after;
        } else {
            self.within(inside.clone(), after, |lexer| {
                if pending.tabs {
                    lexer.tabs();
                }
                lexer.deeper(|lexer| lexer.pieces(&mut pieces, Style::Text { tabs: pending.tabs }));
            });
        }
        Word { span: inside, pieces: pieces.finish() }
    }
}

fn redirect_of(token: &mut Token, index: usize) -> Option<&mut Redirect> {
    match &mut token.kind {
        TokenKind::Redirect(redirect) => Some(redirect),
        _ => token.redirects.get_mut(index),
    }
}

/// Whether the word after `>&` is a file rather than a descriptor or `-`.
fn names_file(word: &Word) -> bool {
    word.literal().is_some_and(|text| !text.trim_end_matches('-').bytes().all(|byte| byte.is_ascii_digit()))
}
