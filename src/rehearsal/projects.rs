//! The compose files of a call, as they are when a played job calls.

use std::collections::BTreeMap;

use super::machine::Declared;
use super::staged::Staged;
use crate::command::Arg;
use crate::docker::Compose;
use crate::follow::Surroundings;
use crate::follow::compose::{ComposeCall, load};
use crate::symbol::{self, Value};
use crate::trace::Act;

/// The variables of a call, as its run has them.
struct Variables<'a> {
    env: &'a symbol::Variables,
    text: &'a dyn Fn(&Value) -> String,
    /// What the job has written to `.env`.
    written: BTreeMap<String, String>,
}

impl Surroundings for Variables<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        let set = self.env.get(name).map(|value| (self.text)(value));
        set.or_else(|| self.written.get(name).cloned()).map(Value::literal)
    }
}

/// What the files of a call declare; nothing where they cannot be read.
pub(super) fn declared(
    staged: &Staged<'_>,
    act: &Act,
    compose: &Compose,
    text: &dyn Fn(&Value) -> String,
    dotenv: Option<&str>,
) -> Option<Declared> {
    let values = |args: &[Arg]| args.iter().map(|arg| Value::literal(text(&arg.value))).collect::<Vec<Value>>();
    let project_directory = compose.project_directory.as_ref().map(|arg| Value::literal(text(&arg.value)));
    let variables = Variables { env: &act.env, text, written: dotenv.map(lines).unwrap_or_default() };
    let (files, env_files) = (values(&compose.files), values(&compose.env_files));
    let call = ComposeCall {
        directory: &act.directory,
        files: &files,
        project_directory: project_directory.as_ref(),
        env_files: &env_files,
        around: &variables,
    };
    let project = load(staged.files, &call).ok()?;
    Some(Declared::of(&project, &variables))
}

/// `NAME=value` lines.
fn lines(text: &str) -> BTreeMap<String, String> {
    let pairs = text.lines().filter_map(|line| line.trim_start_matches("export ").split_once('='));
    let plain = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    pairs.map(|(name, value)| (name.trim().to_owned(), plain(value))).collect()
}

/// The project's name, as compose finds it.
pub(super) fn name(
    compose: &Compose,
    declared: Option<&Declared>,
    act: &Act,
    text: &dyn Fn(&Value) -> String,
) -> String {
    let told = compose.project.as_ref().map(|arg| text(&arg.value));
    let set = || act.env.get("COMPOSE_PROJECT_NAME").map(text).filter(|name| !name.is_empty());
    let own = || declared.map(|declared| declared.name.clone().unwrap_or_else(|| declared.directory.clone()));
    told.or_else(set).or_else(own).unwrap_or_default()
}
