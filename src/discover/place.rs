//! Where a path belongs: its repository's root, and how it is shown.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// The folders whose `workflows` forges read, in the order in which Gitea and Forgejo look.
pub const FORGE_FOLDERS: [&str; 3] = [".gitea", ".forgejo", ".github"];

/// A path with `/` between its parts, `.` left out.
pub(super) fn slashes(path: &Path) -> String {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let mut shown = String::new();
    for part in parts {
        if !shown.is_empty() && !shown.ends_with('/') {
            shown.push('/');
        }
        match part {
            Component::RootDir => shown.push('/'),
            part => shown.push_str(&part.as_os_str().to_string_lossy()),
        }
    }
    shown
}

/// `path` as seen from `here`, both absolute: relative, with `/`; `.` for `here` itself.
pub fn display_path(path: &Path, here: &Path) -> String {
    let common = path.components().zip(here.components()).take_while(|(one, other)| one == other).count();
    // Another drive: no way leads there.
    if common == 0 {
        return slashes(path);
    }
    let up = here.components().skip(common).map(|_| Component::ParentDir);
    let relative: PathBuf = up.chain(path.components().skip(common)).collect();
    match slashes(&relative) {
        shown if shown.is_empty() => ".".to_owned(),
        shown => shown,
    }
}

/// A path as it was named; an absolute one as seen from `here`.
pub fn display_named(named: &str, here: &Path) -> String {
    let path = Path::new(named);
    if path.is_absolute() { display_path(path, here) } else { named.to_owned() }
}

/// A path as it is named from `here`, absolute, without `.` and `..`. Links in it stay the names they are: what a file
/// belongs to is said by where it was named, not by where a link leads.
pub(super) fn absolute(path: &Path, here: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in here.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                // What is above a link is above the place where it leads.
                if whole.is_symlink() {
                    whole = real(&whole);
                }
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    whole
}

/// The path without links.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Whether a path leads out of a folder, where nothing is ours to read.
pub(super) fn leads_out(folder: &Path, path: &Path) -> bool {
    path.canonicalize().is_ok_and(|target| !target.starts_with(real(folder)))
}

/// Whether a directory is a root: it has a forge folder with workflows.
pub(super) fn is_root(directory: &Path) -> bool {
    FORGE_FOLDERS.iter().any(|folder| directory.join(folder).join("workflows").is_dir())
}

/// Whether a folder of this name may be a forge folder: there are file systems that take `.GitHub` for `.github`.
pub(super) fn is_forge_folder(name: &OsStr) -> bool {
    FORGE_FOLDERS.iter().any(|folder| name.eq_ignore_ascii_case(folder))
}

/// The nearest root above a file (or above and at a directory).
pub(super) fn root_of(path: &Path) -> Option<&Path> {
    path.ancestors().find(|directory| is_root(directory))
}

/// The nearest root above a folder, as far as the checkout that the folder is in.
pub(super) fn checkout_root(folder: &Path) -> Option<&Path> {
    let end = folder.ancestors().find(|directory| directory.join(".git").exists())?;
    root_of(folder).filter(|root| root.starts_with(end))
}

/// Whether a file's name ends as YAML's do.
pub(super) fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml")
}

/// Whether a file's name is that of an action's metadata.
pub(super) fn is_action(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "action.yml" || name == "action.yaml")
}

/// Whether a path (relative to a root) lies in a folder whose workflows a forge reads.
pub(super) fn is_workflow(relative: &Path) -> bool {
    is_yaml(relative) && FORGE_FOLDERS.iter().any(|folder| relative.starts_with(Path::new(folder).join("workflows")))
}
