//! Which files a call of compose reads.

use super::{ComposeCall, env_file, set};
use crate::follow::{Directory, Files, Missing, RepoPath, Resolved, Unfollowed, resolve};
use crate::symbol::Value;

/// The names that a compose file has by default, the first first.
pub const DEFAULT_NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// What is merged over a file of a default name.
pub const OVERRIDES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// What a call reads.
pub(super) struct Found {
    pub(super) files: Vec<RepoPath>,
    pub(super) directory: RepoPath,
    pub(super) env: Vec<(String, Value)>,
    pub(super) gaps: Vec<Unfollowed>,
}

/// The files of a call.
pub(super) fn find(files: &Files, call: &ComposeCall<'_>) -> Result<Found, Unfollowed> {
    let told = call.project_directory.map(|path| located(call.directory, path)).transpose()?;
    let mut gaps = Vec::new();
    // `COMPOSE_FILE` may stand in the `.env` of the directory where compose runs.
    let here = told.as_ref().or(call.directory.path());
    let near = here.map(|here| env(files, call, here, &mut Vec::new())).unwrap_or_default();
    let named = call.around.variable("COMPOSE_FILE").or_else(|| set(&near, "COMPOSE_FILE"));
    let paths: Vec<RepoPath> = match (call.files, named) {
        ([], Some(list)) => {
            let list = list.split(':').into_iter().filter(|path| !path.parts().is_empty());
            list.map(|path| located(call.directory, &path)).collect::<Result<_, _>>()?
        }
        ([], None) => default(files, told.clone().map_or(call.directory.clone(), Directory::Inside))?,
        (given, _) => given.iter().map(|path| located(call.directory, path)).collect::<Result<_, _>>()?,
    };
    let beside = || paths.first().and_then(RepoPath::parent).unwrap_or_default();
    let directory = told.unwrap_or_else(beside);
    let env = env(files, call, &directory, &mut gaps);
    Ok(Found { files: paths, directory, env, gaps })
}

/// The file that a path means.
pub(super) fn located(directory: &Directory, path: &Value) -> Result<RepoPath, Unfollowed> {
    match resolve(directory, path, None) {
        Resolved::File(path) => Ok(path),
        Resolved::Outside(_) => Err(Unfollowed::new(format!("`{path}` lies outside the checkout"))),
        Resolved::Unknown => Err(Unfollowed::new(format!("it is not known which file `{path}` is"))),
    }
}

/// The files of default names, from the directory upward.
fn default(files: &Files, directory: Directory) -> Result<Vec<RepoPath>, Unfollowed> {
    let start = match directory {
        Directory::Inside(path) => path,
        Directory::Outside(_) => return Err(Unfollowed::new("compose runs outside the checkout")),
        Directory::Unknown => return Err(Unfollowed::new("it is not known in which directory compose runs")),
    };
    let mut here = Some(start.clone());
    while let Some(directory) = here {
        if let Some(file) = files.first(&directory, &DEFAULT_NAMES) {
            return Ok([Some(file), files.first(&directory, &OVERRIDES)].into_iter().flatten().collect());
        }
        here = directory.parent();
    }
    Err(Unfollowed::new(format!("there is no compose file in {start} or above")))
}

fn env(
    files: &Files,
    call: &ComposeCall<'_>,
    directory: &RepoPath,
    gaps: &mut Vec<Unfollowed>,
) -> Vec<(String, Value)> {
    let mut paths = Vec::new();
    for path in call.env_files {
        match located(call.directory, path) {
            Ok(path) => paths.push(path),
            Err(unfollowed) => gaps.push(unfollowed),
        }
    }
    if call.env_files.is_empty() {
        paths.extend(directory.join(".env"));
    }
    let mut env: Vec<(String, Value)> = Vec::new();
    for path in paths {
        match files.open(&path) {
            Ok(source) => {
                for entry in env_file(&source) {
                    let lookup = |name: &str| call.around.variable(name).or_else(|| set(&env, name));
                    let value = entry.resolve(&lookup).or_else(|| lookup(entry.name.value()));
                    if let Some(value) = value {
                        env.push((entry.name.value().to_owned(), value));
                    }
                }
            }
            Err(Missing::Absent) if call.env_files.is_empty() => {}
            Err(why) => gaps.push(Unfollowed::new(format!("{path}: {why}"))),
        }
    }
    env
}
