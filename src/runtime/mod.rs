//! berth-run: start a sibling container, find its address, label it with its run, remove exactly that.
//!
//! `up`, `down` and `doctor` are the commands; `guard` is what `up` leaves behind to clean up after
//! a job that was cancelled, timed out or killed. Labels protect against accidents, not against
//! malice: whoever holds the Docker socket is root on the host.
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
