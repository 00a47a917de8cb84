//! Events of the YAML that nearly all workflows are written in, read line by line: block collections, texts on one
//! line, block texts, and brackets that close on their line. Of a file that holds anything else it reads nothing:
//! anchors, tags, most escapes, tabs, a second document, and whatever is wrong are the parser's. What both read, both
//! read alike.

use std::borrow::Cow;

use memchr::{memchr, memchr2_iter, memchr3};

use super::event::{Event, Properties};
use super::tree::Style;

/// How deep collections nest in files that are read here.
const DEEPEST: usize = 48;
/// How long a key may be. The parser takes those up to 1024 characters.
const LONGEST_KEY: usize = 1000;
/// The column of what stands behind the end.
const END: isize = -1;
const BARE: Properties = Properties { anchor: 0, tagged: false };

/// The events of `text` with their offsets, or nothing.
pub(super) fn events(text: &str) -> Option<Vec<(Event<'_>, usize)>> {
    if text.contains('\u{feff}') {
        return None;
    }
    if memchr(b'\r', text.as_bytes()).is_none() {
        return read(text);
    }
    // A file from Windows is read as if its lines ended as others do.
    let unix = text.replace("\r\n", "\n");
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', unix.as_bytes()).collect();
    if unix.len() + ends.len() != text.len() || memchr(b'\r', unix.as_bytes()).is_some() {
        return None;
    }
    let there = |at: usize| at + ends.partition_point(|end| *end < at);
    let all = read(&unix)?.into_iter().map(|(event, at)| (event.into_owned(), there(at)));
    Some(all.collect())
}

/// The events of a text whose lines end in `\n` alone.
fn read(text: &str) -> Option<Vec<(Event<'_>, usize)>> {
    let mut reader = Reader { text, bytes: text.as_bytes(), pos: 0, line: 0, depth: 0, events: Vec::new() };
    reader.events.reserve(text.len() / 24);
    reader.document()?;
    Some(reader.events)
}

struct Reader<'s> {
    text: &'s str,
    bytes: &'s [u8],
    pos: usize,
    /// Where the line at hand starts.
    line: usize,
    depth: usize,
    events: Vec<(Event<'s>, usize)>,
}

/// A text on one line.
struct Inline {
    style: Style,
    /// With its quotes.
    start: usize,
    end: usize,
    /// It is not written as it is meant.
    escapes: bool,
}

/// What a character stands for behind a backslash in double quotes.
fn unescaped(byte: u8) -> Option<char> {
    match byte {
        b'"' => Some('"'),
        b'\\' => Some('\\'),
        b'/' => Some('/'),
        b'n' => Some('\n'),
        b't' => Some('\t'),
        _ => None,
    }
}

/// The text between the quotes as it is meant.
fn meant(text: &str, style: Style) -> String {
    if style == Style::SingleQuoted {
        return text.replace("''", "'");
    }
    let mut letters = text.chars();
    let mut meant = String::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        let escaped = (letter == '\\').then(|| letters.next()).flatten();
        meant.extend(escaped.map_or(Some(letter), |escaped| unescaped(u8::try_from(escaped).ok()?)));
    }
    meant
}

