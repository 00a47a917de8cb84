//! berthlint: what CI jobs take from the Docker daemon they share, and when they give it back.
//!
//! Source code derives facts, rules judge them, rewrites act on them. Arrows point down only:
//! `cli -> report, fix -> check -> rules, rewrite -> analysis -> lifecycle, address, host, syntax -> site ->
//! trace -> follow, docker, runner, symbol -> shell, workflow, expr -> yaml -> source`; CONTRIBUTING.md shows the
//! house. `runtime` is berth-run, and shares with the linter only [`identity`], [`steering`] and the [doors](door)
//! to what is outside.

pub mod door;
pub mod identity;
mod steering;

#[cfg(feature = "lint")]
mod address;
#[cfg(feature = "lint")]
mod analysis;
#[cfg(feature = "lint")]
mod baseline;
#[cfg(feature = "lint")]
pub mod check;
#[cfg(feature = "lint")]
pub mod cli;
#[cfg(feature = "lint")]
pub mod command;
#[cfg(feature = "lint")]
mod config;
#[cfg(feature = "lint")]
mod difference;
#[cfg(feature = "lint")]
mod discover;
#[cfg(feature = "lint")]
mod docker;
#[cfg(feature = "lint")]
pub mod edit;
#[cfg(feature = "lint")]
mod evidence;
#[cfg(feature = "lint")]
pub mod expr;
#[cfg(feature = "lint")]
pub mod facts;
#[cfg(feature = "lint")]
pub mod finding;
#[cfg(feature = "lint")]
pub mod fix;
#[cfg(feature = "lint")]
pub mod follow;
#[cfg(all(feature = "lint", any(test, fuzzing)))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "lint")]
mod host;
#[cfg(feature = "lint")]
mod lifecycle;
#[cfg(feature = "lint")]
pub mod names;
#[cfg(feature = "lint")]
pub mod rehearsal;
#[cfg(feature = "lint")]
mod report;
#[cfg(feature = "lint")]
pub mod rewrite;
#[cfg(feature = "lint")]
pub mod rules;
#[cfg(feature = "lint")]
pub mod runner;
#[cfg(feature = "lint")]
pub mod shared;
#[cfg(feature = "lint")]
pub mod shell;
#[cfg(feature = "lint")]
mod site;
#[cfg(feature = "lint")]
pub mod source;
#[cfg(feature = "lint")]
mod stack;
#[cfg(feature = "lint")]
mod suggest;
#[cfg(feature = "lint")]
mod suppress;
#[cfg(feature = "lint")]
mod sweeper;
#[cfg(feature = "lint")]
pub mod symbol;
#[cfg(feature = "lint")]
mod syntax;
#[cfg(feature = "lint")]
pub mod trace;
#[cfg(feature = "lint")]
pub mod trial;
#[cfg(feature = "lint")]
pub mod truth;
#[cfg(feature = "lint")]
pub mod whose;
#[cfg(feature = "lint")]
pub mod workflow;
#[cfg(feature = "lint")]
pub mod yaml;

#[cfg(feature = "run")]
pub mod runtime;
