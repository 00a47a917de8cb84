//! Cells in columns.

use super::wrap;

/// Lines whose cells stand below each other.
pub(super) fn columns(lines: &[Vec<String>]) -> String {
    let count = lines.iter().map(Vec::len).max().unwrap_or_default();
    let width = |at: usize| lines.iter().filter_map(|line| line.get(at)).map(|cell| wrap::columns(cell)).max();
    let widths: Vec<usize> = (0..count).map(|at| width(at).unwrap_or_default()).collect();
    let mut text = String::new();
    for line in lines {
        // Colours take no columns.
        let pad = |cell: &str, width: usize| " ".repeat(width.saturating_sub(wrap::columns(cell)));
        let cells = line.iter().zip(&widths).map(|(cell, width)| cell.clone() + &pad(cell, *width));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}
