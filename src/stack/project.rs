//! The project that a compose call is about.

use super::model::Stack;
use crate::docker::Compose;
use crate::follow::{Directory, RepoPath, Resolved, resolve};
use crate::source::Location;
use crate::symbol::{Unique, Value};
use crate::trace::Act;
use crate::truth::Truth;

/// The project a compose call is about: `-p`, `COMPOSE_PROJECT_NAME`, the files' `name:`, the directory.
pub fn project_name(act: &Act, compose: &Compose, stack: Option<&Stack>) -> (Value, Option<Location>) {
    if let Some(project) = &compose.project {
        return (project.value.clone(), Some(act.location_of(project)));
    }
    if compose.global.may_hold("project-name") {
        return (Value::unknown("$(compose options)"), None);
    }
    if let Some(set) = act.env.get("COMPOSE_PROJECT_NAME")
        && set.as_literal() != Some("")
    {
        return (set.clone(), None);
    }
    if let Some(name) = stack.and_then(|stack| stack.name.clone()) {
        return (name, None);
    }
    if let Some(directory) = stack.and_then(|stack| stack.directory.clone()) {
        return (directory, None);
    }
    if let Some(name) = outside_name(act, compose) {
        return (name, None);
    }
    let files: Vec<String> = compose.files.iter().map(|file| file.value.to_string()).collect();
    let known = compose.project_directory.is_none() && compose.files.iter().all(|file| file.text().is_some());
    let source = match &compose.project_directory {
        Some(directory) => format!("named after {}", directory.value),
        None if files.is_empty() => "named after its directory".to_owned(),
        None => format!("named after the directory of {}", files.join(" ")),
    };
    // The files of one checkout lie at the same place in every run.
    let unique = if known && stack.is_some() { Unique::STATIC } else { Unique::UNKNOWN };
    (Value::opaque(source, unique, Truth::No), None)
}

/// The name that a project of files which are not the repository's has from its directory, whatever they say
/// besides: that of the first file, or where compose runs.
fn outside_name(act: &Act, compose: &Compose) -> Option<Value> {
    let at = |path: &Value| match resolve(&act.directory, path, None) {
        Resolved::Outside(path) => path,
        _ => None,
    };
    let path = match (&compose.project_directory, compose.files.first()) {
        (Some(directory), _) => at(&directory.value)?,
        (None, Some(file)) => at(&file.value)?.rsplit_once('/').map(|(folder, _)| folder.into())?,
        (None, None) => match &act.directory {
            Directory::Outside(path) => path.clone()?,
            _ => return None,
        },
    };
    let name = folder_name(path.rsplit('/').next().unwrap_or_default());
    (!name.is_empty()).then(|| Value::literal(name))
}

/// What a directory gives a project for its name.
pub(super) fn directory_name(directory: &RepoPath) -> Value {
    if directory.name().is_empty() {
        // A checkout's folder is called after its repository, in every run.
        return Value::opaque("named after the repository", Unique::STATIC, Truth::No);
    }
    Value::literal(folder_name(directory.name()))
}

/// What compose makes of a folder's name: lower case, other characters dropped.
fn folder_name(name: &str) -> String {
    let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let name: String = name.to_lowercase().chars().filter(kept).collect();
    name.trim_start_matches(['_', '-']).to_owned()
}
