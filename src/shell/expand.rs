//! What a `$` or a backtick begins.

use super::lexer::{Lexer, Pieces};
use super::remap::Origins;
use super::word::Style;
use super::{Block, Operation, Parameter, ParameterForm, Part, Piece, Quote, Word};
use std::ops::Range;

/// How far the end of `[ … ]` is looked for.
pub(super) const SUBSCRIPT: usize = 256;

/// Operators of `${x…}`, longer ones first.
const OPERATORS: [&str; 23] = [
    ":-", ":=", ":?", ":+", "##", "%%", "//", "/#", "/%", "^^", ",,", "-", "=", "?", "+", "#", "%", "/", "^", ",", "@",
    "~", ":",
];

impl<'a> Lexer<'a> {
    /// The `$` here with what it expands, or as a literal.
    pub(super) fn dollar(&mut self, pieces: &mut Pieces<'a>, style: Style) {
        let quote = style.quote();
        let start = self.pos;
        let part = match self.peek_at(1) {
            Some(b'(') => self.parenthesised(start),
            Some(b'[') => self.arithmetic_brackets(start),
            Some(b'{') => self.braced(quote),
            Some(b'\'') if style.single_quotes() => return self.ansi(pieces),
            Some(b'"') if quote == Quote::Bare => {
                self.pos += 1;
                return self.double(pieces);
            }
            _ => self.simple(),
        };
        match part {
            Some(part) => pieces.push(Piece { span: start..self.pos, quote, part, outer: false }),
            None => self.plain(pieces, quote),
        }
    }

    /// `$x`, `$1`, `$@`.
    fn simple(&mut self) -> Option<Part> {
        let rest = &self.masked.bytes[self.pos + 1..self.limit];
        let length = name_length(rest);
        let name = match rest.first()? {
            _ if length > 0 => self.text(self.pos + 1..self.pos + 1 + length),
            byte if is_special_parameter(*byte) => self.text(self.pos + 1..self.pos + 2),
            _ => return None,
        };
        self.pos += 1 + name.len();
        Some(Part::Parameter(Parameter { name: name.to_owned(), form: ParameterForm::Plain, operation: None }))
    }

    /// `$(( … ))` or `$( … )`.
    fn parenthesised(&mut self, start: usize) -> Option<Part> {
        if self.sees("$((")
            && let Some(inside) = self.arithmetic(start + 3)
        {
            self.pos = inside.end + 2;
            return Some(Part::Arithmetic(self.text(inside).trim().to_owned()));
        }
        self.pos += 2;
        Some(Part::Substitution(self.enclosed(start)))
    }

    /// `$[ … ]`, which bash still reads.
    fn arithmetic_brackets(&mut self, start: usize) -> Option<Part> {
        let length = self.masked.bytes[start..self.limit].iter().take(SUBSCRIPT).position(|byte| *byte == b']')?;
        self.pos = start + length + 1;
        Some(Part::Arithmetic(self.text(start + 2..start + length).trim().to_owned()))
    }