impl<'s> Reader<'s> {
    fn document(&mut self) -> Option<()> {
        let mut column = self.next_of_any()?;
        if column == 0 && self.bytes[self.pos..].starts_with(b"---") && self.is_blank(self.pos + 3) {
            self.pos += 3;
            self.end_line()?;
            column = self.next()?;
        } else if column == 0 && self.is_marker() {
            return None;
        }
        self.emit(Event::Document, self.pos);
        let first = self.events.len();
        let behind = if column == END { return None } else { self.node(column, END)? };
        let is_collection = matches!(self.events.get(first), Some((Event::Mapping(_) | Event::Sequence(_), _)));
        if behind != END || !is_collection {
            return None;
        }
        self.emit(Event::DocumentEnd, self.pos);
        self.emit(Event::End, self.pos);
        Some(())
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// Whether a space or the line's end is there.
    fn is_blank(&self, at: usize) -> bool {
        matches!(self.byte(at), None | Some(b' ' | b'\n'))
    }

    fn is_line_end(&self, at: usize) -> bool {
        matches!(self.byte(at), None | Some(b'\n'))
    }

    /// Whether a list item begins here.
    fn is_item(&self, at: usize) -> bool {
        self.byte(at) == Some(b'-') && self.is_blank(at + 1)
    }

    fn skip_spaces(&self, mut at: usize) -> usize {
        while self.byte(at) == Some(b' ') {
            at += 1;
        }
        at
    }

    fn line_end(&self, at: usize) -> usize {
        memchr(b'\n', &self.bytes[at..]).map_or(self.bytes.len(), |length| at + length)
    }

    fn emit(&mut self, event: Event<'s>, at: usize) {
        self.events.push((event, at));
    }

    fn emit_inline(&mut self, inline: &Inline) {
        let quote = usize::from(inline.style != Style::Plain);
        let written = &self.text[inline.start + quote..inline.end - quote];
        let value = if inline.escapes { meant(written, inline.style).into() } else { written.into() };
        self.emit(Event::Scalar(value, inline.style, BARE), inline.start);
    }

    fn emit_nothing(&mut self) {
        self.emit(Event::Scalar(Cow::Borrowed(""), Style::Plain, BARE), self.pos);
    }

    /// Passes the rest of a line that holds nothing more but a comment.
    fn end_line(&mut self) -> Option<()> {
        let at = self.skip_spaces(self.pos);
        let is_over = self.is_line_end(at) || self.byte(at) == Some(b'#') && at > self.pos;
        self.pos = (self.line_end(at) + 1).min(self.bytes.len());
        is_over.then_some(())
    }

    /// From a line's start to what stands next, which begins no other document: its column.
    fn next(&mut self) -> Option<isize> {
        let column = self.next_of_any()?;
        (column != 0 || !self.is_marker()).then_some(column)
    }

    fn next_of_any(&mut self) -> Option<isize> {
        loop {
            self.line = self.pos;
            self.pos = self.skip_spaces(self.pos);
            match self.byte(self.pos) {
                None => return Some(END),
                Some(b'\n') => self.pos += 1,
                Some(b'#') => self.pos = (self.line_end(self.pos) + 1).min(self.bytes.len()),
                Some(b'\t') => return None,
                Some(_) => break,
            }
        }
        Some((self.pos - self.line) as isize)
    }

    fn is_marker(&self) -> bool {
        let rest = &self.bytes[self.pos..];
        (rest.starts_with(b"---") || rest.starts_with(b"...")) && self.is_blank(self.pos + 3)
    }

    fn deeper(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= DEEPEST).then_some(())
    }

    /// What stands here by itself, in a collection at column `parent`; the column of what follows.
    fn node(&mut self, column: isize, parent: isize) -> Option<isize> {
        if self.is_item(self.pos) { self.sequence(column) } else { self.entry_or_value(column, parent) }
    }

    /// A mapping whose first key stands here, or a value.
    fn entry_or_value(&mut self, column: isize, parent: isize) -> Option<isize> {
        if matches!(self.byte(self.pos)?, b'[' | b'{' | b'|' | b'>') {
            return self.value(parent);
        }
        let (_, colon) = self.inline(self.pos)?;
        if colon.is_some() { self.mapping(column) } else { self.value(parent) }
    }

    fn sequence(&mut self, column: isize) -> Option<isize> {
        self.deeper()?;
        self.emit(Event::Sequence(BARE), self.pos);
        let behind = loop {
            let at = self.skip_spaces(self.pos + 1);
            let next = if self.is_line_end(at) || self.byte(at) == Some(b'#') {
                self.pos += 1;
                self.below(column)?
            } else {
                self.pos = at;
                self.node((at - self.line) as isize, column)?
            };
            if next > column {
                return None;
            }
            if next < column || !self.is_item(self.pos) {
                break next;
            }
        };
        self.emit(Event::SequenceEnd, self.pos);
        self.depth -= 1;
        Some(behind)
    }

    /// What stands on the lines below, farther in than `column`, or nothing.
    fn below(&mut self, column: isize) -> Option<isize> {
        self.end_line()?;
        let next = self.next()?;
        self.farther_in(next, column)
    }

    /// What begins here at `next`, where that is farther in than `column`, or nothing.
    fn farther_in(&mut self, next: isize, column: isize) -> Option<isize> {
        if next > column {
            return self.node(next, column);
        }
        self.emit_nothing();
        Some(next)
    }

