//! The parser's events, with byte offsets. The one file that names `yaml_rust2`.
//!
//! Offsets come from the parser's line and column, never from its `index()`: that one adds bytes to
//! characters inside block scalars (measured, yaml-rust2 0.13).

use std::borrow::Cow;
use std::str::Chars;

use yaml_rust2::parser::{Event as Raw, Parser};
use yaml_rust2::scanner::{Marker, TScalarStyle};

use super::error::{YamlError, explain};
use super::tree::Style;
use crate::source::Span;

/// What the parser saw. Tags are only told apart from no tag: their text is read from the file.
pub(super) enum Event<'s> {
    Document,
    DocumentEnd,
    Scalar(Cow<'s, str>, Style, Properties),
    Alias(usize),
    Sequence(Properties),
    SequenceEnd,
    Mapping(Properties),
    MappingEnd,
    End,
}

impl Event<'_> {
    /// The same, with a text of its own.
    pub(super) fn into_owned(self) -> Event<'static> {
        match self {
            Self::Scalar(value, style, properties) => Event::Scalar(Cow::Owned(value.into_owned()), style, properties),
            Self::Document => Event::Document,
            Self::DocumentEnd => Event::DocumentEnd,
            Self::Alias(anchor) => Event::Alias(anchor),
            Self::Sequence(properties) => Event::Sequence(properties),
            Self::SequenceEnd => Event::SequenceEnd,
            Self::Mapping(properties) => Event::Mapping(properties),
            Self::MappingEnd => Event::MappingEnd,
            Self::End => Event::End,
        }
    }
}

/// What stands before a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Properties {
    /// The parser's number for the anchor; 0 without one.
    pub(super) anchor: usize,
    pub(super) tagged: bool,
}

/// Why there is no next event.
pub(super) enum Failure {
    Broken(YamlError),
    /// The line at this offset is indented too little for the brackets it is in.
    Dedent(usize, YamlError),
    /// A line of the quoted text that opens at this offset is indented too little.
    Quoted(usize, YamlError),
}

impl Failure {
    /// The same, whose error stands where `place` says.
    pub(super) fn placed(self, place: impl Fn(usize) -> usize) -> Self {
        let moved = |error: YamlError| YamlError {
            span: Span::new(place(error.span.start), place(error.span.end)),
            message: error.message,
        };
        match self {
            Self::Broken(error) => Self::Broken(moved(error)),
            Self::Dedent(at, error) => Self::Dedent(at, moved(error)),
            Self::Quoted(at, error) => Self::Quoted(at, moved(error)),
        }
    }
}

impl From<YamlError> for Failure {
    fn from(error: YamlError) -> Self {
        Self::Broken(error)
    }
}

/// Events pulled one by one: the parser's own loop recurses as deep as the document nests.
pub(super) struct Parsed<'s> {
    parser: Parser<Chars<'s>>,
    places: Places<'s>,
}

impl<'s> Parsed<'s> {
    /// Events of `text`, whose first `bom` bytes are no YAML.
    pub(super) fn new(text: &'s str, bom: usize) -> Self {
        Self { parser: Parser::new_from_str(&text[bom..]), places: Places::new(text, bom) }
    }

    /// The next event and the offset of its mark: exact for flow scalars, aliases and brackets; the first
    /// content character of a block scalar; the start of a block collection has none that is of use.
    pub(super) fn next(&mut self) -> Result<(Event<'s>, usize), Failure> {
        loop {
            let (raw, mark) = self.parser.next_token().map_err(|error| {
                let at = self.places.offset(error.marker());
                let explained = explain(self.places.text, at, error.info());
                match error.info() {
                    "invalid indentation" | "invalid indentation in flow construct" => Failure::Dedent(at, explained),
                    "invalid indentation in quoted scalar" => Failure::Quoted(at, explained),
                    _ => Failure::Broken(explained),
                }
            })?;
            let event = match raw {
                Raw::Nothing | Raw::StreamStart => continue,
                Raw::StreamEnd => Event::End,
                Raw::DocumentStart => Event::Document,
                Raw::DocumentEnd => Event::DocumentEnd,
                Raw::Alias(anchor) => Event::Alias(anchor),
                Raw::Scalar(value, style, anchor, tag) => {
                    Event::Scalar(Cow::Owned(value), style_of(style), Properties { anchor, tagged: tag.is_some() })
                }
                Raw::SequenceStart(anchor, tag) => Event::Sequence(Properties { anchor, tagged: tag.is_some() }),
                Raw::SequenceEnd => Event::SequenceEnd,
                Raw::MappingStart(anchor, tag) => Event::Mapping(Properties { anchor, tagged: tag.is_some() }),
                Raw::MappingEnd => Event::MappingEnd,
            };
            return Ok((event, self.places.offset(&mark)));
        }
    }
}

