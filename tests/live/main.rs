//! What `--fix` writes runs: workflows before and after it, on a real Docker daemon, by a runner that does
//! what gitea-runner 0.2 does on `container.network: host`.
//!
//! Without a daemon each test prints `skipped: no Docker daemon`; with `BERTH_REQUIRE_DOCKER=1` it fails instead.
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
