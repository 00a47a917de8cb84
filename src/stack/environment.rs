//! What a job has done to files before a compose call reads them: `.env` written, compose files edited.

use std::collections::BTreeMap;

use super::sed;
use crate::command::Arg;
use crate::follow::compose::env_file;
use crate::follow::{Directory, Files, RepoPath, Resolved, Surroundings, resolve};
use crate::source::Source;
use crate::symbol::{Part, Value, Variables};
use crate::trace::{Act, ActKind, JobTrace, Target, Written};
use crate::truth::Truth;

/// Programs that change the files they are given, with the option that makes them do so; `""` when they always do.
const EDITORS: [(&str, &str); 15] = [
    ("sed", "-i"),
    ("gsed", "-i"),
    ("perl", "-i"),
    ("yq", "-i"),
    ("dasel", "put"),
    ("tee", ""),
    ("curl", "-o"),
    ("wget", "-O"),
    ("patch", ""),
    ("truncate", ""),
    ("rm", ""),
    ("python", ""),
    ("python3", ""),
    ("node", ""),
    ("ruby", ""),
];

/// The variable that has the project's name.
pub(super) const PROJECT_NAME: &str = "COMPOSE_PROJECT_NAME";

/// Variables as a job set them in `.env` files, and in the environment of the call, which wins.
pub(super) struct Environment<'a> {
    env: &'a Variables,
    written: BTreeMap<String, Value>,
    /// Something wrote a file in a way that nobody can read.
    is_unknown: bool,
    /// The project's name, once it is known: compose sets `COMPOSE_PROJECT_NAME` to it for the texts of its files,
    /// wherever it comes from.
    project: Option<Value>,
}

impl<'a> Environment<'a> {
    /// The variables of the act at `index`, with those that the job has written to these files before.
    pub(super) fn new(files: &Files, trace: &'a JobTrace, index: usize, paths: &[RepoPath]) -> Self {
        let env = &trace.acts[index].env;
        let mut around = Self { env, written: BTreeMap::new(), is_unknown: false, project: None };
        for path in paths {
            around.read(files, trace, index, path);
        }
        around
    }

    /// The same for the files of a project of that name.
    pub(super) fn of_project(self, name: Value) -> Self {
        Self { project: Some(name), ..self }
    }

    fn read(&mut self, files: &Files, trace: &JobTrace, index: usize, path: &RepoPath) {
        let mut texts = trace.written.iter().filter(|written| written.after <= index).peekable();
        for at in 0..=index {
            while let Some(written) = texts.next_if(|written| written.after <= at) {
                if writes_to(written, path) {
                    self.lines(written);
                }
            }
            let Some(act) = trace.acts.get(at).filter(|act| at < index && act.context.target == Target::Here) else {
                continue;
            };
            self.command(files, act, path);
        }
    }

    /// `NAME=value` lines.
    fn lines(&mut self, written: &Written) {
        for line in written.text.split('\n') {
            let Some((name, value)) = line.split_once('=') else {
                // A secret that holds the whole file.
                self.is_unknown |= line.as_literal().is_none();
                continue;
            };
            let Some(name) = name.as_literal() else {
                self.is_unknown = true;
                continue;
            };
            let name = name.trim().trim_start_matches("export ").trim();
            if name.starts_with('#') {
                continue;
            }
            let value = match value.as_literal() {
                Some(text) => Value::literal(text.trim().trim_matches(['"', '\''])),
                None => value,
            };
            self.set(name, value, written.conditional);
        }
    }

    /// A variable has this value from now on, or perhaps.
    fn set(&mut self, name: &str, value: Value, perhaps: bool) {
        let before = self.written.get(name).filter(|_| perhaps).cloned();
        self.written.insert(name.to_owned(), Value::one_of(before.into_iter().chain([value])));
    }

    fn command(&mut self, files: &Files, act: &Act, path: &RepoPath) {
        match &act.kind {
            ActKind::Command { program, argv, .. } => {
                let to_file = act.context.output.as_ref().is_some_and(|output| means(act, output, path));
                match program.as_str() {
                    // Their texts are known.
                    "echo" | "printf" | "tee" => {}
                    "cat" if to_file => {
                        for from in words(argv) {
                            self.copied(files, act, &from.value);
                        }
                    }
                    "cp" | "mv" if is_copied_to(act, argv, path) => {
                        if let Some(from) = words(argv).next() {
                            self.copied(files, act, &from.value);
                        }
                    }
                    "sed" | "gsed" if !to_file && is_edited(act, program, argv, path) => match sed::changes(argv) {
                        Some(changes) => {
                            self.know(files, path);
                            changes.iter().for_each(|change| self.changed(change, act));
                        }
                        None => self.is_unknown = true,
                    },
                    _ => self.is_unknown |= to_file || is_edited(act, program, argv, path),
                }
            }
            ActKind::Uses { name } => {
                let name = name.to_ascii_lowercase();
                self.is_unknown |= ["envfile", "env-file", "dotenv"].iter().any(|word| name.contains(word));
            }
            _ => {}
        }
    }

    /// A line, or all of them, are written anew.
    fn changed(&mut self, change: &sed::Change, act: &Act) {
        let unknown = |name: &str| Value::unknown(format!("${name}"));
        match change {
            sed::Change::Set(name, value) => {
                let value = value.as_ref().map_or_else(|| unknown(name), |text| Value::literal(text.as_str()));
                self.set(name, value, act.context.conditional);
            }
            sed::Change::Replace(old, new) => {
                for (name, value) in &mut self.written {
                    match value.as_literal() {
                        Some(text) if text.contains(old) && !act.context.conditional => {
                            *value = Value::literal(text.replace(old, new));
                        }
                        Some(text) if !text.contains(old) => {}
                        _ => *value = unknown(name),
                    }
                }
            }
            sed::Change::Any => self.written.iter_mut().for_each(|(name, value)| *value = unknown(name)),
        }
    }

