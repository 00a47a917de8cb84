//! What of a file is shown around labels: the line of each and some beside it, cut to the columns there are.
//!
//! miette reads the file through this. Its own way goes through all lines before a label for each of them, and shows
//! what is between two labels in the lower half of a long file.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use unicode_width::UnicodeWidthChar;

use super::exact;
use super::wrap::{columns as columns_of, wrapped};
use crate::door::print;
use crate::source::{LineColumn, Source, Span};

/// How many lines are shown on each side of a label's.
const CONTEXT: usize = 2;

/// Columns from one tab stop to the next.
const TAB: usize = 4;

/// So much of a line is looked at on each side of its labels: one line may be a megabyte.
const FARTHEST: usize = 2000;

/// What stands between the middle of a span and the words of its label: `╰── `.
const LEAD: usize = 4;

/// In fewer columns the words of a label are hard to read: the line moves to the left for them.
const NARROWEST: usize = 24;

/// Something to point at, and what to say of it.
pub(super) struct Label {
    pub(super) span: Span,
    pub(super) text: Option<String>,
    pub(super) is_primary: bool,
}

/// Lines of a file as they are shown, with the places of labels in them.
#[derive(Debug)]
pub(super) struct Excerpt {
    path: String,
    /// Where the primary label is in the file.
    place: LineColumn,
    text: String,
    stretches: Vec<Stretch>,
    /// In the order of the text; no two overlap.
    pub(super) labels: Vec<Placed>,
}

/// Lines that follow each other in the file.
#[derive(Debug)]
struct Stretch {
    start: usize,
    end: usize,
    first: usize,
    count: usize,
}

/// A label's place in the excerpt.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Wrapped to the room it has.
    pub(super) text: Option<String>,
    pub(super) is_primary: bool,
}

impl Excerpt {
    /// The lines of the labels in so many columns, line numbers and frame included. Of a label that goes on over
    /// several lines the first counts: what a command or a key begins with says where it is.
    pub(super) fn new(source: &Source, labels: &[Label], width: usize) -> Self {
        let line_of = |label: &Label| source.place(label.span.start).line;
        let lines = shown(source, labels.iter().map(line_of));
        let number = lines.last().map_or(1, |line| line.to_string().len());
        // ` 12 │ `
        let room = width.saturating_sub(number + 4).max(NARROWEST);
        let primary = labels.iter().find(|label| label.is_primary).or(labels.first());
        let mut excerpt = Self {
            path: exact(source.path()),
            place: source.place(primary.map_or(0, |label| label.span.start)),
            text: String::new(),
            stretches: Vec::new(),
            labels: Vec::new(),
        };
        for line in lines {
            let own: Vec<&Label> = labels.iter().filter(|label| line_of(label) == line).collect();
            excerpt.push(source, line, apart(source, line, &own), room);
        }
        excerpt
    }

    /// How many stretches there are.
    pub(super) fn stretches(&self) -> usize {
        self.stretches.len()
    }

    fn push(&mut self, source: &Source, number: usize, labels: Vec<Label>, room: usize) {
        let start = self.text.len();
        let line = Line::new(source, number, &labels);
        let cut = line.cut(&labels, room);
        self.text.push_str(&cut.text);
        let ends = labels.iter().map(|label| (start + cut.at(label.span.start), start + cut.at(label.span.end)));
        let placed = ends.zip(&labels).map(|((from, to), label)| {
            let middle = columns_of(&self.text[start..from]) + columns_of(&self.text[from..to.max(from)]) / 2;
            let room = room.saturating_sub(middle + LEAD).max(NARROWEST / 2);
            let text = label.text.as_ref().map(|text| wrapped(text, room).join("\n"));
            Placed { start: from, end: to.max(from), text, is_primary: label.is_primary }
        });
        let placed: Vec<Placed> = placed.collect();
        self.labels.extend(placed);
        self.text.push('\n');
        let end = self.text.len();
        match self.stretches.last_mut() {
            Some(last) if last.first + last.count == number => (last.end, last.count) = (end, last.count + 1),
            _ => self.stretches.push(Stretch { start, end, first: number, count: 1 }),
        }
    }
}

/// The lines of labels and those beside them. Where one line would be left out it is shown: to say so takes a line too.
fn shown(source: &Source, labels: impl Iterator<Item = usize>) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    for line in labels {
        lines.insert(line);
        let beside = line.saturating_sub(CONTEXT).max(1)..=(line + CONTEXT).min(source.line_count());
        let is_end = |line: usize| line == source.line_count() && source.line(line).is_none_or(Span::is_empty);
        lines.extend(beside.filter(|line| !is_end(*line)));
    }
    let gaps: Vec<usize> = lines.iter().map(|line| line + 1).filter(|line| lines.contains(&(line + 1))).collect();
    lines.extend(gaps);
    lines
}

/// The labels of a line so that no two overlap, for their lines are drawn in one row: of two the one around gives way.
fn apart(source: &Source, line: usize, labels: &[&Label]) -> Vec<Label> {
    let end = source.line(line).map_or(0, |span| span.end);
    let first_line = |label: &&Label| {
        let span = Span::new(label.span.start, label.span.end.min(end).max(label.span.start));
        Label { span, text: label.text.clone(), is_primary: label.is_primary }
    };
    let mut apart: Vec<Label> = labels.iter().map(first_line).collect();
    apart.sort_by_key(|label| (label.span.start, Reverse(label.span.end)));
    let mut at = 0;
    while at + 1 < apart.len() {
        let (one, other) = (apart[at].span, apart[at + 1].span);
        if one == other {
            let second = apart.remove(at + 1);
            apart[at].is_primary |= second.is_primary;
            apart[at].text = match (apart[at].text.take(), second.text) {
                (Some(one), Some(other)) if one != other => Some(format!("{one}; {other}")),
                (one, other) => one.or(other),
            };
        } else if one.end > other.start && one.start < other.start {
            apart[at].span.end = other.start;
            at += 1;
        } else if one.end > other.start {
            // Both begin here: the longer one has what the shorter leaves.
            apart[at].span = Span::new(other.end, one.end);
            apart.sort_by_key(|label| (label.span.start, Reverse(label.span.end)));
        } else {
            at += 1;
        }
    }
    apart
}

