//! A compose file that the checkout does not have and the job writes itself: what its project is called.

use super::environment::writes_to;
use super::model::Stack;
use super::project::directory_name;
use crate::follow::compose::DEFAULT_NAMES;
use crate::follow::{Directory, Files, RepoPath, Resolved, resolve};
use crate::symbol::Value;
use crate::trace::{Act, JobTrace};

/// The project of a call whose files are not there; nothing where one of them is there or is not written, or where what
/// is written may be anything. Which services it has is not looked at: a file that a job makes may be made anew.
pub(super) fn written_stack(
    files: &Files,
    trace: &JobTrace,
    act: &Act,
    given: &[Value],
    project_directory: Option<&Value>,
) -> Option<Stack> {
    let inside = |path: &Value| match resolve(&act.directory, path, None) {
        Resolved::File(path) => Some(path),
        _ => None,
    };
    let paths: Vec<RepoPath> = if given.is_empty() {
        let Directory::Inside(here) = &act.directory else { return None };
        let named = DEFAULT_NAMES.iter().filter_map(|name| here.join(name));
        vec![named.into_iter().find(|path| trace.written.iter().any(|written| writes_to(written, path)))?]
    } else {
        given.iter().map(inside).collect::<Option<_>>()?
    };
    // A file of the checkout may have a name of its own.
    if paths.iter().any(|path| files.is_file(path).is_some()) {
        return None;
    }
    let mut name = None;
    for path in &paths {
        let mut texts = trace.written.iter().filter(|written| writes_to(written, path)).peekable();
        texts.peek()?;
        for text in texts {
            name = named(&text.text)?.or(name);
        }
    }
    let directory = match project_directory {
        Some(directory) => inside(directory)?,
        None => paths.first()?.parent().unwrap_or_default(),
    };
    Some(Stack { name, directory: Some(directory_name(&directory)), ..Stack::default() })
}

/// The `name:` of a text, if it has one; nothing where nobody can tell.
fn named(text: &Value) -> Option<Option<Value>> {
    let mut name = None;
    for line in text.split('\n') {
        let Some(line) = line.as_literal() else {
            // What stands before the first unknown part says which key it is.
            let known = line.prefix();
            if known.trim().is_empty() && !known.starts_with([' ', '\t']) || known.starts_with("name") {
                return None;
            }
            continue;
        };
        if let Some(value) = line.strip_prefix("name:") {
            let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
            if value.contains('$') {
                return None;
            }
            name = Some(Value::literal(value));
        }
    }
    Some(name)
}
