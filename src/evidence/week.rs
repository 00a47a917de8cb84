//! Weeks of the year, as ISO 8601 counts them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: u64 = 24 * 3600;

/// A week: it belongs to the year that has its Thursday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Week {
    year: u16,
    number: u8,
}

impl Week {
    /// The week of the time that a line of a log begins with: `2026-03-16T08:00:00.1234567Z`, as Gitea's, Forgejo's and
    /// GitHub's logs have it.
    pub fn of_line(line: &str) -> Option<Self> {
        let first = line.trim_start_matches('\u{feff}').split_whitespace().next()?;
        Self::of(humantime::parse_rfc3339(first).ok()?)
    }

    fn of(time: SystemTime) -> Option<Self> {
        let days = time.duration_since(UNIX_EPOCH).ok()?.as_secs() / DAY;
        // The first day of all was a Thursday.
        let thursday = days + 3 - (days + 3) % 7;
        let text = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(thursday * DAY)).to_string();
        let year: u16 = text.get(..4)?.parse().ok()?;
        let first = humantime::parse_rfc3339(&format!("{year:04}-01-01T00:00:00Z")).ok()?;
        let first = first.duration_since(UNIX_EPOCH).ok()?.as_secs() / DAY;
        Some(Self { year, number: u8::try_from((thursday - first) / 7 + 1).ok()? })
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_are_those_of_date() {
        // As `date -d DAY +%G-W%V` says.
        for (day, wanted) in [
            ("2026-03-16", "2026-W12"),
            ("2026-03-15", "2026-W11"),
            ("2027-01-03", "2026-W53"),
            ("2027-01-04", "2027-W01"),
            ("2024-12-30", "2025-W01"),
            ("2021-01-01", "2020-W53"),
            ("1970-01-01", "1970-W01"),
        ] {
            let week = Week::of_line(&format!("{day}T23:59:59.1234567Z hello"));
            assert_eq!(week.map(|week| week.to_string()).as_deref(), Some(wanted), "{day}");
        }
        assert_eq!(Week::of_line("hello"), None);
        assert_eq!(Week::of_line(""), None);
    }
}
