//! The compose files of a call, as they are when a played job calls.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::machine::Declared;
use super::staged::Staged;
use crate::command::Arg;
use crate::docker::Compose;
use crate::follow::compose::{ComposeCall, load};
use crate::follow::{Directory, Surroundings};
use crate::symbol::{self, Value};
use crate::trace::Act;

/// The variables of a call, as its run has them.
struct Variables<'a> {
    env: &'a symbol::Variables,
    /// What `-p` calls the project: compose hands it to the files as `COMPOSE_PROJECT_NAME`.
    project: Option<String>,
    text: &'a dyn Fn(&Value) -> String,
    /// What the job has written to `.env`.
    written: BTreeMap<String, String>,
}

impl Surroundings for Variables<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        let project = self.project.clone().filter(|_| name == "COMPOSE_PROJECT_NAME");
        let set = project.or_else(|| self.env.get(name).map(|value| (self.text)(value)));
        set.or_else(|| self.written.get(name).cloned()).map(Value::literal)
    }
}

/// How many readings of the same files are kept.
const MOST_READINGS: usize = 32;

/// What compose calls of a rehearsal declare. Of all variables around a call few are in its files: where these are the
/// same it is read once for all plays, which may be played at the same time.
#[derive(Debug, Default)]
pub(super) struct Projects(Mutex<HashMap<Call, Vec<Reading>>>);

/// What a call says of its files.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Call {
    /// The job's files: those of another job may be another text.
    texts: usize,
    directory: Directory,
    files: Vec<String>,
    project_directory: Option<String>,
    env_files: Vec<String>,
}

/// What files declared once.
#[derive(Debug)]
struct Reading {
    /// The variables that were asked for.
    asked: BTreeMap<String, Option<Value>>,
    declared: Option<Arc<Declared>>,
}

/// Variables, with a note of which were asked for.
struct Noted<'a> {
    around: &'a Variables<'a>,
    asked: RefCell<BTreeMap<String, Option<Value>>>,
}

impl Surroundings for Noted<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        let value = self.around.variable(name);
        self.asked.borrow_mut().insert(name.to_owned(), value.clone());
        value
    }
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
    ) -> Option<Arc<Declared>> {
        let texts = |args: &[Arg]| args.iter().map(|arg| text(&arg.value)).collect::<Vec<String>>();
        let call = Call {
            texts: std::ptr::from_ref(staged.files).addr(),
            directory: act.directory.clone(),
            files: texts(&compose.files),
            project_directory: compose.project_directory.as_ref().map(|arg| text(&arg.value)),
            env_files: texts(&compose.env_files),
        };
        let project = compose.project.as_ref().map(|arg| text(&arg.value)).filter(|name| !name.is_empty());
        let variables = Variables { env: &act.env, project, text, written: dotenv.map(lines).unwrap_or_default() };
        let is_same = |reading: &&Reading| reading.asked.iter().all(|(name, value)| variables.variable(name) == *value);
        if let Some(reading) = self.known().get(&call).and_then(|readings| readings.iter().find(is_same)) {
            return reading.declared.clone();
        }
        let noted = Noted { around: &variables, asked: RefCell::default() };
        let declared = call.read(staged, &noted).map(Arc::new);
        let mut known = self.known();
        let readings = known.entry(call).or_default();
        if readings.len() >= MOST_READINGS {
            readings.clear();
        }
        readings.push(Reading { asked: noted.asked.into_inner(), declared: declared.clone() });
        declared
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Call, Vec<Reading>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    fn read(&self, staged: &Staged<'_>, around: &Noted<'_>) -> Option<Declared> {
        let values = |texts: &[String]| texts.iter().map(|text| Value::literal(text.as_str())).collect::<Vec<Value>>();
        let (files, env_files) = (values(&self.files), values(&self.env_files));
        let project_directory = self.project_directory.as_deref().map(Value::literal);
        let call = ComposeCall {
            directory: &self.directory,
            files: &files,
            project_directory: project_directory.as_ref(),
            env_files: &env_files,
            around,
        };
        let project = load(staged.files, &call).ok()?;
        Some(Declared::of(&project, around))
    }
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
    let told = compose.project.as_ref().map(|arg| text(&arg.value)).filter(|name| !name.is_empty());
    let set = || act.env.get("COMPOSE_PROJECT_NAME").map(text).filter(|name| !name.is_empty());
    let own = || declared.map(|declared| declared.name.clone().unwrap_or_else(|| declared.directory.clone()));
    told.or_else(set).or_else(own).unwrap_or_default()
}
