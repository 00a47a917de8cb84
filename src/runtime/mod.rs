//! berth-run: start a sibling container, find its address, label it with its run, remove exactly that.
//!
//! - The commands: `up`, `down`, `check`, `labels`, `port`, `snapshot`, `reap`, `sweep`, `hook`, `record`, `unit`,
//!   `doctor`.
//! - What `up` leaves behind to clean up after a job that was cancelled, timed out or killed: `guarding`, which is a
//!   container (`guard`) of berth-run's own `program` or, where the job has none, a process (`vigil`).
//! - Who this job is, and what is its own: `job`, `token`, `own`, `name`, and where it runs: `place`, `files`.
//! - What `up` makes, step by step: `sibling`, `image`, `volume`, `network`, `lock`; then `ready`, `address`, `reach`,
//!   `logs`, and `export` tells the steps of it. `remove` takes it away.
//! - What is judged: processes by `process`, containers by `select` and `tasks`.
//! - The daemon: `engine`, `greeting`; what is sent to it and read from it: `tar`, `elf`, `units`. What is said of it
//!   all: `console`, `error`.
//!
//! Labels protect against accidents, not against malice: whoever holds the Docker socket is root on the host.
//!
//! Only Linux has the /proc and the Docker host that berth-run works with; elsewhere this is empty.
#![cfg(target_os = "linux")]

pub mod address;
pub mod check;
pub mod console;
pub mod doctor;
pub mod down;
pub mod elf;
pub mod engine;
pub mod error;
pub mod export;
pub mod files;
mod greeting;
pub mod guard;
pub mod guarding;
pub mod hook;
pub mod image;
pub mod job;
pub mod labels;
pub mod lock;
pub mod logs;
mod name;
pub mod network;
pub mod own;
pub mod place;
pub mod port;
pub mod process;
pub mod program;
pub mod reach;
pub mod ready;
pub mod reap;
pub mod record;
pub mod remove;
pub mod select;
pub mod sibling;
pub mod snapshot;
pub mod sweep;
pub mod tar;
pub mod tasks;
pub mod token;
pub mod unit;
pub mod units;
pub mod up;
pub mod vigil;
pub mod volume;

pub use error::{Error, Result};
