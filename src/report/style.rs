//! How a report for people is written.

/// How a human format is written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// With terminal colours.
    pub color: bool,
    /// Columns to wrap at.
    pub width: usize,
    /// Counts per rule instead of the findings.
    pub statistics: bool,
    /// Without notes and summary.
    pub quiet: bool,
    /// With what is left out.
    pub verbose: bool,
    /// With the reasons why there is no fix.
    pub show_fixes: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100, statistics: false, quiet: false, verbose: false, show_fixes: false }
    }
}