    fn mapping(&mut self, column: isize) -> Option<isize> {
        self.deeper()?;
        self.emit(Event::Mapping(BARE), self.pos);
        let behind = loop {
            if self.is_item(self.pos) {
                return None;
            }
            let (key, colon) = self.inline(self.pos)?;
            let colon = colon.filter(|_| key.end - key.start < LONGEST_KEY)?;
            self.emit_inline(&key);
            self.pos = colon + 1;
            let at = self.skip_spaces(self.pos);
            let next = if self.is_line_end(at) || self.byte(at) == Some(b'#') {
                self.value_below(column)?
            } else {
                self.pos = at;
                self.value(column)?
            };
            if next > column {
                return None;
            }
            if next < column {
                break next;
            }
        };
        self.emit(Event::MappingEnd, self.pos);
        self.depth -= 1;
        Some(behind)
    }

    /// The value of a key that nothing follows on its line. A list may stand as far out as the key.
    fn value_below(&mut self, column: isize) -> Option<isize> {
        self.end_line()?;
        let next = self.next()?;
        if next == column && self.is_item(self.pos) {
            return self.sequence(column);
        }
        self.farther_in(next, column)
    }

    /// A value that begins here and is no block collection.
    fn value(&mut self, parent: isize) -> Option<isize> {
        match self.byte(self.pos)? {
            b'[' | b'{' => self.flow()?,
            b'|' | b'>' => return self.block_text(parent),
            _ => {
                let (inline, colon) = self.inline(self.pos)?;
                if colon.is_some() {
                    return None;
                }
                self.pos = inline.end;
                if inline.style == Style::Plain {
                    return self.plain_text(&inline, parent);
                }
                self.emit_inline(&inline);
            }
        }
        self.end_line()?;
        self.next()
    }

    /// The text at `start`, up to its line's end, a comment, or the colon that makes it a key: where that is.
    fn inline(&self, start: usize) -> Option<(Inline, Option<usize>)> {
        if matches!(self.byte(start)?, b'"' | b'\'') {
            let inline = self.quoted(start)?;
            let behind = self.skip_spaces(inline.end);
            let is_key = self.byte(behind) == Some(b':') && self.is_blank(behind + 1);
            return Some((inline, is_key.then_some(behind)));
        }
        self.can_begin_plain(start).then_some(())?;
        let line = &self.bytes[start..self.line_end(start)];
        let is_end = |at: &usize| match line[*at] {
            b':' => matches!(line.get(at + 1), None | Some(b' ')),
            _ => *at > 0 && line[at - 1] == b' ',
        };
        let stop = memchr2_iter(b':', b'#', line).find(is_end);
        let text = &line[..stop.unwrap_or(line.len())];
        if memchr(b'\t', line).is_some() {
            return None;
        }
        let end = start + text.trim_ascii_end().len();
        let colon = stop.filter(|at| line[*at] == b':').map(|at| start + at);
        Some((Inline { style: Style::Plain, start, end, escapes: false }, colon))
    }

    fn can_begin_plain(&self, at: usize) -> bool {
        match self.byte(at) {
            Some(b'-') => !self.is_blank(at + 1),
            Some(byte) => !b"?:,[]{}#&*!|>'\"%@` \t\n".contains(&byte),
            None => false,
        }
    }

    /// A quoted text that ends on its line, with no escapes but those that stand for one plain character.
    fn quoted(&self, start: usize) -> Option<Inline> {
        let quote = self.bytes[start];
        let (style, escape) = match quote {
            b'"' => (Style::DoubleQuoted, b'\\'),
            _ => (Style::SingleQuoted, quote),
        };
        let (mut at, mut escapes) = (start + 1, false);
        loop {
            at += memchr3(quote, b'\n', escape, &self.bytes[at..])?;
            match self.bytes[at] {
                b'\n' => return None,
                b'\\' => unescaped(self.byte(at + 1)?).map(drop)?,
                // A single quote stands in quotes twice.
                b'\'' if self.byte(at + 1) == Some(b'\'') => {}
                _ => return Some(Inline { style, start, end: at + 1, escapes }),
            }
            escapes = true;
            at += 2;
        }
    }

    /// A text without quotes, with the lines that go on with it: those farther in than `parent`.
    fn plain_text(&mut self, first: &Inline, parent: isize) -> Option<isize> {
        let mut value = Cow::Borrowed(&self.text[first.start..first.end]);
        loop {
            let ends = self.byte(self.skip_spaces(self.pos)) == Some(b'#');
            self.end_line()?;
            let from = self.pos;
            let next = self.next()?;
            if ends || next <= parent {
                self.emit(Event::Scalar(value, Style::Plain, BARE), first.start);
                return Some(next);
            }
            let between = &self.bytes[from..self.line];
            // A comment would end it.
            if between.iter().any(|byte| !matches!(byte, b' ' | b'\n')) {
                return None;
            }
            let line = &self.bytes[self.pos..self.line_end(self.pos)];
            if line.iter().any(|byte| matches!(byte, b':' | b'#' | b'\t')) {
                return None;
            }
            let empty = memchr::memchr_iter(b'\n', between).count();
            let value = value.to_mut();
            if empty == 0 {
                value.push(' ');
            }
            (0..empty).for_each(|_| value.push('\n'));
            let end = self.pos + line.trim_ascii_end().len();
            value.push_str(&self.text[self.pos..end]);
            self.pos = end;
        }
    }

