//! Whether a server or runner silently ignores a key; which they are says `table`.

use super::kind::{Forge, Program, Version};
use super::table::{KEYS, Since, does};
use crate::truth::Truth;

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
