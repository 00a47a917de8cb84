//! Every word that names it: found in the texts as they are written, judged by what the trace makes of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::super::shell_text::{Command, ShellText};
use super::super::untrusted::is_variable;
use super::super::{ByKey, Place, Withheld};
use super::reference::{Held, held, key, same};
use super::{Name, NameKind};
use crate::docker::DockerCall;
use crate::shell::Word;
use crate::source::Location;
use crate::symbol::{Part, Value};
use crate::trace::{Act, ActKind};
use crate::truth::Truth;

/// A word that names it.
#[derive(Clone, Debug)]
pub struct Use {
    /// The text, in the job's list.
    pub text: usize,
    /// The word.
    pub word: Word,
    /// How it names it.
    pub held: Held,
    /// It stands within a word of another command.
    pub nested: bool,
    /// The bytes of its command in the text.
    pub statement: std::ops::Range<usize>,
    /// It is the operand of `--link`.
    pub is_link: bool,
    /// It is one of several names: a loop over them.
    pub is_one_of: bool,
}

/// What a job's commands say and hold of things of one kind, found by their names.
#[derive(Debug, Default)]
struct Words {
    /// What the trace makes of each word that may name one: mostly one name.
    known: BTreeMap<Location, Vec<Value>>,
    /// Where a name is one of those, by its key.
    places: HashMap<String, Vec<Location>>,
    /// The words that are one of several names: by each of them.
    one_of: HashMap<String, BTreeSet<Location>>,
    /// Every word as it is written, with its place.
    written: Vec<(Location, Use)>,
    /// Those that stand where a name is known, by its key, or hold it as they are written.
    by_key: HashMap<String, Vec<usize>>,
    /// Those of which less is known than one plain name.
    open: Vec<usize>,
    written_at: HashSet<Location>,
}

/// The words of a job, by kind.
type AllWords = ByKey<NameKind, Words>;

impl Words {
    fn of(place: &Place<'_>, kind: NameKind) -> Rc<Self> {
        place.reading.of_job(place.job, AllWords::default).once(kind, || Self::read(place, kind))
    }

    fn read(place: &Place<'_>, kind: NameKind) -> Self {
        let mut words = Self::default();
        for act in &place.job.trace.acts {
            let ActKind::Docker(call) = &act.kind else { continue };
            for held in held(call, kind) {
                words.know(kind, act.frame.location(held.arg.span.clone()), held.name);
            }
        }
        for (index, text) in ShellText::of_job(place).iter().enumerate() {
            for (call, written) in text.calls() {
                words.write(kind, text, index, call, written);
            }
        }
        words
    }

    fn know(&mut self, kind: NameKind, at: Location, name: Value) {
        if let [Part::OneOf(several)] = name.parts() {
            for literal in several.iter().filter_map(Value::as_literal) {
                self.one_of.entry(literal.to_owned()).or_default().insert(at.clone());
            }
        }
        let names = self.known.entry(at.clone()).or_default();
        if !names.contains(&name) {
            self.places.entry(key(kind, &name)).or_default().push(at);
            names.push(name);
        }
    }

    fn write(&mut self, kind: NameKind, text: &ShellText, index: usize, call: &DockerCall, written: &Command) {
        let links: Vec<_> = call.options.values("link");
        for held in held(call, kind) {
            let holds = |word: &&Word| word.span.start <= held.arg.span.start && held.arg.span.end <= word.span.end;
            let Some(word) = written.words.iter().find(holds) else { continue };
            let at = text.source.location(text.text.span(held.arg.span.clone()));
            let next = self.written.len();
            match self.known.get(&at).map(Vec::as_slice) {
                Some([only]) if only.as_literal().is_some() => {
                    self.by_key.entry(key(kind, only)).or_default().push(next);
                }
                _ => self.open.push(next),
            }
            let is_link = links.iter().any(|link| link.span == held.arg.span);
            let found = Use {
                text: index,
                word: word.clone(),
                nested: written.nested,
                statement: written.statement.clone(),
                is_link,
                is_one_of: false,
                held,
            };
            self.written_at.insert(at.clone());
            self.written.push((at, found));
        }
    }

    /// What the trace says of a word: whether it is that name.
    fn truth(&self, at: &Location, name: &Name) -> Option<Truth> {
        let is_it = |known: &Value| match name.kind {
            NameKind::Image => Truth::from(same(name.kind, known, &name.value)),
            _ => known.same(&name.value),
        };
        let truths = self.known.get(at)?.iter().map(is_it);
        truths.reduce(|one, other| if one == other { one } else { Truth::Unknown })
    }

    /// Where the trace says that it is named, in order.
    fn certain(&self, name: &Name) -> Vec<&Location> {
        let places = self.places.get(&key(name.kind, &name.value)).into_iter().flatten();
        let mut certain: Vec<&Location> = places.filter(|at| self.truth(at, name).is_some_and(Truth::is_yes)).collect();
        certain.sort_unstable();
        certain
    }

