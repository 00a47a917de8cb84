//! What git says of the checkout. It is run without a shell, and what it prints is data.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What git would start for its own sake: none of it is needed to list names.
/// <https://git-scm.com/docs/git-config>: `core.fsmonitor`, `core.hooksPath`, `diff.relative`.
const QUIET: [&str; 6] = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "diff.relative=false"];

/// The files that differ from a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The commit, as it was named.
    pub since: String,
    /// The checkout's own folder, without links.
    pub top: PathBuf,
    /// The files: changed, removed, new, and those that git does not know yet.
    pub files: BTreeSet<PathBuf>,
}

/// What has changed in the checkout around a folder since it left a commit's history: what others have added behind
/// that commit is not its change. What is not committed yet counts.
///
/// # Errors
/// A sentence that says what is missing, and what to do.
pub fn changed_since(folder: &Path, revision: &str) -> Result<Changed, String> {
    if revision.starts_with('-') || revision.is_empty() {
        return Err(format!("`{revision}` names no commit"));
    }
    let top = line(&git(folder, &["rev-parse", "--show-toplevel"])?);
    let top = PathBuf::from(top).canonicalize().map_err(|error| format!("the checkout cannot be read: {error}"))?;
    let commit = git(&top, &["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])
        .map_err(|_| format!("there is no commit `{revision}` here: fetch it first (`fetch-depth: 0` at checkout)"))?;
    let base = git(&top, &["merge-base", &text(&line(&commit)), "HEAD"]).map_err(|_| {
        format!(
            "git finds nothing that `{revision}` and HEAD have in common: fetch more of the history (`fetch-depth: 0`)"
        )
    })?;
    let base = text(&line(&base));
    let differing = ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", &base, "--"];
    let unknown = ["ls-files", "--others", "--exclude-standard", "-z"];
    let mut files = BTreeSet::new();
    for names in [git(&top, &differing)?, git(&top, &unknown)?] {
        let names = names.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        files.extend(names.map(|name| top.join(os(name))));
    }
    Ok(Changed { since: revision.to_owned(), top, files })
}

fn git(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(QUIET).args(arguments);
    // What a hook sets would name another checkout than the folder's.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_EXTERNAL_DIFF", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    command.env("GIT_OPTIONAL_LOCKS", "0").stdin(Stdio::null());
    let output = command.output().map_err(|error| format!("git cannot be run: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or("it gives no reason").trim_start_matches("fatal: ");
    Err(format!("git says: {said}"))
}

/// The first line of what git prints.
fn line(bytes: &[u8]) -> OsString {
    os(bytes.strip_suffix(b"\n").unwrap_or(bytes))
}

fn text(name: &OsString) -> String {
    name.to_string_lossy().into_owned()
}

#[cfg(unix)]
fn os(name: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(name.to_vec())
}

#[cfg(not(unix))]
fn os(name: &[u8]) -> OsString {
    String::from_utf8_lossy(name).into_owned().into()
}
