//! berth-run: start a sibling container, find its address, label it with its run, remove exactly that.
//!
//! - The commands: `up`, `down`, `labels`, `doctor`; `guard` is what `up` leaves behind to clean up after a job that
//!   was cancelled, timed out or killed.
//! - Who this job is, and what is its own: `job`, `token`, `own`, `name`, and where it runs: `place`, `files`.
//! - What `up` makes, step by step: `sibling`, `image`, `volume`, `network`, `lock`; then `ready`, `address`, `reach`,
//!   `logs`, and `export` tells the steps of it. `remove` takes it away.
//! - The daemon: `engine`; what is sent to it and read from it: `tar`, `elf`, `units`. What is said of it all:
//!   `console`, `error`.
//!
//! Labels protect against accidents, not against malice: whoever holds the Docker socket is root on the host.
//!
//! Only Linux has the /proc and the Docker host that berth-run works with; elsewhere this is empty.
#![cfg(target_os = "linux")]

pub mod address;
pub mod console;
pub mod doctor;
pub mod down;
pub mod elf;
pub mod engine;
pub mod error;
pub mod export;
pub mod files;
pub mod guard;
pub mod image;
pub mod job;
pub mod labels;
pub mod lock;
pub mod logs;
mod name;
pub mod network;
pub mod own;
pub mod place;
pub mod reach;
pub mod ready;
pub mod remove;
pub mod sibling;
pub mod tar;
pub mod token;
pub mod units;
pub mod up;
pub mod volume;

pub use error::{Error, Result};
