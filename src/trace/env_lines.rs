//! Files of `NAME=value` whose lines become variables: `export $(grep -v '^#' .env | xargs)`, `cat .env >>
//! "$GITHUB_ENV"`.

use super::interpreter::Interpreter;
use super::scope::Scope;
use super::{Act, ActKind, Capture};
use crate::command::Arg;
use crate::follow::compose::env_file;
use crate::follow::{Resolved, resolve};
use crate::symbol::Value;

/// Names and what they become.
pub(super) type EnvLines = Vec<(String, Value)>;

/// A variable of which only the name is known.
fn unknown(name: String) -> (String, Value) {
    let value = Value::unknown(format!("${name}"));
    (name, value)
}

/// Which lines of a file a command prints as they are.
enum Lines {
    All,
    /// That begin so.
    Beginning(String),
    /// That have this in them.
    With(String),
}

impl Lines {
    /// Those that a command prints, where it is certain; `plain` are its arguments without options.
    fn of(program: &str, argv: &[Arg], plain: &[&Arg]) -> Option<Self> {
        let is_comment = |pattern: &str| pattern.contains('#');
        let text = plain.first().and_then(|arg| arg.text());
        match (program, plain.len()) {
            ("cat", 1) => Some(Self::All),
            ("sed", 2) => text.filter(|text| text.ends_with("/d") && is_comment(text)).map(|_| Self::All),
            ("grep" | "egrep", 2) => {
                let options: Vec<&str> =
                    argv.iter().filter_map(Arg::text).filter(|text| text.starts_with('-')).collect();
                let turns = match options.as_slice() {
                    [] | ["-E"] => false,
                    ["-v" | "-Ev" | "-vE"] | ["-E", "-v"] | ["-v", "-E"] => true,
                    _ => return None,
                };
                let is_word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                let pattern = text?;
                if turns {
                    return is_comment(pattern).then_some(Self::All);
                }
                match pattern.strip_prefix('^') {
                    Some(start) if is_word(start.trim_end_matches('=')) => Some(Self::Beginning(start.to_owned())),
                    None if is_word(pattern) => Some(Self::With(pattern.to_owned())),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether the line of a variable is one of them.
    fn have(&self, name: &str, text: &str) -> bool {
        let line = format!("{name}={text}");
        match self {
            Self::All => true,
            Self::Beginning(start) => line.starts_with(start.as_str()),
            Self::With(word) => line.contains(word.as_str()),
        }
    }
}

impl Interpreter<'_> {
    /// What the commands of a pipe print of a file of the repository. What another one makes of it is not known.
    pub(super) fn env_lines_of(&self, scope: &Scope, capture: &Capture) -> Option<EnvLines> {
        let lines = capture.stages.iter().find_map(|stage| self.env_lines(scope, &stage.program, &stage.argv))?;
        let others = capture.stages.iter().filter(|stage| stage.program != "xargs" || !stage.argv.is_empty());
        Some(if others.count() > 1 { lines.into_iter().map(|(name, _)| unknown(name)).collect() } else { lines })
    }

    /// What a command prints of a file of the repository: all its lines, or those that it looks for. Of one that may
    /// print something else only the names are known.
    pub(super) fn env_lines(&self, scope: &Scope, program: &str, argv: &[Arg]) -> Option<EnvLines> {
        if !matches!(program, "cat" | "grep" | "egrep" | "sed") {
            return None;
        }
        let plain: Vec<&Arg> = argv.iter().filter(|arg| !arg.value.prefix().starts_with('-')).collect();
        let Resolved::File(path) = resolve(&scope.directory, &plain.last()?.value, scope.script.as_ref()) else {
            return None;
        };
        let source = self.files.read(&path)?;
        let lines = Lines::of(program, argv, &plain);
        let is_known = lines.is_some() && !self.changes(path.as_str());
        let entries = env_file(&source).into_iter().filter_map(|entry| {
            let name = entry.name.value().to_owned();
            let text = entry.value.as_ref()?.value().to_owned();
            let is_printed = lines.as_ref().is_none_or(|lines| lines.have(&name, &text));
            let value = if is_known && !text.contains('$') { Value::literal(text) } else { unknown(name.clone()).1 };
            is_printed.then_some((name, value))
        });
        Some(entries.collect())
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
