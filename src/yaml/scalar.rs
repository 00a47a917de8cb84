//! Finds a scalar's decoded text again in the file's bytes.
//!
//! The parser's value leads: file and value are walked together, and wherever they differ only a line
//! fold or an escape may explain it. If the walk fails the text is opaque: reported on, never edited.

use super::tree::Style;
use crate::source::{Run, Span};

/// Where a scalar stands.
pub(super) struct ScalarPlace {
    /// The scalar as written, from its first indicator or quote to its last character.
    pub(super) span: Span,
    /// All bytes its text was decoded from; a block scalar's last line break is in here.
    pub(super) whole: Span,
    pub(super) content: Content,
    /// How many line breaks the parser made up at the value's end: it gives the file's last line one that
    /// it lacks, which libyaml and go-yaml do not.
    pub(super) made_up: usize,
}

/// How the text comes back to bytes.
pub(super) enum Content {
    /// It stands there as it is.
    Verbatim(Span),
    Runs(Vec<Run>),
    Opaque,
}

/// Finds a plain or quoted scalar that starts at `start`.
pub(super) fn find_flow(text: &str, start: usize, style: Style, value: &str) -> ScalarPlace {
    let quote = match style {
        Style::SingleQuoted => "'",
        Style::DoubleQuoted => "\"",
        _ => "",
    };
    let inner = start + quote.len();
    let end = inner + value.len();
    // Line breaks are never what they seem in these styles: they fold.
    let same = text.as_bytes().get(inner..end) == Some(value.as_bytes())
        && memchr::memchr2(b'\n', b'\r', value.as_bytes()).is_none();
    let plain_escape = style == Style::DoubleQuoted && value.contains('\\');
    if same
        && !plain_escape
        && text[end..].starts_with(quote)
        && !(style == Style::SingleQuoted && value.contains('\''))
    {
        let whole = Span::new(start, end + quote.len());
        return ScalarPlace { span: whole, whole, content: Content::Verbatim(Span::new(inner, end)), made_up: 0 };
    }
    let mut walk = Walk { text, value, file: inner, decoded: 0, made_up: 0, runs: Vec::new() };
    match walk.flow(style).filter(|_| text[walk.file..].starts_with(quote)) {
        Some(()) => {
            let whole = Span::new(start, walk.file + quote.len());
            ScalarPlace { span: whole, whole, content: Content::Runs(walk.runs), made_up: 0 }
        }
        None => {
            let whole = Span::new(start, end_of_flow(text, inner, style));
            ScalarPlace { span: whole, whole, content: Content::Opaque, made_up: 0 }
        }
    }
}

/// Where a scalar ends: at its closing quote, or its line's end.
pub(super) fn end_of_flow(text: &str, inner: usize, style: Style) -> usize {
    let bytes = text.as_bytes();
    let mut at = inner;
    while let Some(&byte) = bytes.get(at) {
        match (style, byte) {
            (Style::DoubleQuoted, b'\\') => at += 1,
            (Style::SingleQuoted, b'\'') if bytes.get(at + 1) == Some(&b'\'') => at += 1,
            (Style::DoubleQuoted, b'"') | (Style::SingleQuoted, b'\'') => return at + 1,
            (Style::Plain, b'\n' | b'\r') => return at,
            _ => {}
        }
        at += 1;
    }
    // A backslash may have been the last byte, or half of a longer character.
    text.len()
}

/// Finds a block scalar whose header (`|` or `>`) stands at `header` and ends at `header_end`; its first
/// content character is at `content`, when it has any.
pub(super) fn find_block(text: &str, header: Span, content: usize, style: Style, value: &str) -> ScalarPlace {
    let header_line = line_end(text, header.end);
    let body = header_line + break_at(text, header_line);
    let line = text[..content].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let indent = content - line;
    let mut walk = Walk { text, value, file: body, decoded: 0, made_up: 0, runs: Vec::new() };
    let end = match style {
        Style::Folded => walk.folded(indent),
        _ => walk.literal(indent),
    };
    match end {
        Some(end) => {
            let span = Span::new(header.start, end.unwrap_or(header.end));
            let whole = Span::new(header.start, walk.file.max(span.end));
            ScalarPlace { span, whole, content: Content::Runs(walk.runs), made_up: walk.made_up }
        }
        None => {
            let whole = Span::new(header.start, header.end.max(content));
            ScalarPlace { span: whole, whole, content: Content::Opaque, made_up: 0 }
        }
    }
}

