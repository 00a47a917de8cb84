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
    fn sizes() {
        assert_eq!(bytes("64m"), Ok(64 << 20));
        assert_eq!(bytes("1GB"), Ok(1 << 30));
        assert_eq!(bytes("7"), Ok(7));
        for wrong in ["", "m", "1t", "-1", "9999999999999g"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
