//! How a report for people is written: how much of it, how wide, in which colours.

/// How a human format is written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// With terminal colours.
    pub color: bool,
    /// Columns to wrap at.
    pub width: usize,
    /// Nothing is wider: somebody looks at it, and no program reads it.
    pub fits: bool,
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
        Self {
            color: false,
            width: 100,
            fits: false,
            statistics: false,
            quiet: false,
            verbose: false,
            show_fixes: false,
        }
    }
}

/// What a colour says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ink {
    /// It goes wrong.
    Bad,
    /// It may go wrong.
    Doubtful,
    /// Good to know.
    Note,
    /// All is well.
    Good,
    /// A name that stands above others.
    Head,
    /// Beside the point.
    Faint,
}

impl Style {
    /// A text in a colour, where there are any. The text holds nothing that a terminal obeys.
    pub(super) fn paint(self, text: &str, ink: Ink) -> String {
        let code = match ink {
            Ink::Bad => "31",
            Ink::Doubtful => "33",
            Ink::Note => "36",
            Ink::Good => "32",
            Ink::Head => "1",
            Ink::Faint => "2",
        };
        if self.color && !text.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A text that leads to an address where a terminal shows it (OSC 8).
    pub(super) fn link(self, text: &str, address: Option<&str>) -> String {
        match address {
            Some(address) if self.color => format!("\u{1b}]8;;{address}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\"),
            _ => text.to_owned(),
        }
    }
}