/// Where the line that `at` is on ends, without its break.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find(['\n', '\r']).map_or(text.len(), |length| at + length)
}

/// The length of the line break at `at`: 0 when there is none.
fn break_at(text: &str, at: usize) -> usize {
    match text.as_bytes().get(at..) {
        Some([b'\r', b'\n', ..]) => 2,
        Some([b'\n' | b'\r', ..]) => 1,
        _ => 0,
    }
}

/// The file and the decoded text, walked together.
struct Walk<'s> {
    text: &'s str,
    value: &'s str,
    file: usize,
    decoded: usize,
    made_up: usize,
    runs: Vec<Run>,
}

impl Walk<'_> {
    fn rest(&self) -> &str {
        &self.value[self.decoded..]
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.file).copied()
    }

    /// Notes that `len` bytes are the same in both, and passes them.
    fn same(&mut self, len: usize) {
        match self.runs.last_mut() {
            Some(run) if run.text + run.len == self.decoded && run.file + run.len == self.file => run.len += len,
            _ if len > 0 => self.runs.push(Run { text: self.decoded, file: self.file, len }),
            _ => {}
        }
        self.file += len;
        self.decoded += len;
    }

    /// Notes that a line break of the file is a `\n` of the value.
    fn same_break(&mut self, at: usize) {
        // Of `\r\n` the second byte is the one that stays.
        let length = break_at(self.text, at);
        let (file, after) = (at + length.saturating_sub(1), at + length);
        if self.text.as_bytes().get(file) == Some(&b'\n') {
            self.file = file;
            self.same(1);
        } else {
            self.decoded += 1;
        }
        self.file = after;
    }

    /// A plain or quoted scalar: up to its last character, before the closing quote.
    fn flow(&mut self, style: Style) -> Option<()> {
        while self.decoded < self.value.len() {
            match (style, self.byte()?) {
                (_, b' ' | b'\t' | b'\n' | b'\r') => self.white()?,
                (Style::SingleQuoted, b'\'') => {
                    (self.rest().starts_with('\'') && self.text[self.file..].starts_with("''")).then_some(())?;
                    self.file += 2;
                    self.decoded += 1;
                }
                (Style::DoubleQuoted, b'\\') => self.escape()?,
                (Style::DoubleQuoted, b'"') => return None,
                (_, byte) => {
                    (self.value.as_bytes()[self.decoded] == byte).then_some(())?;
                    self.same(1);
                }
            }
        }
        // An escaped line break may be all that is left.
        while style == Style::DoubleQuoted && self.byte() == Some(b'\\') {
            self.escape()?;
        }
        Some(())
    }

    /// White space: as it is inside a line, folded around line breaks.
    fn white(&mut self) -> Option<()> {
        let bytes = self.text.as_bytes();
        let length = bytes[self.file..].iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))?;
        let white = &bytes[self.file..self.file + length];
        match count_breaks(white) {
            0 => {
                (self.value.as_bytes().get(self.decoded..self.decoded + length) == Some(white)).then_some(())?;
                self.same(length);
            }
            breaks => {
                let folded = if breaks == 1 { " ".to_owned() } else { "\n".repeat(breaks - 1) };
                self.rest().starts_with(&folded).then_some(())?;
                self.file += length;
                self.decoded += folded.len();
            }
        }
        Some(())
    }

    /// An escape in double quotes (<https://yaml.org/spec/1.2.2/#57-escaped-characters>).
    fn escape(&mut self) -> Option<()> {
        let code = *self.text.as_bytes().get(self.file + 1)?;
        if matches!(code, b'\n' | b'\r') {
            // The break is gone, and the white space after it; only further empty lines count.
            let bytes = &self.text.as_bytes()[self.file + 1..];
            let length = bytes.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))?;
            let empty = "\n".repeat(count_breaks(&bytes[..length]) - 1);
            self.rest().starts_with(&empty).then_some(())?;
            self.file += 1 + length;
            self.decoded += empty.len();
            return Some(());
        }
        let digits = match code {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        let character = match code {
            b'0' => '\0',
            b'a' => '\x07',
            b'b' => '\x08',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\x0b',
            b'f' => '\x0c',
            b'r' => '\r',
            b'e' => '\x1b',
            b' ' | b'"' | b'/' | b'\\' => char::from(code),
            b'N' => '\u{85}',
            b'_' => '\u{a0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            _ => {
                let number = self.text.get(self.file + 2..self.file + 2 + digits).filter(|_| digits > 0)?;
                char::from_u32(u32::from_str_radix(number, 16).ok()?)?
            }
        };
        self.rest().starts_with(character).then_some(())?;
        self.file += 2 + digits;
        self.decoded += character.len_utf8();
        Some(())
    }

    /// A `|` scalar. Tells where its last line with text ends.
    fn literal(&mut self, indent: usize) -> Option<Option<usize>> {
        let mut end = None;
        while self.decoded < self.value.len() {
            if self.rest().starts_with('\n') {
                let spaces = self.spaces(indent);
                self.take_break(spaces)?;
                continue;
            }
            let length = self.rest().find('\n').unwrap_or(self.rest().len());
            self.line(indent, length)?;
            end = Some(self.file);
            if self.decoded < self.value.len() {
                self.take_break(0)?;
            }
        }
        Some(end)
    }

    /// A `>` scalar. Tells where its last line with text ends.
    fn folded(&mut self, indent: usize) -> Option<Option<usize>> {
        let mut end = None;
        loop {
            // The break behind the last line, and empty lines.
            let (mut breaks, mut at) = (Vec::new(), self.file);
            loop {
                let spaces = if breaks.is_empty() && end.is_some() { 0 } else { self.spaces_at(at, indent) };
                match break_at(self.text, at + spaces) {
                    0 => break,
                    length => {
                        breaks.push(at + spaces);
                        at += spaces + length;
                    }
                }
            }
            let newlines = self.rest().len() - self.rest().trim_start_matches('\n').len();
            let last = newlines == self.rest().len();
            let kept = match (breaks.len(), newlines) {
                // At the end the parser chomps, and adds the break that the file's last line lacks.
                (found, wanted) if last => &breaks[..found.min(wanted)],
                (found, wanted) if found == wanted => &breaks[..],
                (found, wanted) if found == wanted + 1 && wanted > 0 => &breaks[1..],
                (1, 0) if self.rest().starts_with(' ') => {
                    self.decoded += 1;
                    &breaks[..0]
                }
                _ => return None,
            };
            for &at in kept {
                self.same_break(at);
            }
            if last {
                self.made_up = self.value.len() - self.decoded;
                self.decoded = self.value.len();
                return Some(end);
            }
            self.file = at;
            let length = line_end(self.text, at).checked_sub(at + indent)?;
            (self.rest().len() >= length && length > 0).then_some(())?;
            self.line(indent, length)?;
            end = Some(self.file);
        }
    }

    /// How many spaces, at most `indent`, stand here.
    fn spaces(&self, indent: usize) -> usize {
        self.spaces_at(self.file, indent)
    }

    fn spaces_at(&self, at: usize, indent: usize) -> usize {
        self.text.as_bytes()[at..].iter().take(indent).take_while(|&&byte| byte == b' ').count()
    }

    /// One line of block text: indentation, then `length` bytes that are the same.
    fn line(&mut self, indent: usize, length: usize) -> Option<()> {
        (self.spaces(indent) == indent).then_some(())?;
        let start = self.file + indent;
        let line = self.text.as_bytes().get(start..start + length)?;
        (line == self.value.as_bytes().get(self.decoded..self.decoded + length)?).then_some(())?;
        self.file = start;
        self.same(length);
        Some(())
    }

    /// The break that ends a line, `spaces` further on. At the file's end the parser makes one up.
    fn take_break(&mut self, spaces: usize) -> Option<()> {
        let at = self.file + spaces;
        if break_at(self.text, at) > 0 {
            self.same_break(at);
            return Some(());
        }
        (at == self.text.len()).then_some(())?;
        self.file = at;
        self.decoded += 1;
        self.made_up += 1;
        Some(())
    }
}

fn count_breaks(white: &[u8]) -> usize {
    let breaks = white.iter().enumerate().filter(|&(at, &byte)| match byte {
        b'\n' => true,
        b'\r' => white.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    breaks.count()
}
