//! Leads ranges of a text back to the text it was taken from.

use std::ops::Range;

/// The range whose bytes these are, when `origins` says where each byte, and the end, comes from.
pub(super) fn through(origins: &[usize], range: Range<usize>) -> Range<usize> {
    let last = origins.last().copied().unwrap_or_default();
    let at = |offset: usize| origins.get(offset).copied().unwrap_or(last);
    let start = at(range.start);
    // The end is where the last byte ends, not where the next begins: an escape may lie between.
    let end = if range.is_empty() { start } else { at(range.end - 1) + 1 };
    start..end.max(start)
}
