//! Tests that need what not every machine has: without it they say that they were skipped.
#![allow(dead_code, reason = "each target uses what it needs")]

use std::io::Write as _;

/// Says that a test was skipped. Not with print!: the test harness would hide it.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// What a test needs, by its name; nothing where it cannot be had. With the variable `required` set to 1 that fails.
pub fn needed<T>(name: &str, required: &str, had: Result<T, &str>) -> Option<T> {
    match had {
        Ok(it) => Some(it),
        Err(why) => {
            let must = std::env::var(required).is_ok_and(|set| set == "1");
            assert!(!must, "{required}=1, and there is no {name}: {why}");
            skipped(&format!("no {name} ({why})"));
            None
        }
    }
}
