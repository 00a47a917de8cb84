//! berthlint: what CI jobs take from the Docker daemon they share, and when they give it back.
//!
//! Source code derives facts, rules judge them, rewrites act on them. Arrows point down only:
//! `cli -> report, fix -> check -> rules, rewrite -> facts -> lifecycle -> follow, docker, runner,
//! symbol -> shell, workflow, expr -> yaml -> source`. `runtime` is berth-run, and shares with the
//! linter only [`identity`].

pub mod identity;

// Only Linux has the /proc, the pidfds and the Docker host that berth-run works with.
#[cfg(all(feature = "run", target_os = "linux"))]
pub mod runtime;
