//! From byte spans to lines and columns.

use serde::Serialize;

use crate::check::Report;
use crate::facts::Link;
use crate::source::{Location, Source, Span};

/// Where a span starts and ends; ends are exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Range {
    pub(super) start: Point,
    pub(super) end: Point,
}

impl Range {
    /// The line that the last byte is in, for those who count whole lines.
    pub(super) fn last_line(self) -> usize {
        let ends_before = self.end.column == 1 && self.end.line > self.start.line;
        if ends_before { self.end.line - 1 } else { self.end.line }
    }
}

/// Lines and columns (code points) count from 1, bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Point {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) byte: usize,
}

/// Where something stands, as JSON says it.
#[derive(Serialize)]
pub(super) struct Located<'r> {
    path: &'r str,
    span: Option<Range>,
}

/// Says in JSON where something stands.
pub(super) fn located<'r>(report: &Report, location: &'r Location) -> Located<'r> {
    Located { path: &location.path, span: range(report, &location.path, location.span) }
}

/// One link of a call chain, as JSON says it.
#[derive(Serialize)]
pub(super) struct ChainLink<'r> {
    path: &'r str,
    span: Option<Range>,
    what: &'r str,
}

/// Says in JSON by which calls something is reached.
pub(super) fn chain<'r>(report: &Report, links: &'r [Link]) -> Vec<ChainLink<'r>> {
    let one = |link: &'r Link| {
        let Located { path, span } = located(report, &link.location);
        ChainLink { path, span, what: &link.what }
    };
    links.iter().map(one).collect()
}

/// The lines and columns of a span in a file of the report.
pub(super) fn range(report: &Report, path: &str, span: Span) -> Option<Range> {
    let source = report.sources.get(path)?;
    Some(Range { start: point(source, span.start), end: point(source, span.end) })
}

fn point(source: &Source, byte: usize) -> Point {
    let place = source.place(byte);
    Point { line: place.line, column: place.column, byte }
}

/// `path:line:column`
pub(super) fn shown(report: &Report, location: &Location) -> String {
    let path = super::exact(&location.path);
    match range(report, &location.path, location.span) {
        Some(Range { start, .. }) => format!("{path}:{}:{}", start.line, start.column),
        None => path,
    }
}

/// `path:line`
pub(super) fn line(report: &Report, location: &Location) -> String {
    let path = super::exact(&location.path);
    match range(report, &location.path, location.span) {
        Some(Range { start, .. }) => format!("{path}:{}", start.line),
        None => path,
    }
}

/// `line 12`, of a file that is named already.
pub(super) fn in_file(report: &Report, location: &Location) -> String {
    let range = range(report, &location.path, location.span);
    format!("line {}", range.map_or(1, |range| range.start.line))
}
