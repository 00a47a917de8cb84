//! The three doors between this program and what is outside: what is [read], what is [printed](print), what is written.
//!
//! The repository under check is a stranger's, and so are the containers of a daemon: a file may be a pipe that never
//! ends or a link to somebody's password, a name may hold what a terminal or a runner obeys. Nothing else in `src`
//! opens a file, prints a text or writes one; `tests/doors.rs` holds that.
//!
//! `read`, `list` and `write` are the linter's, as is `progress`, which a terminal shows while it waits, and so is
//! `git`, which asks what has changed in a checkout. [`helper`] is what berth-run reads and writes for itself; both
//! print through `print`.

#[cfg(feature = "lint")]
pub mod git;
#[cfg(all(feature = "run", target_os = "linux"))]
pub mod helper;
#[cfg(feature = "lint")]
pub mod list;
pub mod print;
#[cfg(feature = "lint")]
pub mod progress;
#[cfg(feature = "lint")]
pub mod read;
#[cfg(feature = "lint")]
pub mod write;
