//! Files of settings that ask for a container by its name: programs read them where nobody sees it.

use super::super::{Place, Scene, Withheld};
use super::{Name, NameKind};
use crate::docker::{NetworkChoice, Verb};
use crate::follow::RepoPath;

/// Where frameworks have the addresses of what they ask, in a repository's root.
const FILES: [&str; 13] = [
    ".env",
    ".env.test",
    ".env.testing",
    ".env.ci",
    ".env.dist",
    ".env.test.local",
    "phpunit.xml",
    "phpunit.xml.dist",
    "phpunit.dist.xml",
    "config/database.yml",
    "config/test.json",
    "appsettings.json",
    "appsettings.Test.json",
];

/// Refuses a container whose name such a file has for a host: on a network that somebody made others find it by that.
///
/// # Errors
/// When there is one.
pub fn do_not_name_it(scene: &Scene<'_>, place: &Place<'_>, name: &Name) -> Result<(), Withheld> {
    let run = match place.job.trace.acts.get(name.act).and_then(|act| act.verb()) {
        Some(Verb::Run(run) | Verb::Create(run)) if name.kind == NameKind::Container => run,
        _ => return Ok(()),
    };
    let (NetworkChoice::Named(_), Some(host), Some(files)) = (run.network(), name.value.as_literal(), scene.files)
    else {
        return Ok(());
    };
    for path in FILES.iter().filter_map(|path| RepoPath::new(path)).filter(|path| files.is_file(path) == Some(true)) {
        let Some(source) = files.read(&path) else { continue };
        if let Some(line) = source.text().lines().position(|line| asks_for(line, host)) {
            return Err(Withheld::because(format!(
                "line {} of `{path}` asks for the host `{host}`, and what reads it would find nothing: give each run a network of its own, and the container the alias `{host}` there",
                line + 1
            )));
        }
    }
    Ok(())
}

/// Whether a line has a host of that name: in a URL, behind a login, or as the whole value of a variable for hosts.
fn asks_for(line: &str, host: &str) -> bool {
    let ends = |rest: &str| rest.chars().next().is_none_or(|c| matches!(c, ':' | '/' | '"' | '\'' | '?' | ';' | ' '));
    let in_url = ["://", "@"]
        .iter()
        .any(|before| line.split(before).skip(1).any(|rest| rest.strip_prefix(host).is_some_and(ends)));
    let is_set = line.split_once(['=', ':']).is_some_and(|(key, value)| {
        let key = key.trim().trim_matches('"').to_ascii_lowercase();
        key.ends_with("host") && value.trim().trim_end_matches(',').trim_matches(['"', '\'']) == host
    });
    !line.trim_start().starts_with('#') && (in_url || is_set)
}

#[cfg(test)]
mod tests {
    use super::asks_for;

    #[test]
    fn hosts_are_told_from_words() {
        for line in [
            "DATABASE_URL=postgres://app:app@database:5432/app",
            "REDIS_URL='redis://database'",
            "DB_HOST=database",
            "  host: database",
            "<server name=\"DATABASE_URL\" value=\"pgsql://app@database/app\" force=\"true\"/>",
        ] {
            assert!(asks_for(line, "database"), "{line}");
        }
        for line in [
            "# DB_HOST=database",
            "DB_DATABASE=database",
            "DB_HOST=database.example.com",
            "DATABASE_URL=postgres://database_user@db/app",
            "CACHE=database",
        ] {
            assert!(!asks_for(line, "database"), "{line}");
        }
    }
}
