//! Jobs as Gitea's own engine runs them, on a real Docker daemon, beside what the rehearsal says of them: two runs at
//! once, one that goes well, one that is cancelled, one whose runner is killed and the next. Each as written and as
//! `--fix --unsafe-fixes` leaves it.
//!
//! They need a daemon, Go and its modules: `cargo test --test engine -- --ignored --nocapture` plays all of them, with
//! `--skip for_long` the first alone.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

#[path = "../daemon/mod.rs"]
mod daemon;
#[allow(clippy::module_inception)]
mod engine;
mod jobs;
mod left;
#[path = "../live/mended.rs"]
mod mended;
mod plays;
mod rehearsed;
