//! Times as `--filter until=` takes them.

/// Whether the daemon takes a text as the time of `until=`: a duration in Go's notation (`24h`, `1h30m`), a date, or
/// seconds since 1970. Anything else (`3d`, `24hours`) fails the command: "failed to parse value as time or duration"
/// (Docker 20.10 and 28).
pub fn is_time(text: &str) -> bool {
    is_duration(text) || is_date(text) || is_timestamp(text)
}

/// `2026-01-31`, and what may follow it.
fn is_date(text: &str) -> bool {
    text.split_once('-').is_some_and(|(year, _)| year.len() == 4 && year.chars().all(|c| c.is_ascii_digit()))
}

/// `1h30m`, `1.5h`, `-5m`.
fn is_duration(text: &str) -> bool {
    const UNITS: [&str; 8] = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (digits, behind) = rest.split_at(number);
        let unit = behind.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(behind.len());
        let (unit, next) = behind.split_at(unit);
        let is_number = digits.contains(|c: char| c.is_ascii_digit()) && digits.matches('.').count() < 2;
        if !is_number || !UNITS.contains(&unit) {
            return false;
        }
        rest = next;
    }
    true
}

/// `1700000000`, `1700000000.5`
fn is_timestamp(text: &str) -> bool {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    is_digits(seconds) && is_digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::is_time;

    /// As `docker container prune` of Docker 28 answers.
    #[test]
    fn the_daemon_takes_durations_dates_and_seconds() {
        for time in [
            "24h",
            "1h30m",
            "1.5h",
            "72",
            "2024-01-02",
            "2024-01-02T10:00",
            "0",
            "-5m",
            "1700000000.5",
            "10ms",
            "168h0m",
        ] {
            assert!(is_time(time), "{time}");
        }
        for refused in ["3d", "24hours", "1w", "", "h", "24 h", "1h30", "yesterday", "foo-bar"] {
            assert!(!is_time(refused), "{refused}");
        }
    }
}