    /// The written words that may be it, in order.
    fn candidates(&self, name: &Name) -> Vec<&(Location, Use)> {
        let found = match (name.kind, name.value.as_literal()) {
            (NameKind::Image, _) | (_, Some(_)) => {
                let named = self.by_key.get(&key(name.kind, &name.value)).into_iter().flatten();
                let mut found: Vec<usize> = named.chain(&self.open).copied().collect();
                found.sort_unstable();
                found
            }
            // Whether a plain name is what a variable holds, nobody knows.
            _ => (0..self.written.len()).collect(),
        };
        found.into_iter().filter_map(|at| self.written.get(at)).collect()
    }
}

/// Whether a job names it at all.
pub fn are_in(place: &Place<'_>, name: &Name) -> bool {
    !Words::of(place, name.kind).certain(name).is_empty()
}

/// The names of a kind that the jobs of a workflow say, with the places of those jobs.
type Sayers = ByKey<NameKind, JobsByName>;

type JobsByName = HashMap<String, Vec<usize>>;

/// The jobs of the workflow that may name it, by their places.
pub fn sayers(place: &Place<'_>, name: &Name) -> Vec<usize> {
    let sayers = place.reading.of_workflow(place.analysed, Sayers::default).once(name.kind, || {
        let mut sayers = JobsByName::new();
        for at in 0..place.analysed.jobs.len() {
            let Some(there) = place.of(at) else { continue };
            for key in Words::of(&there, name.kind).places.keys() {
                sayers.entry(key.clone()).or_default().push(at);
            }
        }
        sayers
    });
    sayers.get(&key(name.kind, &name.value)).cloned().unwrap_or_default()
}

/// Every use in a job's texts.
///
/// # Errors
/// When one stands in no text that can be edited.
pub fn of_job(place: &Place<'_>, name: &Name) -> Result<Vec<Use>, Withheld> {
    let words = Words::of(place, name.kind);
    let certain = words.certain(name);
    let is_seen = |at: &&&Location| words.written_at.contains(*at) || is_value(place, at) || is_handed_on(place, at);
    if let Some(at) = certain.iter().find(|at| !is_seen(at)) {
        return Err(Withheld::because(format!(
            "{} uses the name in a way that cannot be edited: change it by hand",
            command_at(place, at)
        )));
    }
    let candidates = words.candidates(name);
    let is_certain = |at: &Location| words.truth(at, name).is_some_and(Truth::is_yes);
    let forms: BTreeSet<String> =
        candidates.iter().filter(|(at, _)| is_certain(at)).map(|(_, used)| used.held.name.to_string()).collect();
    let is_use = |at: &Location, used: &Use| match words.truth(at, name) {
        Some(Truth::Yes) => true,
        Some(Truth::No) => false,
        // In a loop over names, or where several callers hand on their own.
        Some(Truth::Unknown) | None => {
            forms.contains(&used.held.name.to_string()) || same(name.kind, &used.held.name, &name.value)
        }
    };
    let one_of = name.value.as_literal().and_then(|literal| words.one_of.get(literal));
    let uses = candidates.into_iter().filter_map(|(at, used)| {
        let held = &used.held.name;
        let is_one_of =
            one_of.is_some_and(|one_of| one_of.contains(at)) && held.parts().len() == 1 && held.as_literal().is_none();
        (is_one_of || is_use(at, used)).then(|| Use { is_one_of, ..used.clone() })
    });
    Ok(uses.collect())
}

/// Whether a place is no command but a value in YAML: an action's input.
fn is_value(place: &Place<'_>, at: &Location) -> bool {
    let is_here = at.path == *place.tree.source().path();
    let mut inputs = place.steps_with_values().flat_map(|step| &step.with.entries);
    is_here && inputs.any(|var| var.span.contains(at.span))
}

/// Whether a word says nothing itself (`"$1"`, `"$@"`, `$IMAGE`): what it is given has the name, and changes.
fn is_handed_on(place: &Place<'_>, at: &Location) -> bool {
    let acts = place.job.trace.acts.iter();
    let source = acts.map(|act| &act.frame.source).find(|source| *source.path() == at.path);
    let word = source.map(|source| source.slice(at.span).trim_matches('"')).unwrap_or_default();
    let inner = word
        .strip_prefix('$')
        .map(|name| name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name));
    inner.is_some_and(|name| matches!(name, "@" | "*") || is_variable(name) || name.bytes().all(|c| c.is_ascii_digit()))
}

/// The command that has a word there, in words.
fn command_at(place: &Place<'_>, at: &Location) -> String {
    let has = |act: &&Act| act.frame.source.path() == &at.path && act.at.span.contains(at.span);
    match place.job.trace.acts.iter().find(has) {
        Some(act) => format!("`{}`", act.text),
        None => format!("a command of `{}`", at.path),
    }
}
