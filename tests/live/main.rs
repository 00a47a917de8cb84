//! What `--fix` writes runs: workflows before and after it, on a real Docker daemon, by a runner that does
//! what gitea-runner 0.2 does on `container.network: host`.
//!
//! What needs a daemon runs with `-- --include-ignored --skip for_long`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod contexts;
#[path = "../daemon/mod.rs"]
mod daemon;
mod guarded;
mod host;
mod job;
mod mended;
mod postgres;
mod runner;
mod sandbox;
mod server;
mod shell;