    /// `|` and `>`, in a collection at column `parent`.
    fn block_text(&mut self, parent: isize) -> Option<isize> {
        let style = if self.bytes[self.pos] == b'|' { Style::Literal } else { Style::Folded };
        let chomps = self.byte(self.pos + 1).filter(|byte| matches!(byte, b'+' | b'-'));
        self.pos += 1 + usize::from(chomps.is_some());
        self.end_line()?;
        let (mut empty, mut widest) = (0, 0);
        let indent = loop {
            let at = self.skip_spaces(self.pos);
            match self.byte(at)? {
                b'\n' => (empty, widest, self.pos) = (empty + 1, widest.max(at - self.pos), at + 1),
                b'\t' => return None,
                _ => break at - self.pos,
            }
        };
        if indent == 0 || indent as isize <= parent || indent < widest {
            return None;
        }
        let content = self.pos + indent;
        let value = self.block_lines(style == Style::Folded, chomps, indent, empty)?;
        // What is farther in than the collection, and not far enough for the text, is wrong.
        let next = self.next()?;
        self.emit(Event::Scalar(Cow::Owned(value), style, BARE), content);
        (next <= parent).then_some(next)
    }

    /// The lines of a block text, `indent` spaces in, with so many empty ones before the first.
    fn block_lines(&mut self, folds: bool, chomps: Option<u8>, indent: usize, mut empty: usize) -> Option<String> {
        let mut value = String::new();
        // Whether a line's end stands before the line at hand, and whether the line before began with white space.
        let (mut is_behind, mut was_blank) = (false, false);
        loop {
            let start = self.pos + indent;
            let end = self.line_end(start);
            let is_blank = matches!(self.bytes[start], b' ' | b'\t');
            match (folds && is_behind && !was_blank && !is_blank, empty) {
                (true, 0) => value.push(' '),
                (true, _) => {}
                (false, _) if is_behind => value.push('\n'),
                (false, _) => {}
            }
            (0..empty).for_each(|_| value.push('\n'));
            value.push_str(&self.text[start..end]);
            (empty, was_blank) = (0, is_blank);
            if end == self.bytes.len() {
                self.pos = end;
                break;
            }
            (is_behind, self.pos) = (true, end + 1);
            let at = loop {
                let spaces = self.bytes[self.pos..].iter().take(indent).take_while(|byte| **byte == b' ').count();
                let at = self.pos + spaces;
                if self.byte(at) != Some(b'\n') {
                    break at;
                }
                (empty, self.pos) = (empty + 1, at + 1);
            };
            match self.byte(at) {
                // A last line of nothing but spaces.
                None if at > self.pos => return None,
                None => break,
                Some(b'\t') if at - self.pos < indent => return None,
                Some(_) if at - self.pos < indent => break,
                Some(_) => {}
            }
        }
        match chomps {
            Some(b'-') => {}
            // The parser gives the file's last line the end that it lacks.
            Some(_) => (0..=empty).for_each(|_| value.push('\n')),
            None => value.push('\n'),
        }
        Some(value)
    }

    /// Brackets that close on their line.
    fn flow(&mut self) -> Option<()> {
        self.deeper()?;
        let is_mapping = self.bytes[self.pos] == b'{';
        let close = if is_mapping { b'}' } else { b']' };
        self.emit(if is_mapping { Event::Mapping(BARE) } else { Event::Sequence(BARE) }, self.pos);
        self.pos = self.skip_spaces(self.pos + 1);
        let mut is_open = self.byte(self.pos) != Some(close);
        while is_open {
            if is_mapping {
                self.flow_text()?;
                let colon = self.skip_spaces(self.pos);
                (self.byte(colon) == Some(b':') && self.byte(colon + 1) == Some(b' ')).then_some(())?;
                self.pos = self.skip_spaces(colon + 1);
            }
            match self.byte(self.pos)? {
                b'[' | b'{' => self.flow()?,
                _ => self.flow_text()?,
            }
            self.pos = self.skip_spaces(self.pos);
            is_open = self.byte(self.pos)? == b',';
            if is_open {
                self.pos = self.skip_spaces(self.pos + 1);
            }
        }
        (self.byte(self.pos) == Some(close)).then_some(())?;
        self.pos += 1;
        self.emit(if is_mapping { Event::MappingEnd } else { Event::SequenceEnd }, self.pos);
        self.depth -= 1;
        Some(())
    }