/// A character of the file in the column where it is shown.
struct Cell {
    byte: usize,
    shown: char,
    column: usize,
    width: usize,
}

/// A line in cells, as far as it is looked at.
struct Line {
    cells: Vec<Cell>,
    width: usize,
    /// Something of it is left out on this side.
    is_cut: (bool, bool),
}

impl Line {
    fn new(source: &Source, number: usize, labels: &[Label]) -> Self {
        let whole = source.line(number).unwrap_or(Span::new(0, 0));
        let near =
            labels.iter().find(|label| label.is_primary).or(labels.first()).map_or(whole.start, |l| l.span.start);
        let text = source.text();
        let mut start = near.saturating_sub(FARTHEST).max(whole.start);
        let mut end = (near + FARTHEST).min(whole.end).max(start);
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mut line = Self { cells: Vec::new(), width: 0, is_cut: (start > whole.start, end < whole.end) };
        for (at, c) in text[start..end].char_indices() {
            let byte = start + at;
            match c {
                '\t' => (0..TAB - line.width % TAB).for_each(|_| line.push(byte, ' ')),
                // A byte order mark takes no column where lines and columns are counted.
                '\u{feff}' if byte == 0 => {}
                c if print::is_obeyed(c) => line.push(byte, '?'),
                c => line.push(byte, c),
            }
        }
        line
    }

    fn push(&mut self, byte: usize, shown: char) {
        let width = shown.width().unwrap_or(0);
        self.cells.push(Cell { byte, shown, column: self.width, width });
        self.width += width;
    }

    /// The column that a byte is in.
    fn column(&self, byte: usize) -> usize {
        let at = self.cells.partition_point(|cell| cell.byte < byte);
        self.cells.get(at).map_or(self.width, |cell| cell.column)
    }

    /// The line in so many columns, its labels in sight.
    fn cut(&self, labels: &[Label], room: usize) -> Cut {
        let left = self.left(labels, room);
        let (is_cut_left, right) = (left > 0 || self.is_cut.0, left + room);
        let is_cut_right = self.width > right || self.is_cut.1;
        let (from, to) = (left + usize::from(is_cut_left), right - usize::from(is_cut_right));
        let mut cut = Cut { text: String::new(), bytes: Vec::new() };
        if is_cut_left {
            cut.text.push('…');
        }
        let is_shown = |cell: &&Cell| cell.column >= from && cell.column + cell.width <= to;
        for cell in self.cells.iter().filter(is_shown) {
            cut.bytes.push((cell.byte, cut.text.len()));
            cut.text.push(cell.shown);
        }
        if is_cut_right {
            let next = self.cells.iter().find(|cell| cell.column + cell.width > to);
            cut.bytes.extend(next.map(|cell| (cell.byte, cut.text.len())));
            cut.text.push('…');
        }
        cut
    }

    /// How many columns are left out on the left.
    fn left(&self, labels: &[Label], room: usize) -> usize {
        let columns = |label: &Label| (self.column(label.span.start), self.column(label.span.end));
        let main = labels.iter().find(|label| label.is_primary).or(labels.first());
        let Some((mut start, mut end)) = main.map(columns) else { return 0 };
        for (from, to) in labels.iter().map(columns) {
            if end.max(to) - start.min(from) + 2 <= room {
                (start, end) = (start.min(from), end.max(to));
            }
        }
        let mut left = 0;
        if self.width > room && end + 1 > room {
            let spare = room.saturating_sub(2 + end - start);
            let most = self.width.saturating_sub(room);
            left = start.saturating_sub(1 + spare / 2).min(most.max(start.saturating_sub(1)));
        }
        // The words of a label begin below the middle of what they are said of.
        for label in labels {
            let Some(text) = &label.text else { continue };
            let (from, to) = columns(label);
            let middle = from + (to.min(left + room).saturating_sub(from)) / 2;
            let needed = middle + LEAD + columns_of(text).min(NARROWEST);
            left = left.max(needed.saturating_sub(room).min(start.saturating_sub(1)));
        }
        left
    }
}

/// A line as it is shown.
struct Cut {
    text: String,
    /// The file's bytes, and where they are in the text.
    bytes: Vec<(usize, usize)>,
}

impl Cut {
    /// Where in the text a byte of the file is; what is left out is where the mark for it stands.
    fn at(&self, byte: usize) -> usize {
        let after = self.bytes.partition_point(|(own, _)| *own < byte);
        match self.bytes.get(after) {
            Some(_) if after == 0 && self.bytes[0].0 > byte => 0,
            Some((_, at)) => *at,
            None => self.text.len(),
        }
    }
}

impl SourceCode for Excerpt {
    /// With lines around it the whole stretch; without, the place of the primary label.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let holds = |stretch: &&Stretch| stretch.start <= span.offset() && span.offset() < stretch.end;
        let stretch = self.stretches.iter().find(holds).ok_or(MietteError::OutOfBounds)?;
        let (line, column) = match before {
            0 => (self.place.line - 1, self.place.column - 1),
            _ => (stretch.first - 1, 0),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            &self.text.as_bytes()[stretch.start..stretch.end],
            (stretch.start, stretch.end - stretch.start).into(),
            line,
            column,
            stretch.count,
        )))
    }
}
