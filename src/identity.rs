//! The labels that say which run a container, network or volume belongs to.
//!
//! The one file that the linter (which emits these labels into rewritten workflows) and berth-run
//! (which stamps and filters on them) share.

/// `berth.managed=1`: made by berth-run, or by a step that berthlint rewrote.
pub const MANAGED: &str = "berth.managed";
/// The random token of one job, minted by its first `berth-run up`.
pub const TOKEN: &str = "berth.token";
/// `GITHUB_SERVER_URL`.
pub const SERVER: &str = "berth.server";
/// `GITHUB_REPOSITORY`.
pub const REPO: &str = "berth.repo";
/// `GITHUB_RUN_ID`.
pub const RUN: &str = "berth.run";
/// `GITHUB_RUN_ATTEMPT`; `1` when empty (gitea-runner before v0.3.1 does not set it).
pub const ATTEMPT: &str = "berth.attempt";
/// `GITHUB_JOB`.
pub const JOB: &str = "berth.job";
/// A hash of `toJSON(matrix)`; `0` outside a matrix.
pub const LEG: &str = "berth.leg";
/// The number in `GITEA-ACTIONS-TASK-<n>` / `FORGEJO-ACTIONS-TASK-<n>` of JOB_CONTAINER_NAME.
pub const TASK: &str = "berth.task";
/// Unix seconds after which a sweep may take it.
pub const EXPIRES: &str = "berth.expires";
/// The container's own name. `docker commit` copies labels into images, so a container whose
/// `berth.self` is not its name only inherited them.
pub const SELF: &str = "berth.self";
