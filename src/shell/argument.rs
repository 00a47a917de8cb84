//! Words that are more than a word: assignments, arrays, the insides of `[[ … ]]`.

use super::expand::{SUBSCRIPT, name_length};
use super::lexer::{Lexer, Pieces};
use super::word::Style;
use super::{AssignedValue, Assignment, Part, Piece, Quote, Word};
use std::ops::Range;

impl Lexer<'_> {
    /// `NAME=value` at a command's beginning.
    pub(super) fn assignment(&mut self) -> Option<Assignment> {
        let start = self.pos;
        let (name, length) = self.assigned()?;
        let append = self.masked.bytes[start + length - 2] == b'+';
        let name = self.text(name).to_owned();
        self.pos += length;
        let value = if self.peek() == Some(b'(') {
            let open = self.pos;
            self.pos += 1;
            let mut words = Vec::new();
            self.elements(open, |word, _| words.push(word));
            AssignedValue::Array(words)
        } else {
            AssignedValue::Word(self.word(Style::Word))
        };
        Some(Assignment { span: start..self.pos, name, append, value })
    }

    /// The name, and the length up to the value, of an assignment that begins here.
    fn assigned(&self) -> Option<(Range<usize>, usize)> {
        let rest = &self.masked.bytes[self.pos..self.limit];
        let mut length = name_length(rest);
        if length == 0 || rest[0].is_ascii_digit() {
            return None;
        }
        if rest.get(length) == Some(&b'[') {
            let close = rest[length..]
                .iter()
                .take(SUBSCRIPT)
                .take_while(|byte| **byte != b'\n')
                .position(|byte| *byte == b']')?;
            length += close + 1;
        }
        let name = self.pos..self.pos + length;
        length += usize::from(rest.get(length) == Some(&b'+'));
        (rest.get(length) == Some(&b'=')).then_some((name, length + 1))
    }

    /// A word of a command; `NAME=(…)`, as `declare` takes it, is one as well.
    pub(super) fn argument(&mut self) -> Word {
        let start = self.pos;
        let Some((_, length)) = self.assigned().filter(|(_, length)| self.peek_at(*length) == Some(b'(')) else {
            return self.word(Style::Word);
        };
        let mut pieces = Pieces::new();
        let open = start + length;
        pieces.literal(start..open + 1, Quote::Bare, self.text(start..open + 1));
        self.pos = open + 1;
        self.elements(open, |word, space| {
            if space.start > open + 1 {
                pieces.literal(space, Quote::Bare, " ");
            }
            for piece in word.pieces {
                pieces.push(piece);
            }
        });
        if self.masked.bytes[self.pos - 1] == b')' {
            pieces.literal(self.pos - 1..self.pos, Quote::Bare, ")");
        }
        Word { span: start..self.pos, pieces: pieces.finish() }
    }

    /// The words of an array from behind its parenthesis, each with the space before it.
    fn elements(&mut self, open: usize, mut each: impl FnMut(Word, Range<usize>)) {
        loop {
            let space = self.pos;
            self.space();
            let start = self.pos;
            match self.peek() {
                None => return self.error(open..self.pos),
                Some(b')') => {
                    self.pos += 1;
                    return;
                }
                _ => {}
            }
            let word = self.word(Style::Word);
            if self.pos == start {
                self.pos += 1;
                self.error(start..self.pos);
            } else {
                each(word, space..start);
            }
        }
    }

    /// `[[ … ]]` from its beginning.
    pub(super) fn test(&mut self) -> Vec<Word> {
        let open = self.pos;
        self.pos += 2;
        let mut words: Vec<Word> = Vec::new();
        loop {
            self.space();
            if self.peek().is_none() {
                self.error(open..self.pos);
                return words;
            }
            if self.keyword_ahead("]]") {
                self.pos += 2;
                return words;
            }
            let regex = words.last().is_some_and(|word| word.literal().as_deref() == Some("=~"));
            let word = match self.test_operator() {
                Some(length) if !regex => self.operator_word(length),
                _ => self.word(if regex { Style::Regex } else { Style::Word }),
            };
            if word.span.is_empty() {
                // A stray byte: as an operator of its own, that the rest may be read.
                let stray = self.operator_word(1);
                self.error(stray.span);
            } else {
                words.push(word);
            }
        }
    }

    fn test_operator(&self) -> Option<usize> {
        ["&&", "||", "(", ")", "<", ">"].iter().find(|operator| self.sees(operator)).map(|operator| operator.len())
    }

    fn operator_word(&mut self, length: usize) -> Word {
        let span = self.pos..self.pos + length;
        self.pos = span.end;
        let part = Part::Literal(self.text(span.clone()).into());
        Word { span: span.clone(), pieces: vec![Piece { span, quote: Quote::Bare, part, outer: false }] }
    }
}