fn style_of(style: TScalarStyle) -> Style {
    match style {
        TScalarStyle::Plain => Style::Plain,
        TScalarStyle::SingleQuoted => Style::SingleQuoted,
        TScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        TScalarStyle::Literal => Style::Literal,
        TScalarStyle::Folded => Style::Folded,
    }
}

/// From the parser's lines and columns (code points) to bytes. Marks come almost in order, so on a line
/// with other than ASCII the way from the last one is short: linear over a whole file.
struct Places<'s> {
    text: &'s str,
    /// Where each line starts. The parser also ends a line at a lone carriage return.
    lines: Vec<usize>,
    line: usize,
    ascii: bool,
    column: usize,
    byte: usize,
}

impl<'s> Places<'s> {
    fn new(text: &'s str, bom: usize) -> Self {
        let bytes = text.as_bytes();
        let breaks = memchr::memchr2_iter(b'\n', b'\r', bytes);
        let breaks = breaks.filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
        let lines = std::iter::once(bom).chain(breaks.map(|at| at + 1)).collect();
        Self { text, lines, line: usize::MAX, ascii: true, column: 0, byte: 0 }
    }

    fn offset(&mut self, mark: &Marker) -> usize {
        let line = mark.line().saturating_sub(1);
        let Some(&start) = self.lines.get(line) else { return self.text.len() };
        let end = self.lines.get(line + 1).copied().unwrap_or(self.text.len());
        if line != self.line {
            let ascii = self.text.as_bytes()[start..end].is_ascii();
            (self.line, self.ascii, self.column, self.byte) = (line, ascii, 0, start);
        }
        if self.ascii {
            return (start + mark.col()).min(end);
        }
        if mark.col() >= self.column {
            // Inside a block scalar the parser counts bytes as columns: its marks may lie past the end.
            for character in self.text[self.byte..end].chars().take(mark.col() - self.column) {
                self.byte += character.len_utf8();
                self.column += 1;
            }
        } else {
            for character in self.text[start..self.byte].chars().rev().take(self.column - mark.col()) {
                self.byte -= character.len_utf8();
                self.column -= 1;
            }
        }
        self.byte
    }
}

#[cfg(test)]
impl Event<'_> {
    /// All that the tree is built from: the offsets of block collections and of what is not written are of no use.
    pub(super) fn shown(&self, at: usize, text: &str) -> String {
        let bracket = || text[at..].starts_with(['[', '{']).then_some(at);
        match self {
            Self::Document => "document".to_owned(),
            Self::DocumentEnd => "document end".to_owned(),
            Self::Scalar(value, Style::Plain, properties) if value.is_empty() => format!("nothing {properties:?}"),
            Self::Scalar(value, style, properties) => format!("{value:?} {style:?} {properties:?} at {at}"),
            Self::Alias(anchor) => format!("alias {anchor}"),
            Self::Sequence(properties) => format!("sequence {properties:?} {:?}", bracket()),
            Self::SequenceEnd => "sequence end".to_owned(),
            Self::Mapping(properties) => format!("mapping {properties:?} {:?}", bracket()),
            Self::MappingEnd => "mapping end".to_owned(),
            Self::End => "end".to_owned(),
        }
    }
}

/// What the parser says of a text.
#[cfg(test)]
pub(super) fn parsed(text: &str) -> Option<Vec<(Event<'_>, usize)>> {
    let mut parser = Parsed::new(text, 0);
    let mut events = Vec::new();
    loop {
        events.push(parser.next().ok()?);
        if let Some((Event::End, _)) = events.last() {
            return Some(events);
        }
    }
}