    /// A text between brackets.
    fn flow_text(&mut self) -> Option<()> {
        let start = self.pos;
        let inline = if matches!(self.byte(start)?, b'"' | b'\'') {
            self.quoted(start)?
        } else {
            self.can_begin_plain(start).then_some(())?;
            let is_flow = |at: usize| self.byte(at).is_some_and(|byte| b",[]{}".contains(&byte));
            let mut end = start;
            loop {
                match self.byte(end)? {
                    b'\n' | b'\t' => return None,
                    b'#' if self.bytes[end - 1] == b' ' => return None,
                    b':' if self.is_blank(end + 1) || is_flow(end + 1) => break,
                    _ if is_flow(end) => break,
                    _ => end += 1,
                }
            }
            let text = self.bytes[start..end].trim_ascii_end();
            // A `-` alone is no text there.
            (text != b"-" && !text.is_empty()).then_some(())?;
            Inline { style: Style::Plain, start, end: start + text.len(), escapes: false }
        };
        self.emit_inline(&inline);
        self.pos = inline.end;
        Some(())
    }
}

/// That the parser says the same of a text, in every test that reads one.
#[cfg(test)]
pub(super) fn agree(text: &str, own: &[(Event<'_>, usize)]) {
    let theirs = super::event::parsed(text).unwrap_or_else(|| panic!("the parser does not read {text:?}"));
    let shown =
        |events: &[(Event<'_>, usize)]| events.iter().map(|(event, at)| event.shown(*at, text)).collect::<Vec<_>>();
    assert_eq!(shown(own), shown(&theirs), "{text:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether this reader says anything of a text.
    fn reads(text: &str) -> bool {
        let own = events(text);
        own.iter().for_each(|own| agree(text, own));
        own.is_some()
    }

    #[test]
    fn what_workflows_are_written_in() {
        for text in [
            "on: push\njobs:\n  a:\n    steps:\n    - run: x\n    - uses: y # why\n      with: {a: b, c: [d, 'e']}\n",
            "# a\n---\n- a\n-\n- b: c\n  d:\n-\n  - e\n  - - f\n",
            "run: |\n  a\n\n    b\n \n\nif: >-\n  a\n  b\n\n  c\n   d\n  e\nk: |+\n\n  x\n\nl: |-\n  last",
            "a: b\n  c\n\n  d\ne: 'x' # y\n\"f\": \"\"\ng:\n  h\n  i\nj: [a:b, -c]\nk: ${{ x }}\n",
            "a:\n  # b\nc: | # d\n  é\n# e\nf: ünï # g\n",
            "a: 'b''c'\n'''': ['''', 'x''']\nd: '' # e\n",
            "a: \"\\n\\t\\\"\\\\\\/é\"\n\"\\\"\": {\"b\": \"\\\\\"}\n",
        ] {
            assert!(reads(text), "{text}");
            assert!(reads(&text.replace('\n', "\r\n")), "{text:?} with the line ends of Windows");
        }
    }

    #[test]
    fn what_is_left_to_the_parser() {
        for text in [
            "",
            "a",
            "a: b: c\n",
            "a: &b c\n",
            "a: *b\n",
            "a: !b c\n",
            "a:\tb\n",
            "a: \"\\x41\"\n",
            "a: \"\\\n  b\"\n",
            "a: [b,\n  c]\n",
            "a: b\n c: d\n",
            "a: |\n    b\n  c\n",
            "a: |2\n  b\n",
            "a: b\r\nc: d\n",
            "a: b\rc: d\r\n",
            "a: b\n---\nc: d\n",
            "a: [b: c]\n",
            "- a\nb: c\n",
            "a: [b\n",
            "a: {b}\n",
            "? a\n",
            "a: |\nb: c\n",
            "a: \"b\n  c\"\n",
            "a: 'b' c\n",
            "%YAML 1.2\n---\na: b\n",
        ] {
            assert!(!reads(text), "{text}");
        }
    }
}
