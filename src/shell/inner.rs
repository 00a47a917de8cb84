//! Scripts inside words: `sh -c '…'`, `trap '…' EXIT`, a heredoc that a shell reads.

use super::remap::Origins;
use super::{Node, Part, Piece, Quote, Script, Word, parse};
use std::ops::Range;

/// The text of a word, with where each of its bytes comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Inner {
    /// What the inner shell is given, as far as it is known; what the outer shell or the forge
    /// replaces stands in it as it was written.
    pub text: String,
    /// The outer shell replaces something in it: `sh -c "rm $X"`.
    pub expands: bool,
    /// What of [`Inner::text`] it replaces, in order.
    replaced: Vec<Range<usize>>,
    origins: Origins,
}

/// The script that `word`, a word of `source`, holds; nothing when its text cannot be told.
pub fn reparse(source: &str, word: &Word) -> Option<Inner> {
    let mut inner = Inner { text: String::new(), expands: false, replaced: Vec::new(), origins: Origins::default() };
    // In a word a double quote stands before what it quotes, in a heredoc's body nothing does.
    let heredoc = word.pieces.first().is_some_and(|first| {
        let before = source.get(word.span.start..first.span.start);
        first.quote == Quote::Double && before.is_some_and(|before| !before.contains('"'))
    });
    for piece in &word.pieces {
        inner.piece(source, piece, heredoc)?;
    }
    inner.open_quotes();
    Some(inner)
}

impl Inner {
    /// The inner script; its ranges are those of the outer text.
    pub fn parse(&self) -> Script {
        self.placed(parse(&self.text))
    }

    /// [`Inner::text`], parsed, as it stands in the outer text.
    pub fn placed(&self, mut script: Script) -> Script {
        if self.expands {
            script.mark_outer(&self.replaced);
        }
        script.map_ranges(&mut |range| self.outer(range));
        script
    }

    /// Where a range of the inner text stands in the outer one.
    pub fn outer(&self, range: Range<usize>) -> Range<usize> {
        self.origins.outer(range)
    }

    /// What the outer shell replaces counts between single quotes as well: `sh -c "rm '$X'"`. They are closed around
    /// it, as in `'"$X"'`.
    fn open_quotes(&mut self) {
        if self.replaced.is_empty() || !self.text.contains('\'') {
            return;
        }
        let mut single: Vec<Range<usize>> = Vec::new();
        parse(&self.text).visit(&mut |node| {
            let Node::Word(word) = node else { return };
            let pieces = word.pieces.iter().filter(|piece| piece.quote == Quote::Single);
            single.extend(pieces.map(|piece| piece.span.clone()));
        });
        let mut added = 0;
        for range in &mut self.replaced {
            let is_quoted = single.iter().any(|piece| piece.start <= range.start && range.end <= piece.end);
            *range = range.start + added..range.end + added;
            if !is_quoted {
                continue;
            }
            for (at, quotes) in [(range.end, "\"'"), (range.start, "'\"")] {
                self.text.insert_str(at, quotes);
                self.origins.insert(at, quotes.len());
                added += quotes.len();
            }
            *range = range.start + "'\"".len()..range.end + "'\"".len();
        }
    }

    fn piece(&mut self, source: &str, piece: &Piece, heredoc: bool) -> Option<()> {
        let written = source.get(piece.span.clone())?;
        match &piece.part {
            Part::Literal(_) if piece.quote == Quote::Ansi => None,
            Part::Literal(text) => self.literal(text, written, piece, heredoc),
            Part::Process(_) => None,
            other => {
                let start = self.text.len();
                self.text.push_str(written);
                if !matches!(other, Part::Expression(_)) {
                    self.expands = true;
                    self.replaced.push(start..self.text.len());
                }
                self.origins.copied(piece.span.clone());
                Some(())
            }
        }
    }

    /// Finds each byte of a literal in what was written for it: what is missing is a backslash, a
    /// continued line, a carriage return, or a tab that `<<-` takes away.
    fn literal(&mut self, text: &str, written: &str, piece: &Piece, heredoc: bool) -> Option<()> {
        let mut at = 0;
        for byte in text.bytes() {
            let (skipped, length) = find(byte, written.as_bytes().get(at..)?, piece.quote, heredoc)?;
            at += skipped;
            self.origins.push(piece.span.start + at..piece.span.start + at + length);
            at += length;
        }
        self.text.push_str(text);
        Some(())
    }
}

/// How many bytes were written before those that stand for `byte`, and how many do.
fn find(byte: u8, written: &[u8], quote: Quote, heredoc: bool) -> Option<(usize, usize)> {
    let mut at = 0;
    loop {
        let rest = written.get(at..)?;
        let continued =
            [&b"\\\n"[..], b"\\\r\n"].into_iter().find(|end| quote != Quote::Single && rest.starts_with(end));
        match rest {
            _ if continued.is_some() => at += continued.map_or(0, <[u8]>::len),
            [b'\\', next, ..] if is_escape(*next, quote, heredoc) => return (*next == byte).then_some((at, 2)),
            [first, ..] if *first == byte => return Some((at, 1)),
            [b'\r' | b'\t', ..] => at += 1,
            _ => return None,
        }
    }
}

/// Whether a backslash before this byte is taken away.
fn is_escape(next: u8, quote: Quote, heredoc: bool) -> bool {
    match quote {
        Quote::Bare => true,
        Quote::Double => matches!(next, b'$' | b'`' | b'\\') || next == b'"' && !heredoc,
        Quote::Single | Quote::Ansi => false,
    }
}
