//! Keys that a server or runner silently ignores
//! (<https://docs.gitea.com/usage/actions/comparison>, per version; gitea-runner's source).

use super::kind::{Forge, Program, Version};
use super::table::{Trait, does};
use crate::truth::Truth;

/// A key and what decides whether it counts.
#[derive(Debug)]
pub struct IgnoredKey {
    /// The key as its path; `*` is any name.
    pub key: &'static str,
    /// The Gitea that first honours it: `None` is no version so far.
    pub gitea: Since,
    /// What the runner must do for it to count.
    pub runner: Option<Trait>,
}

/// From when on a Gitea server honours a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// It never ignored it; the runner decides.
    Ever,
    /// From this version on.
    Version(Version),
    /// None does so far.
    Never,
}

const fn key(key: &'static str, gitea: Since, runner: Option<Trait>) -> IgnoredKey {
    IgnoredKey { key, gitea, runner }
}

const fn since(major: u32, minor: u32) -> Since {
    Since::Version(Version::new(major, minor, 0))
}

/// All keys that something ignores.
#[rustfmt::skip]
pub const KEYS: &[IgnoredKey] = &[
    key("concurrency", since(1, 26), None),
    key("jobs.*.concurrency", since(1, 26), None),
    key("run-name", since(1, 25), None),
    key("permissions", since(1, 26), None),
    key("jobs.*.permissions", since(1, 26), None),
    key("jobs.*.timeout-minutes", since(1, 27), Some(Trait::HonoursJobTimeout)),
    key("jobs.*.continue-on-error", since(1, 27), Some(Trait::HonoursJobTimeout)),
    key("jobs.*.environment", Since::Never, None),
    key("jobs.*.runs-on.group", Since::Never, None),
    key("on.workflow_dispatch", since(1, 23), None),
    key("jobs.*.container.network", Since::Ever, Some(Trait::HonoursJobNetworkKey)),
    key("jobs.*.container.ports", Since::Ever, Some(Trait::PublishesJobPorts)),
    key("jobs.*.services.*.volumes", Since::Ever, Some(Trait::MountsServiceVolumes)),
];

/// Whether a key of [`KEYS`] is ignored there. A Forgejo server's own list is not known.
pub fn ignored(
    key: &str,
    forge: Forge,
    gitea: Option<Version>,
    program: Option<Program>,
    version: Option<Version>,
) -> Truth {
    let Some(row) = KEYS.iter().find(|row| row.key == key) else { return Truth::No };
    let by_server = match (forge, row.gitea) {
        (Forge::Github, _) | (_, Since::Ever) => Truth::No,
        (Forge::Forgejo, _) => Truth::Unknown,
        (Forge::Gitea, Since::Never) => Truth::Yes,
        (Forge::Gitea, Since::Version(since)) => gitea.map_or(Truth::Unknown, |gitea| Truth::from(gitea < since)),
    };
    by_server.or(row.runner.map_or(Truth::No, |needed| !does(needed, program, version)))
}