    /// What stood in another file stands there now.
    fn copied(&mut self, files: &Files, act: &Act, from: &Value) {
        let Resolved::File(from) = resolve(&act.directory, from, None) else {
            self.is_unknown = true;
            return;
        };
        match files.read(&from) {
            Some(source) => {
                let known = self.entries(&source);
                self.written.extend(known);
            }
            None => self.is_unknown = true,
        }
    }

    /// What the repository has in the file itself, unless the job has written that anew.
    fn know(&mut self, files: &Files, path: &RepoPath) {
        for (name, value) in files.read(path).map(|source| self.entries(&source)).into_iter().flatten() {
            self.written.entry(name).or_insert(value);
        }
    }

    fn entries(&self, source: &Source) -> Vec<(String, Value)> {
        let known = |name: &str| self.env.get(name).or_else(|| self.written.get(name)).cloned();
        let entries = env_file(source).into_iter();
        entries.filter_map(|entry| Some((entry.name.value().to_owned(), entry.resolve(&known)?))).collect()
    }
}

impl Surroundings for Environment<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        if let Some(project) = self.project.as_ref().filter(|_| name == PROJECT_NAME) {
            return Some(project.clone());
        }
        let known = self.env.get(name).or_else(|| self.written.get(name)).cloned();
        // Which files and profiles are meant is seldom said in a file that a secret holds.
        let may_be_set = self.is_unknown && !matches!(name, "COMPOSE_FILE" | "COMPOSE_PROFILES");
        // Those of the run are set for every command: `image: app:${GITHUB_RUN_ID:-local}`.
        let of_run = || crate::trace::contexts::variable(name).filter(|_| name.contains("_RUN_"));
        known.or_else(of_run).or_else(|| may_be_set.then(|| Value::unknown(format!("${name}"))))
    }
}

/// Whether the job changes or makes one of these files before the act at `index`.
pub fn edits(trace: &JobTrace, index: usize, paths: &[RepoPath]) -> Truth {
    let is_written = |written: &Written| written.after <= index && paths.iter().any(|path| writes_to(written, path));
    if trace.written.iter().any(is_written) {
        return Truth::Yes;
    }
    let changes = |act: &Act| {
        let ActKind::Command { program, argv, .. } = &act.kind else { return false };
        act.context.target == Target::Here
            && paths.iter().any(|path| {
                act.context.output.as_ref().is_some_and(|output| means(act, output, path))
                    || matches!(program.as_str(), "cp" | "mv" | "install" | "ln") && is_copied_to(act, argv, path)
                    || is_edited(act, program, argv, path)
            })
    };
    trace.acts[..index].iter().any(changes).into()
}

/// Whether a command wrote to that file.
pub fn writes_to(written: &Written, path: &RepoPath) -> bool {
    written.target == Target::Here && is_file(&written.directory, &written.path, path)
}

fn means(act: &Act, value: &Value, path: &RepoPath) -> bool {
    is_file(&act.directory, value, path)
}

fn is_file(directory: &Directory, value: &Value, path: &RepoPath) -> bool {
    may_be_named(value, path.name()) && matches!(resolve(directory, value, None), Resolved::File(file) if file == *path)
}

/// Whether the last name of a path may be this one. Most are another one, which is seen without a look at where they
/// lead.
fn may_be_named(path: &Value, name: &str) -> bool {
    let [before @ .., Part::Literal(text)] = path.parts() else { return true };
    let text = text.trim_end_matches('/');
    match text.rsplit_once('/') {
        Some((_, last)) => matches!(last, "." | "..") || name.is_empty() || last == name,
        None => matches!(text, "" | "." | "..") || name.is_empty() || !before.is_empty() || text == name,
    }
}

/// The arguments that are no options.
fn words(argv: &[Arg]) -> impl Iterator<Item = &Arg> {
    argv.iter().filter(|arg| !arg.value.prefix().starts_with('-'))
}

/// `cp FROM PATH`, or `cp DIRECTORY/NAME` to its directory.
fn is_copied_to(act: &Act, argv: &[Arg], path: &RepoPath) -> bool {
    let all: Vec<&Arg> = words(argv).collect();
    let Some((to, from)) = all.split_last() else { return false };
    let into = path.parent().is_some_and(|parent| means(act, &to.value, &parent));
    let named = |arg: &&Arg| arg.value.suffix().rsplit('/').next() == Some(path.name());
    means(act, &to.value, path) || into && from.iter().any(named)
}

fn is_edited(act: &Act, program: &str, argv: &[Arg], path: &RepoPath) -> bool {
    let option = EDITORS.iter().find(|(name, _)| *name == program).map(|(_, option)| *option);
    let Some(option) = option else { return false };
    let inline = |arg: &Arg| {
        let text = arg.value.prefix();
        text.starts_with(option)
            || option == "-i" && (text.starts_with("--in") || is_cluster(text, 'i'))
            || option == "-o" && (text.starts_with("--output") || is_cluster(text, 'o'))
    };
    (option.is_empty() || argv.iter().any(inline)) && words(argv).any(|arg| means(act, &arg.value, path))
}

/// `-pi`, `-fsSLo`.
fn is_cluster(text: &str, letter: char) -> bool {
    text.strip_prefix('-').is_some_and(|rest| !rest.starts_with('-') && rest.len() < 8 && rest.contains(letter))
}
