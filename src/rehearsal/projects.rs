//! The compose files of a call, as they are when a played job calls.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

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

/// What compose calls of a rehearsal declare: the same call with the same variables is read once for all plays.
#[derive(Debug, Default)]
pub(super) struct Projects(RefCell<HashMap<Asked, Option<Rc<Declared>>>>);

/// All that a call's files are found and filled by.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Asked {
    /// The job's files: those of another job may be another text.
    workflow: usize,
    directory: String,
    files: Vec<String>,
    project_directory: Option<String>,
    env_files: Vec<String>,
    env: Vec<(String, String)>,
    dotenv: Option<String>,
}

impl Projects {
    /// What the files of a call declare; nothing where they cannot be read.
    pub(super) fn declared(
        &self,
        staged: &Staged<'_>,
        act: &Act,
        compose: &Compose,
        text: &dyn Fn(&Value) -> String,
        dotenv: Option<&str>,
    ) -> Option<Rc<Declared>> {
        let texts = |args: &[Arg]| args.iter().map(|arg| text(&arg.value)).collect::<Vec<String>>();
        let asked = Asked {
            workflow: std::ptr::from_ref(staged.files).addr(),
            directory: format!("{:?}", act.directory),
            files: texts(&compose.files),
            project_directory: compose.project_directory.as_ref().map(|arg| text(&arg.value)),
            env_files: texts(&compose.env_files),
            env: act.env.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            dotenv: dotenv.map(str::to_owned),
        };
        if let Some(known) = self.0.borrow().get(&asked) {
            return known.clone();
        }
        let declared = read(staged, act, &asked, text).map(Rc::new);
        self.0.borrow_mut().insert(asked, declared.clone());
        declared
    }
}

fn read(staged: &Staged<'_>, act: &Act, asked: &Asked, text: &dyn Fn(&Value) -> String) -> Option<Declared> {
    let values = |texts: &[String]| texts.iter().map(|text| Value::literal(text.as_str())).collect::<Vec<Value>>();
    let project_directory = asked.project_directory.as_deref().map(Value::literal);
    let written = asked.dotenv.as_deref().map(lines).unwrap_or_default();
    let variables = Variables { env: &act.env, text, written };
    let (files, env_files) = (values(&asked.files), values(&asked.env_files));
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
