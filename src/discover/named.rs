//! Files given by name.

use std::ffi::OsStr;
use std::path::Path;

use super::finder::Finder;
use super::place::{FORGE_FOLDERS, is_action, is_workflow, is_yaml, root_of};
use super::repository::Only;
use super::walk;
use crate::door::read::Bounds;
use crate::source::FileKind;

/// How much of a file is looked at to see what it is.
const HEAD: usize = 64 * 1024;

/// A file given by name: a workflow, an action, something that workflows call, or not ours.
pub(super) fn file(finder: &mut Finder<'_>, path: &Path) {
    let bounds = Bounds::Inside(walk::root_around(path).to_owned());
    match finder.reader.head(path, &bounds, HEAD) {
        Ok(head) => known(finder, path, &String::from_utf8_lossy(&head)),
        Err(refused) => finder.refused(path, &refused),
    }
}

/// A file of which `head` is the beginning.
pub(super) fn known(finder: &mut Finder<'_>, path: &Path, head: &str) {
    let root = path.parent().and_then(root_of).map(Path::to_owned);
    let relative = root.as_deref().and_then(|root| path.strip_prefix(root).ok());
    if is_action(path) && has_key(head, "runs") {
        let root = walk::local_action(finder, path);
        return ask(finder, &root, path, true);
    }
    match (&root, relative) {
        (Some(root), Some(relative)) if is_workflow(relative) => workflow(finder, root, path),
        (Some(root), _) if is_yaml(path) && is_workflow_text(head) => workflow(finder, root, path),
        (None, _) if is_yaml(path) && is_workflow_text(head) => {
            let folder = path.parent().unwrap_or(path).to_owned();
            workflow(finder, &folder, path);
        }
        (None, _) => finder.skip(path, "not in a repository with workflows: no forge folder above it"),
        (Some(root), Some(relative)) if in_forge_folder(relative) && is_yaml(path) => {
            let _ = root;
            finder.skip(path, "no workflow: it is not in a `workflows` folder and has no `jobs:`");
        }
        (Some(root), _) if is_called(path, head) => ask(finder, root, path, false),
        (Some(_), _) => finder.skip(path, "not a workflow, action, shell script, makefile or compose file"),
    }
}

fn workflow(finder: &mut Finder<'_>, root: &Path, path: &Path) {
    if let Ok(relative) = path.strip_prefix(root) {
        let repository = finder.repository(root);
        if !repository.workflows.iter().any(|known| known == relative) {
            repository.workflows.push(relative.to_owned());
        }
    }
    ask(finder, root, path, true);
}

/// Notes that this file is asked for.
fn ask(finder: &mut Finder<'_>, root: &Path, path: &Path, with_calls: bool) {
    let Ok(relative) = path.strip_prefix(root) else { return };
    let repository = finder.repository(root);
    let shown = repository.display(relative);
    let only = repository.only.get_or_insert_with(Only::default);
    if with_calls {
        only.callers.insert(shown)
    } else {
        only.files.insert(shown)
    };
}

fn has_key(head: &str, key: &str) -> bool {
    head.lines().any(|line| {
        let line = line.trim_start_matches('\u{feff}');
        let quoted = line.trim_start_matches(['"', '\'']);
        quoted.strip_prefix(key).is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    })
}

fn is_workflow_text(head: &str) -> bool {
    has_key(head, "jobs") && has_key(head, "on")
}

fn in_forge_folder(relative: &Path) -> bool {
    FORGE_FOLDERS.iter().any(|folder| relative.starts_with(folder))
}

/// Whether a file is of a kind that workflows call and berthlint follows.
fn is_called(path: &Path, head: &str) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    FileKind::named(name).is_some() || is_yaml(path) || is_shell_script(head)
}

/// Whether the first line names a shell.
fn is_shell_script(head: &str) -> bool {
    let line = head.lines().next().unwrap_or_default();
    let Some(program) = line.strip_prefix("#!") else { return false };
    let words = program.split([' ', '/', '\t']);
    words.into_iter().any(|word| matches!(word.trim(), "sh" | "bash" | "dash" | "ksh" | "ash"))
}
