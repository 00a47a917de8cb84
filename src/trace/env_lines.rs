//! Files of `NAME=value` whose lines become variables: `export $(grep -v '^#' .env | xargs)`, `cat .env >> "$GITHUB_ENV"`.

use super::interpreter::Interpreter;
use super::scope::Scope;
use super::{Act, ActKind, Capture};
use crate::command::Arg;
use crate::follow::compose::env_file;
use crate::follow::{Resolved, resolve};
use crate::symbol::Value;

/// Names and what they become.
pub(super) type EnvLines = Vec<(String, Value)>;

impl Interpreter<'_> {
    /// What the commands of a pipe print of a file of the repository.
    pub(super) fn env_lines_of(&self, scope: &Scope, capture: &Capture) -> Option<EnvLines> {
        capture.stages.iter().find_map(|stage| self.env_lines(scope, &stage.program, &stage.argv))
    }

    /// What a command prints of a file of the repository: all its lines, or those that begin with a name.
    pub(super) fn env_lines(&self, scope: &Scope, program: &str, argv: &[Arg]) -> Option<EnvLines> {
        if !matches!(program, "cat" | "grep" | "egrep" | "sed") {
            return None;
        }
        let plain = || argv.iter().filter(|arg| !arg.value.prefix().starts_with('-'));
        let Resolved::File(path) = resolve(&scope.directory, &plain().next_back()?.value, scope.script.as_ref()) else {
            return None;
        };
        let source = self.files.read(&path)?;
        let is_changed = self.changes(path.as_str());
        let turns = argv.iter().any(|arg| arg.value.prefix().starts_with("-v"));
        let pattern = plain().next().and_then(Arg::text).filter(|_| program.ends_with("grep") && !turns);
        let begins = pattern.and_then(|pattern| pattern.strip_prefix('^')).map(|name| name.trim_end_matches('='));
        let begins = begins.filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        let entries = env_file(&source).into_iter().filter_map(|entry| {
            let name = entry.name.value().to_owned();
            let text = entry.value.as_ref()?.value().to_owned();
            let value = if is_changed || text.contains('$') {
                Value::unknown(format!("${name}"))
            } else {
                Value::literal(text)
            };
            Some((name, value))
        });
        Some(entries.filter(|(name, _)| begins.is_none_or(|begins| name.starts_with(begins))).collect())
    }

    /// Whether the job may have changed a file before: then only its names are known.
    fn changes(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_it = |value: &Value| value.suffix().rsplit('/').next() == Some(name);
        let edits = |act: &Act| match &act.kind {
            ActKind::Command { program, argv, .. } => {
                let looks = matches!(program.as_str(), "cat" | "grep" | "egrep" | "source" | "." | "ls" | "test" | "[");
                let edits_none = program == "sed" && !argv.iter().any(|arg| arg.value.prefix().starts_with("-i"));
                act.context.output.as_ref().is_some_and(is_it)
                    || !looks && !edits_none && argv.iter().any(|arg| is_it(&arg.value))
            }
            _ => false,
        };
        self.trace.written.iter().any(|written| is_it(&written.path)) || self.trace.acts.iter().any(edits)
    }
}
