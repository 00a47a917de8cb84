//! Reads makefiles, and keeps what their items say.

use std::collections::HashSet;
use std::sync::Arc;

use super::RepoPath;
use super::condition::{self, OpenCondition};
use super::state::{Binding, RecipeLine, State};
use crate::follow::makefile::{Assign, Flavour, Item, Makefile, Rule, outside_references};
use crate::follow::{Directory, Missing, Resolved, Unfollowed, resolve};
use crate::source::{Location, Source, Text};
use crate::symbol::Value;
use crate::truth::Truth;

/// How many files one call reads.
const MOST_FILES: usize = 64;

/// How many values of one variable are kept.
const MOST_BINDINGS: usize = 32;
/// How many prerequisites and recipe lines are kept, over all targets.
const MOST_KEPT: usize = 500_000;

impl State<'_> {
    /// Reads a makefile and what it includes.
    pub(super) fn load(&mut self, path: &RepoPath) -> Result<(), Missing> {
        let makefile = self.files.makefile(path).ok_or_else(|| match self.files.open(path) {
            Err(why) => why,
            Ok(_) => Missing::Absent,
        })?;
        self.read.push(path.clone());
        self.walk(&makefile, Truth::Yes);
        Ok(())
    }

    fn walk(&mut self, makefile: &Makefile, outer: Truth) {
        let mut frames: Vec<OpenCondition> = Vec::new();
        for item in &makefile.items {
            let counts = outer.and(condition::all(&frames));
            match item {
                Item::If(condition) => {
                    let holds = if counts.is_no() { Truth::No } else { self.holds(condition) };
                    self.conditionals += 1;
                    frames.push(OpenCondition::new(self.conditionals, holds));
                }
                Item::Else(condition) => {
                    let holds = condition.as_ref().map_or(Truth::Yes, |condition| self.holds(condition));
                    if let Some(frame) = frames.last_mut() {
                        frame.is_last = condition.is_none();
                        frame.otherwise(holds);
                    }
                }
                Item::EndIf => {
                    frames.pop();
                }
                _ if counts.is_no() => {}
                Item::Assign(assign) => self.assign(assign, counts, frames.last()),
                Item::Export(names) => {
                    let names = self.value(names.value());
                    let names = names.as_literal().unwrap_or_default();
                    self.exported.extend(names.split_whitespace().map(|name| (name.to_owned(), ())));
                }
                Item::Define(name) => {
                    let unknown = Value::unknown(format!("$({name})"));
                    self.variables.insert(name.clone(), vec![Binding::Now(unknown)]);
                }
                Item::Rule(rule) => self.rule(&makefile.source, rule, counts),
                Item::Recipe(text) => self.recipe(&makefile.source, text, counts),
                Item::Include { paths, is_optional } => self.include(&makefile.source, paths, *is_optional, counts),
                Item::Generated => self.generated = true,
            }
        }
    }

    fn assign(&mut self, assign: &Assign, counts: Truth, frame: Option<&OpenCondition>) {
        let name = self.value(assign.name.value());
        let Some(name) = name.as_literal().map(str::to_owned) else { return };
        if assign.is_exported {
            self.exported.insert(name.clone(), ());
        }
        let given = self.call.variables.iter().any(|(given, _)| *given == name);
        if given && !assign.is_override {
            return;
        }
        let raw: Arc<str> = assign.value.value().into();
        let old = self.variables.get(&name).cloned();
        let fresh = match assign.flavour {
            Flavour::Lazy => vec![Binding::Lazy(raw)],
            Flavour::Now => vec![Binding::Now(self.value(&raw))],
            Flavour::Shell => vec![Binding::Now(self.shell(&raw))],
            Flavour::Default if old.is_some() => return,
            Flavour::Default => match self.call.around.variable(&name) {
                Some(value) => vec![Binding::Now(value)],
                None => vec![Binding::Lazy(raw)],
            },
            Flavour::Append => match &old {
                Some(old) => old.iter().map(|binding| self.appended(binding, &raw)).collect(),
                None => vec![Binding::Lazy(raw)],
            },
        };
        if name == ".DEFAULT_GOAL" {
            let goal = fresh.first().map(|binding| self.bound(binding, 0));
            self.default_goal = goal.and_then(|goal| goal.as_literal().map(str::to_owned));
        }
        // Set in one branch: before the branch it was what it was.
        let number = frame.map_or(0, |frame| frame.number);
        let mut bindings = match old {
            _ if counts.is_yes() => Vec::new(),
            Some(old) => old,
            None => vec![Binding::Unset(number)],
        };
        if frame.is_some_and(|frame| frame.is_last) {
            bindings.retain(|binding| !matches!(binding, Binding::Unset(set) if *set == number));
        }
        bindings.extend(fresh);
        if bindings.len() > MOST_BINDINGS {
            bindings = vec![Binding::Now(Value::unknown(format!("$({name})")))];
        }
        self.variables.insert(name, bindings);
    }

    fn appended(&self, old: &Binding, raw: &str) -> Binding {
        match old {
            Binding::Lazy(text) if text.is_empty() => Binding::Lazy(raw.into()),
            Binding::Lazy(text) if text.len() + raw.len() < super::expand::LONGEST => {
                Binding::Lazy(format!("{text} {raw}").into())
            }
            Binding::Unset(_) => Binding::Lazy(raw.into()),
            Binding::Lazy(_) => Binding::Now(Value::unknown("a very long variable")),
            Binding::Now(value) if value.as_literal() == Some("") => Binding::Now(self.value(raw)),
            Binding::Now(value) => {
                Binding::Now(super::expand::capped(value.clone().then(Value::literal(" ")).then(self.value(raw))))
            }
        }
    }

    fn include(&mut self, source: &Source, paths: &Text, is_optional: bool, counts: Truth) {
        let at = source.location(paths.whole());
        let list = self.value(paths.value());
        let Some(list) = list.as_literal().map(str::to_owned) else {
            return self.gaps.push(Unfollowed::at(format!("it is not known which file `include {list}` names"), at));
        };
        for word in list.split_whitespace() {
            let directory = Directory::Inside(self.directory.clone());
            let Resolved::File(path) = resolve(&directory, &Value::literal(word), None) else {
                self.gaps.push(Unfollowed::at(format!("`include {word}` leads out of the checkout"), at.clone()));
                continue;
            };
            if self.read.contains(&path) {
                continue;
            }
            if self.read.len() >= MOST_FILES {
                return self.gaps.push(Unfollowed::at("more makefiles are included than are read", at));
            }
            match self.files.makefile(&path) {
                Some(makefile) => {
                    self.read.push(path);
                    self.walk(&makefile, counts);
                }
                None if is_optional => {}
                None => self.gaps.push(Unfollowed::at(format!("the included {path} is not there"), at.clone())),
            }
        }
    }

    fn rule(&mut self, source: &Source, rule: &Rule, counts: Truth) {
        self.current.clear();
        self.fresh = true;
        if let Some(name) = &rule.specific {
            self.specific.insert(name.clone());
            return;
        }
        let prerequisites = self.words(&rule.prerequisites, source);
        // A static pattern rule (`a b: %.o: %.c`) and pattern rules are not read.
        let targets = self.words(&rule.targets, source);
        if !self.room(targets.len().saturating_mul(prerequisites.len() + 1)) {
            return;
        }
        for (name, at) in targets {
            if name.contains('%') {
                continue;
            }
            let names = prerequisites.iter().map(|(name, _)| name.trim_end_matches(':'));
            let names = names.filter(|name| *name != "|" && !name.contains('%')).map(str::to_owned);
            match name.as_str() {
                ".PHONY" => {
                    self.phony.extend(names);
                    continue;
                }
                ".ONESHELL" => self.one_shell = true,
                ".EXPORT_ALL_VARIABLES" => {}
                _ => {}
            }
            if self.default_goal.is_none() && (!name.starts_with('.') || name.contains('/')) && !counts.is_no() {
                self.default_goal = Some(name.clone());
            }
            let target = self.targets.entry(name.clone()).or_default();
            if target.at.is_none() {
                (target.at, target.source) = (Some(at), Some(source.clone()));
                target.conditional = !counts.is_yes();
            }
            target.prerequisites.extend(names);
            self.current.push(name);
        }
    }

    fn recipe(&mut self, source: &Source, text: &Text, counts: Truth) {
        let starts = std::mem::take(&mut self.fresh);
        if !self.room(self.current.len()) {
            return;
        }
        for name in &self.current {
            let Some(target) = self.targets.get_mut(name) else { continue };
            // A second recipe replaces the first, unless a condition decides between them.
            if starts && counts.is_yes() {
                target.lines.clear();
            }
            // Lines of another file have another source: the first file's stay.
            if target.lines.is_empty() {
                target.source = Some(source.clone());
            } else if target.source.as_ref().is_some_and(|known| known.path() != source.path()) {
                continue;
            }
            target.lines.push(RecipeLine { text: text.clone(), conditional: !counts.is_yes() });
        }
    }

    /// Whether so many more can be kept; says once when not.
    fn room(&mut self, more: usize) -> bool {
        let had = self.kept <= MOST_KEPT;
        self.kept = self.kept.saturating_add(more);
        if had && self.kept > MOST_KEPT {
            self.gaps.push(Unfollowed::new("the makefile has more rules than are followed"));
        }
        self.kept <= MOST_KEPT
    }

    /// The words of a list, expanded, with their places.
    fn words(&mut self, text: &Text, source: &Source) -> Vec<(String, Location)> {
        let mut words = Vec::new();
        let value = text.value();
        let mut starts: Vec<std::ops::Range<usize>> = Vec::new();
        let blank: HashSet<usize> =
            outside_references(value).filter(|(_, c)| c.is_whitespace()).map(|(at, _)| at).collect();
        let mut start = None;
        for at in value.char_indices().map(|(at, _)| at).chain([value.len()]) {
            let ends = at == value.len() || blank.contains(&at);
            match start {
                None if !ends => start = Some(at),
                Some(from) if ends => {
                    starts.push(from..at);
                    start = None;
                }
                _ => {}
            }
        }
        for range in starts {
            let at = source.location(text.span(range.clone()));
            let expanded = self.value(&value[range]);
            match expanded.as_literal() {
                Some(names) => words.extend(names.split_whitespace().map(|name| (name.to_owned(), at.clone()))),
                None => self.gaps.push(Unfollowed::at(format!("it is not known which targets `{expanded}` names"), at)),
            }
        }
        words
    }
}
