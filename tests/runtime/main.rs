//! berth-run against a real Docker daemon, with strangers' containers beside it.
//!
//! What needs a daemon runs with `-- --include-ignored --skip for_long`. `.ci/docker-daemon.sh start` starts one and makes the images.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

mod between;
#[path = "../daemon/mod.rs"]
mod daemon;
mod errors;
mod faults;
mod guarded;
mod hooked;
mod identities;
mod leased;
mod long;
mod networks;
mod own_labels;
mod places;
mod reaped;
mod registry;
mod rootless;
mod static_build;
mod stuck;
mod support;
mod swept;
