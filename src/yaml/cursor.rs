//! Reads what stands between two scalars: white space, comments, indicators, anchors and tags.
//!
//! The parser has already vouched for the grammar; here only bytes are found again.

use super::tree::Comment;
use crate::source::Span;

/// A place in the file that only moves forward.
pub(super) struct Cursor<'s> {
    text: &'s str,
    at: usize,
    /// One past the last byte that was no white space, comment or document marker: where a block
    /// collection ends when nothing more comes, and where an empty value stands.
    end: usize,
    comments: Vec<Comment>,
}

impl<'s> Cursor<'s> {
    pub(super) fn new(text: &'s str, start: usize) -> Self {
        Self { text, at: start, end: start, comments: Vec::new() }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn end(&self) -> usize {
        self.end
    }

    pub(super) fn into_comments(self) -> Vec<Comment> {
        self.comments
    }

    fn bytes(&self) -> &'s [u8] {
        self.text.as_bytes()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    /// Whether the byte at `at` ends a token in block style.
    fn is_blank(&self, at: usize) -> bool {
        self.bytes().get(at).is_none_or(|byte| byte.is_ascii_whitespace())
    }

    /// Skips white space, line breaks and comments; comments are kept.
    pub(super) fn skip_trivia(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'#' => self.comment(),
                _ => break,
            }
        }
    }

    /// Skips the rest of a line, of which only a comment can be left, and its break.
    pub(super) fn skip_line(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if self.peek() == Some(b'#') {
            self.comment();
        }
    }

    fn comment(&mut self) {
        let bytes = self.bytes();
        let start = self.at;
        let length = bytes[start..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
        self.at = length.map_or(bytes.len(), |length| start + length);
        let before = bytes[..start].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t'));
        let own_line = matches!(before, None | Some(b'\n' | b'\r')) || self.text[..start].trim_end() == "\u{feff}";
        self.comments.push(Comment { span: Span::new(start, self.at), own_line });
    }

    /// Takes `byte` when it is the next one, and tells where it stood.
    pub(super) fn take(&mut self, byte: u8) -> Option<usize> {
        self.skip_trivia();
        (self.peek() == Some(byte)).then(|| {
            self.at += 1;
            self.end = self.at;
            self.at - 1
        })
    }

    /// Takes `byte` when it is the next one and stands apart from what follows.
    pub(super) fn take_apart(&mut self, byte: u8) -> Option<usize> {
        self.skip_trivia();
        if self.is_blank(self.at + 1) { self.take(byte) } else { None }
    }

    /// Takes a bracket that opens at exactly `at`.
    pub(super) fn take_open(&mut self, byte: u8, at: usize) -> Option<usize> {
        self.skip_trivia();
        if self.at == at { self.take(byte) } else { None }
    }

    /// Takes an anchor and a tag, in either order, as many of the two as are there.
    pub(super) fn take_properties(&mut self, anchor: bool, tag: bool, in_flow: bool) -> (Option<Span>, Option<Span>) {
        let mut found = (None, None);
        loop {
            self.skip_trivia();
            match self.peek() {
                Some(b'&') if anchor && found.0.is_none() => found.0 = Some(self.take_word(true)),
                Some(b'!') if tag && found.1.is_none() => found.1 = Some(self.take_word(in_flow)),
                _ => return found,
            }
        }
    }

    /// Takes an anchor, tag or alias: up to white space, or a bracket or comma where they end words.
    pub(super) fn take_word(&mut self, flow: bool) -> Span {
        let start = self.at;
        let verbatim = self.bytes()[start..].starts_with(b"!<");
        let length = self.bytes()[start..].iter().position(|byte| match byte {
            b' ' | b'\t' | b'\n' | b'\r' => true,
            b',' | b'[' | b']' | b'{' | b'}' => flow && !verbatim,
            _ => false,
        });
        self.at = length.map_or(self.text.len(), |length| start + length);
        self.end = self.at;
        Span::new(start, self.at)
    }

    /// Takes directives and `---`, if the document has them.
    pub(super) fn take_document_start(&mut self) {
        self.skip_trivia();
        loop {
            while self.at_line_start() && self.peek() == Some(b'%') {
                let rest = &self.bytes()[self.at..];
                self.at += rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
                self.skip_trivia();
            }
            if !self.take_marker("...") {
                break;
            }
        }
        self.take_marker("---");
        self.end = self.at;
    }

    /// Takes `...`, if the document ends with it.
    pub(super) fn take_document_end(&mut self) {
        self.take_marker("...");
    }

    fn at_line_start(&self) -> bool {
        self.at == 0 || matches!(self.bytes()[self.at - 1], b'\n' | b'\r') || &self.text[..self.at] == "\u{feff}"
    }

    fn take_marker(&mut self, marker: &str) -> bool {
        self.skip_trivia();
        let found = self.at_line_start()
            && self.bytes()[self.at..].starts_with(marker.as_bytes())
            && self.is_blank(self.at + marker.len());
        if found {
            self.at += marker.len();
        }
        found
    }

    /// Moves to where the parser says that a scalar starts; usually it is there already.
    pub(super) fn go_to(&mut self, at: usize) {
        self.skip_trivia();
        self.at = self.at.max(at);
    }

    /// Moves behind a scalar that ends at `end` (its text) and was read up to `at`.
    pub(super) fn pass(&mut self, end: usize, at: usize) {
        self.end = self.end.max(end);
        self.at = self.at.max(at).max(end);
    }
}
