//! Durations and sizes as Docker's own command line writes them.

use std::time::Duration;

/// Reads `90`, `90s`, `1m30s`, `6h`, `500ms`. A bare number is seconds.
///
/// # Errors
/// Says what is allowed.
pub fn duration(text: &str) -> Result<Duration, String> {
    let refused = || format!("`{text}` is no duration: write 500ms, 90s, 5m or 6h");
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    if rest.is_empty() {
        return Err(refused());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        let count: u32 = rest[..digits].parse().map_err(|_| refused())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            "d" => Duration::from_secs(86400),
            _ => return Err(refused()),
        };
        total = unit.checked_mul(count).and_then(|part| total.checked_add(part)).ok_or_else(refused)?;
        rest = &rest[letters..];
    }
    Ok(total)
}

/// Reads `67108864`, `64m`, `64mb`, `1g` into bytes; units are powers of 1024, as in `docker run`.
///
/// # Errors
/// Says what is allowed.
pub fn bytes(text: &str) -> Result<i64, String> {
    let refused = || format!("`{text}` is no size: write 67108864, 64m or 1g");
    let lower = text.to_ascii_lowercase();
    let digits = lower.find(|c: char| !c.is_ascii_digit()).unwrap_or(lower.len());
    let count: i64 = lower[..digits].parse().map_err(|_| refused())?;
    let shift = match &lower[digits..] {
        "" | "b" => 0,
        "k" | "kb" => 10,
        "m" | "mb" => 20,
        "g" | "gb" => 30,
        _ => return Err(refused()),
    };
    count.checked_mul(1 << shift).ok_or_else(refused)
}

/// A duration for people: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`.
pub fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86400),
    }
}

/// Seconds since the Unix epoch; 0 on a machine whose clock stands before it.
pub fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

/// The Unix seconds of a time as the daemon writes it (RFC 3339): `2026-11-20T23:12:56.37977753Z`. None where it cannot
/// be read, and for the year 1, by which Docker says "never".
pub fn unix_seconds(text: &str) -> Option<u64> {
    let (date, time) = text.split_once('T')?;
    let mut parts = date.splitn(3, '-').map(whole);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let zone_at = time.find(['Z', '+', '-'])?;
    let (clock, zone) = time.split_at(zone_at);
    let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    let mut parts = clock.splitn(3, ':').map(whole);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let offset = match zone.split_at_checked(1)? {
        ("Z", "") => 0,
        (sign, rest) => {
            let (hours, minutes) = rest.split_once(':')?;
            let offset = whole(hours)? * 3600 + whole(minutes)? * 60;
            if sign == "-" { -offset } else { offset }
        }
    };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days since 1970 in the Gregorian calendar, the year beginning in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset;
    u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)
}

fn whole(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("6h"), Ok(Duration::from_secs(21600)));
        for wrong in ["", "s", "5x", "-1s", "1.5s", "99999999999h", "4294967295d1"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_as_the_daemon_writes_them() {
        assert_eq!(unix_seconds("1970-01-01T00:00:01Z"), Some(1));
        assert_eq!(unix_seconds("2026-11-20T23:12:56.37977753Z"), Some(1_795_216_376));
        assert_eq!(unix_seconds("2026-11-21T01:12:56+02:00"), Some(1_795_216_376));
        assert_eq!(unix_seconds("2024-02-29T00:00:00Z"), Some(1_709_164_800));
        for unknown in ["", "0001-01-01T00:00:00Z", "soon", "2026-11-20", "2026-13-20T00:00:00Z", "2026-11-20T23:12:56"]
        {
            assert_eq!(unix_seconds(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes("64m"), Ok(64 << 20));
        assert_eq!(bytes("1GB"), Ok(1 << 30));
        assert_eq!(bytes("7"), Ok(7));
        for wrong in ["", "m", "1t", "-1", "9999999999999g"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
