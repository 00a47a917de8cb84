//! Whether a server or runner silently ignores a key, and which of them; the keys are in `table`.

use super::kind::{Forge, Program, Version};
use super::table::{IgnoredKey, KEYS, Since, does};
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
    by_server(row, forge, gitea).or(by_runner(row, program, version))
}

/// Who ignores it there, in words: the server, else the runner. None where that is not certain.
pub fn ignored_by(
    key: &str,
    forge: Forge,
    gitea: Option<Version>,
    program: Option<Program>,
    version: Option<Version>,
) -> Option<String> {
    let row = KEYS.iter().find(|row| row.key == key)?;
    match (by_server(row, forge, gitea).is_yes(), row.gitea, gitea) {
        (true, Since::Version(since), Some(gitea)) => return Some(format!("Gitea {gitea} (before {since})")),
        (true, ..) => return Some("every version of Gitea".to_owned()),
        _ => {}
    }
    let program = program.filter(|_| by_runner(row, program, version).is_yes())?;
    let name = program.name();
    Some(version.map_or(name.to_owned(), |version| format!("{name} {version}")))
}

fn by_server(row: &IgnoredKey, forge: Forge, gitea: Option<Version>) -> Truth {
    match (forge, row.gitea) {
        (Forge::Github, _) | (_, Since::Ever) => Truth::No,
        (Forge::Forgejo, _) => Truth::Unknown,
        (Forge::Gitea, Since::Never) => Truth::Yes,
        (Forge::Gitea, Since::Version(since)) => gitea.map_or(Truth::Unknown, |gitea| Truth::from(gitea < since)),
    }
}

fn by_runner(row: &IgnoredKey, program: Option<Program>, version: Option<Version>) -> Truth {
    row.runner.map_or(Truth::No, |needed| !does(needed, program, version))
}
