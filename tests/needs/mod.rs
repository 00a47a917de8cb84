//! Tests that need what not every machine has say so: `#[ignore = "needs a Docker daemon"]`. `cargo test` names and
//! counts them as ignored. `cargo test -- --include-ignored --skip for_long` runs them, and each fails without what it
//! needs. What takes minutes or longer is ignored as well, and has `for_long` in its name.
#![allow(dead_code, reason = "each target uses what it needs")]

use std::io::Write as _;

/// Says that a test leaves something out that no two machines let it do: root may not be stopped by permissions, and
/// nobody else may give files away. Not with print!: the test harness would hide it.
pub fn skipped(why: &str) {
    let current = std::thread::current();
    let _ = writeln!(std::io::stderr(), "skipped: {}: {why}", current.name().unwrap_or("a test"));
}

/// What a test needs, by its name. It fails where that cannot be had.
#[track_caller]
pub fn needed<T>(name: &str, had: Result<T, &str>) -> T {
    had.unwrap_or_else(|why| panic!("there is no {name}: {why}"))
}
