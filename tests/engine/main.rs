//! Jobs as Gitea's own engine runs them, on a real Docker daemon, beside what the rehearsal says of them: two runs at
//! once, one that goes well, one that is cancelled, one whose runner is killed and the next. Each as written and as
//! `--fix --unsafe-fixes` leaves it.
//!
//! Without a daemon, or without Go and its modules, each test prints `skipped: …`; with `BERTH_REQUIRE_DOCKER=1` or
//! `BERTH_REQUIRE_ENGINE=1` it fails instead. The long form: `cargo test --test engine -- --ignored --nocapture`.
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
