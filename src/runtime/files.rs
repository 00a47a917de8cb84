//! The files through which a step speaks to its runner: `$GITHUB_ENV`, `$GITHUB_OUTPUT`,
//! `$GITHUB_STEP_SUMMARY`.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Error, Result};
use crate::door::helper;

/// Appends `KEY=value` lines to the file that `variable` names. Without such a variable (at a desk)
/// nothing is written and the answer is `false`.
///
/// # Errors
/// The file cannot be written, or a value has a line break, which would set a second variable.
pub fn append(variable: &str, lines: &[(String, String)]) -> Result<bool> {
    let mut text = String::new();
    for (key, value) in lines {
        if value.contains(['\n', '\r', '\0']) {
            return Err(Error::failed(
                format!("the value of {key} has a line break: not written to ${variable}"),
                "a line break would let this value set other variables",
            ));
        }
        text.push_str(&format!("{key}={value}\n"));
    }
    append_text(variable, &text)
}

/// Appends text as it is; `false` when `variable` names no file.
///
/// # Errors
/// The file cannot be written.
pub fn append_text(variable: &str, text: &str) -> Result<bool> {
    let Some(path) = std::env::var_os(variable).filter(|p| !p.is_empty()) else {
        return Ok(false);
    };
    helper::append(Path::new(&path), text).map_err(|error| {
        Error::failed(
            format!("cannot write {}: {error}", path.display()),
            format!("${variable} must name a file this step may append to"),
        )
    })?;
    Ok(true)
}

/// berth-run's own exports as the next step will see them: this step's environment, and over it what this step has
/// written to `$GITHUB_ENV`.
pub fn exported() -> BTreeMap<String, String> {
    let ours = |name: &str| name.starts_with("BERTH_");
    let mut known: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| ours(name))
        .collect();
    // A runner's file that cannot be read says nothing; writing to it will say why.
    let file = std::env::var_os("GITHUB_ENV").filter(|path| !path.is_empty());
    let text = file.and_then(|path| helper::given(Path::new(&path)).ok()).unwrap_or_default();
    for (name, value) in text.lines().filter_map(|line| line.split_once('=')).filter(|(name, _)| ours(name)) {
        known.insert(name.to_owned(), value.to_owned());
    }
    known
}