    /// The inside of arithmetic that begins at `from` and ends in `))`, if it is arithmetic.
    pub(super) fn arithmetic(&self, from: usize) -> Option<Range<usize>> {
        let mut open = 0usize;
        let mut at = from;
        while at < self.limit {
            match self.masked.bytes[at] {
                b'\\' => at += 1,
                b'(' => open += 1,
                b')' if open > 0 => open -= 1,
                b')' => {
                    let closed = at + 1 < self.limit && self.masked.bytes[at + 1] == b')';
                    return closed.then_some(from..at);
                }
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// The statements of `$( … )` or `<( … )` from here, past the parenthesis.
    pub(super) fn enclosed(&mut self, start: usize) -> Block {
        let (block, closed) = self.deeper(|lexer| lexer.block(true));
        if !closed {
            self.error(start..self.pos);
        }
        block
    }

    /// `` ` … ` ``; within it a backslash before `` ` ``, `\` and `$` is taken away before it is parsed.
    pub(super) fn backticks(&mut self, pieces: &mut Pieces<'a>, quote: Quote) {
        let start = self.pos;
        let mut at = start + 1;
        let mut escaped = false;
        while at < self.limit && self.masked.bytes[at] != b'`' {
            if self.masked.bytes[at] == b'\\' {
                escaped |= self.masked.bytes.get(at + 1).is_some_and(|next| matches!(next, b'`' | b'\\' | b'$' | b'"'));
                at += 1;
            }
            at += 1;
        }
        let inside = start + 1..at.min(self.limit);
        let after = (at + 1).min(self.limit);
        if at >= self.limit {
            self.error(start..self.limit);
        }
        let body = if escaped {
            self.pos = after;
            self.unescaped(inside, quote)
        } else {
            self.deeper(|lexer| lexer.within(inside, after, |lexer| lexer.block(false).0))
        };
        self.pos = after;
        pieces.push(Piece { span: start..after, quote, part: Part::Substitution(body), outer: false });
    }

    /// The statements of backticks with escapes in them: their text without the escapes is parsed
    /// apart, and its ranges are led back.
    fn unescaped(&mut self, inside: Range<usize>, quote: Quote) -> Block {
        let source = self.text(inside.clone());
        let mut text = String::with_capacity(source.len());
        let mut origins = Origins::default();
        let mut characters = source.char_indices().peekable();
        while let Some((at, mut character)) = characters.next() {
            let start = inside.start + at;
            let mut from = start;
            if character == '\\'
                && let Some((_, next)) = characters.next_if(|(_, next)| is_escaped(*next, quote))
            {
                (from, character) = (start + 1, next);
            }
            text.push(character);
            origins.push(start..from + 1);
            origins.copied(from + 1..from + character.len_utf8());
        }
        let mut script = self.deeper(|lexer| super::parse::parse_nested(&text, lexer));
        script.map_ranges(&mut |range| origins.outer(range));
        self.errors.extend(script.errors);
        self.comments.extend(script.comments);
        script.body
    }

    /// `${ … }`; nothing when it is none the shell knows.
    fn braced(&mut self, quote: Quote) -> Option<Part> {
        let start = self.pos;
        self.pos += 2;
        let parameter = self.deeper(|lexer| lexer.parameter(quote));
        let closed = parameter.is_some() && self.eat("}");
        if !closed {
            self.error(start..self.pos);
        }
        // An operand that never ends is not read again: what is nested in it would be, twice as
        // often at each level.
        if closed || parameter.as_ref().is_some_and(|parameter| parameter.operation.is_some()) {
            return parameter.map(Part::Parameter);
        }
        self.pos = start;
        None
    }

    fn parameter(&mut self, quote: Quote) -> Option<Parameter> {
        let prefix = self.prefix();
        let rest = &self.masked.bytes[self.pos.min(self.limit)..self.limit];
        let length = match name_length(rest) {
            0 if rest.first().is_some_and(|byte| is_special_parameter(*byte)) => 1,
            0 => return None,
            _ if rest[0].is_ascii_digit() => rest.iter().take_while(|byte| byte.is_ascii_digit()).count(),
            length => length,
        };
        let name = self.text(self.pos..self.pos + length).to_owned();
        self.pos += length;
        let element = if self.peek() == Some(b'[') { Some(self.subscript()?) } else { None };
        let form = match (prefix, element) {
            (Some(form), _) => form,
            (None, Some(index)) => ParameterForm::Element(index),
            (None, None) => ParameterForm::Plain,
        };
        if form == ParameterForm::Indirect && (self.eat("@}") || self.eat("*}")) {
            self.pos -= 1;
            return Some(Parameter { name, form, operation: None });
        }
        let operation = self.operation(quote);
        Some(Parameter { name, form, operation })
    }

    /// `#` or `!` before the name, unless it is itself the parameter.
    fn prefix(&mut self) -> Option<ParameterForm> {
        let form = match self.peek()? {
            b'#' => ParameterForm::Length,
            b'!' => ParameterForm::Indirect,
            _ => return None,
        };
        let next = self.peek_at(1)?;
        let named = next == b'_' || next.is_ascii_alphanumeric();
        let special = is_special_parameter(next) && self.peek_at(2) == Some(b'}');
        if !named && !special {
            return None;
        }
        self.pos += 1;
        Some(form)
    }

    /// `[ … ]` after a name: its inside.
    fn subscript(&mut self) -> Option<String> {
        let start = self.pos + 1;
        let mut open = 0usize;
        while let Some(byte) = self.peek().filter(|_| self.pos < start + SUBSCRIPT) {
            match byte {
                b'[' => open += 1,
                b']' => open -= 1,
                b'\n' => return None,
                _ => {}
            }
            self.pos += 1;
            if open == 0 {
                return Some(self.text(start..self.pos - 1).to_owned());
            }
        }
        None
    }

    fn operation(&mut self, quote: Quote) -> Option<Operation> {
        let operator = *OPERATORS.iter().find(|operator| self.sees(operator))?;
        self.pos += operator.len();
        let pattern = operator.starts_with(['#', '%', '/', '^', ',']);
        let style = Style::Operand { double: quote == Quote::Double, pattern };
        let word: Word = self.word(style);
        Some(Operation { operator: operator.to_owned(), word })
    }

    /// `$'…'`.
    fn ansi(&mut self, pieces: &mut Pieces<'a>) {
        let open = self.pos;
        self.pos += 2;
        pieces.flush();
        let mut start = self.pos;
        let mut closed = false;
        while let Some(byte) = self.peek() {
            if byte == b'\'' {
                closed = true;
                break;
            }
            match self.expression(Quote::Ansi) {
                Some(piece) => {
                    self.ansi_literal(start..piece.span.start, pieces);
                    pieces.push(piece);
                    start = self.pos;
                }
                None if byte == b'\\' && self.pos + 1 < self.limit => self.pos += 2,
                None => self.pos += 1,
            }
        }
        self.ansi_literal(start..self.pos, pieces);
        pieces.flush();
        if closed {
            self.pos += 1;
        } else {
            self.error(open..self.pos);
        }
    }

    fn ansi_literal(&self, span: Range<usize>, pieces: &mut Pieces<'a>) {
        if !span.is_empty() {
            let text = super::ansi::unescape(self.text(span.clone()));
            pieces.literal(span, Quote::Ansi, text);
        }
    }
}

/// How many of the bytes are a variable's name, or one digit.
pub(super) fn name_length(bytes: &[u8]) -> usize {
    match bytes.first() {
        Some(byte) if byte.is_ascii_digit() => 1,
        _ => bytes.iter().take_while(|byte| **byte == b'_' || byte.is_ascii_alphanumeric()).count(),
    }
}

/// Whether a backslash before the character is taken away within backticks.
fn is_escaped(character: char, quote: Quote) -> bool {
    matches!(character, '`' | '\\' | '$') || character == '"' && quote == Quote::Double
}

fn is_special_parameter(byte: u8) -> bool {
    matches!(byte, b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')
}
