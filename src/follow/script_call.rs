//! A call of named scripts, as its command line and the shell around it say it.

use super::{Directory, Files, RepoPath, Resolved, Surroundings, Unfollowed, resolve};
use crate::symbol::Value;

/// A call of named scripts: of just, Task, npm and its kin.
#[derive(Clone, Copy)]
pub struct ScriptCall<'c> {
    /// The program by its name: `npm`, `yarn`.
    pub program: &'c str,
    /// Where the call stands.
    pub here: &'c Directory,
    /// The directory that it is told (`-d`, `--prefix`), as it is written.
    pub told: Option<&'c Value>,
    /// Where it runs: what it is told, or else where it stands.
    pub directory: &'c Directory,
    /// The file that it is told (`-f`).
    pub file: Option<&'c Value>,
    /// The scripts; none means the default one. The first one's text is known.
    pub names: &'c [Value],
    /// What is handed to them.
    pub args: &'c [Value],
    /// The workspace that it is told (`--filter`): the script is another package's.
    pub workspace: Option<&'c Value>,
    /// `NAME=value` on the command line, which wins over the file's own.
    pub variables: &'c [(String, Value)],
    /// The environment.
    pub around: &'c dyn Surroundings,
}

impl<'c> ScriptCall<'c> {
    /// The first script that is named.
    pub fn name(&self) -> Option<&'c str> {
        self.names.first().and_then(Value::as_literal)
    }

    /// The file that its runner reads: the one that it is told, or the first of these names in the directory or above.
    /// `kind` is what people call such a file.
    pub(super) fn file_in(
        &self,
        directory: &Directory,
        files: &Files,
        names: &[&str],
        kind: &str,
    ) -> Result<RepoPath, Unfollowed> {
        let why = match (self.file, directory) {
            (Some(file), _) => match resolve(directory, file, None) {
                Resolved::File(path) => return Ok(path),
                _ => format!("it is not known which {kind} {file} is"),
            },
            (None, Directory::Inside(start)) => match files.first_above(start, names) {
                Some(path) => return Ok(path),
                None => format!("there is no {kind} in {start} or above"),
            },
            (None, _) => format!("it is not known in which directory {} runs", self.program),
        };
        Err(Unfollowed::new(why))
    }
}

#[cfg(test)]
impl<'c> ScriptCall<'c> {
    /// A call that says no more than this, with nothing known around it.
    pub(super) fn plain(program: &'c str, directory: &'c Directory, names: &'c [Value], args: &'c [Value]) -> Self {
        let around = &super::Nothing;
        let (told, file, workspace, variables) = (None, None, None, &[][..]);
        Self { program, here: directory, told, directory, file, names, args, workspace, variables, around }
    }
}
