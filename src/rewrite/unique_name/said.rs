//! What a job says besides docker's own words, found by the names in it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::super::shell_text::{Command, ShellText};
use super::super::{Place, Scene};
use crate::docker::is_name_letter;
use crate::shell::{Node, RedirectKind, Word};
use crate::source::{Source, Span};
use crate::trace::ActKind;

/// What a job says besides docker's own words, found by the names in it.
#[derive(Debug, Default)]
pub struct Said {
    /// The commands that have a name in a word: the text's place, and the command's in the text.
    commands: HashMap<String, Vec<(usize, usize)>>,
    /// The texts that have heredocs, by their places.
    heredocs: Vec<usize>,
    /// Programs of the repository in other languages, with the names in them.
    programs: Vec<(Source, HashSet<String>)>,
    /// Makefiles and their like of which the job runs some recipes, with the names in the others.
    recipes: Vec<(Source, HashSet<String>)>,
}

impl Said {
    /// What this job says.
    pub fn of(scene: &Scene<'_>, place: &Place<'_>, texts: &[ShellText]) -> Rc<Self> {
        place.reading.of_job(place.job, || Self::read(scene, place, texts))
    }

    fn read(scene: &Scene<'_>, place: &Place<'_>, texts: &[ShellText]) -> Self {
        let (programs, recipes) = (programs(scene, place, texts), other_recipes(texts));
        let mut said = Self { programs, recipes, ..Self::default() };
        for (index, text) in texts.iter().enumerate() {
            for (at, command) in text.commands().iter().enumerate() {
                let mut names: HashSet<String> = HashSet::new();
                for word in &command.words {
                    names.extend(names_in(text.value().get(word.span.clone()).unwrap_or_default()).map(str::to_owned));
                    names.extend(word.literal().map(Cow::into_owned));
                }
                names.into_iter().for_each(|name| said.commands.entry(name).or_default().push((index, at)));
            }
            if !heredocs(text).is_empty() {
                said.heredocs.push(index);
            }
        }
        said
    }

    /// The commands that may have a name in them, by texts, in order.
    pub fn commands_with<'t>(&self, name: &str, texts: &'t [ShellText]) -> Vec<(usize, Vec<&'t Command>)> {
        if is_one_name(name) {
            return self.commands_saying(name, texts);
        }
        texts.iter().enumerate().map(|(index, text)| (index, text.commands().iter().collect())).collect()
    }

    /// The commands that have a text for a word, or as a name in one, by texts, in order.
    pub fn commands_saying<'t>(&self, name: &str, texts: &'t [ShellText]) -> Vec<(usize, Vec<&'t Command>)> {
        let mut found: Vec<(usize, Vec<&Command>)> = Vec::new();
        for (index, at) in self.commands.get(name).into_iter().flatten() {
            let Some(command) = texts.get(*index).and_then(|text| text.commands().get(*at)) else { continue };
            match found.last_mut() {
                Some((last, commands)) if last == index => commands.push(command),
                _ => found.push((*index, vec![command])),
            }
        }
        found
    }

    /// The places of the heredocs in the job's texts: what other programs read.
    pub fn bodies<'t>(&self, texts: &'t [ShellText]) -> Vec<(&'t ShellText, Range<usize>)> {
        let with = self.heredocs.iter().filter_map(|index| texts.get(*index));
        with.flat_map(|text| heredocs(text).into_iter().map(move |body| (text, body.span.clone()))).collect()
    }

    /// Programs and recipes with a name in them that is meant.
    pub fn programs_saying(&self, is_meant: &dyn Fn(&str) -> bool) -> Vec<String> {
        let all = self.programs.iter().chain(&self.recipes);
        let said = all.filter_map(|(source, names)| {
            let name = names.iter().filter(|name| is_meant(name)).min()?;
            Some(format!(
                "`{}` still uses `{name}`, which is derived from the old name: change it by hand",
                source.path()
            ))
        });
        said.collect()
    }

    /// Programs and recipes that name it.
    pub fn others(&self, name: &str) -> Vec<String> {
        let has = |(source, names): &&(Source, HashSet<String>)| match is_one_name(name) {
            true => names.contains(name),
            false => !find(source.text(), name).is_empty(),
        };
        let programs = self.programs.iter().filter(has);
        let programs =
            programs.map(|(source, _)| format!("`{}` still has the old name: change it by hand", source.path()));
        let recipes = self.recipes.iter().filter(|(_, names)| names.contains(name)).map(|(source, _)| {
            format!(
                "a recipe of `{}` that the job does not run still has the old name: change it by hand",
                source.path()
            )
        });
        programs.chain(recipes).collect()
    }
}

/// The bodies of a text's heredocs.
fn heredocs(text: &ShellText) -> Vec<&Word> {
    let mut bodies = Vec::new();
    text.script.visit(&mut |node| {
        let Node::Statement(statement) = node else { return };
        let redirects = statement.command().into_iter().flat_map(|command| &command.redirects);
        for redirect in redirects.chain(&statement.redirects) {
            if let RedirectKind::Heredoc { body, .. } = &redirect.kind {
                bodies.push(body);
            }
        }
    });
    bodies
}

/// The files of the repository, no shell scripts, that commands are given, each once.
fn programs(scene: &Scene<'_>, place: &Place<'_>, texts: &[ShellText]) -> Vec<(Source, HashSet<String>)> {
    let read: HashSet<&str> = texts.iter().map(|text| text.source.path().as_ref()).collect();
    let mut words: HashSet<&str> = HashSet::new();
    let mut known: HashSet<Arc<str>> = HashSet::new();
    let mut programs = Vec::new();
    for act in &place.job.trace.acts {
        let ActKind::Command { argv, .. } = &act.kind else { continue };
        for word in argv.iter().filter_map(|arg| arg.text()).filter(|word| word.contains('.')) {
            if !words.insert(word) {
                continue;
            }
            let Some(source) = scene.named(word.trim_start_matches("./")) else { continue };
            if !read.contains(source.path().as_ref()) && known.insert(source.path().clone()) {
                let names = names_in(source.text()).map(str::to_owned).collect();
                programs.push((source, names));
            }
        }
    }
    programs
}

/// The files with recipes that some of the texts are lines of, with the names in the recipe lines that none of them is.
fn other_recipes(texts: &[ShellText]) -> Vec<(Source, HashSet<String>)> {
    let mut read: BTreeMap<&str, (&Source, Vec<Span>)> = BTreeMap::new();
    for text in texts.iter().filter(|text| text.source.kind().has_recipes()) {
        let (_, spans) = read.entry(text.source.path().as_ref()).or_insert_with(|| (&text.source, Vec::new()));
        spans.push(text.text.whole());
    }
    let mut all = Vec::new();
    for (source, mut spans) in read.into_values() {
        spans.sort();
        let mut spans = spans.into_iter().peekable();
        let mut names = HashSet::new();
        let lines = (1..=source.line_count()).filter_map(|line| source.line(line));
        for line in lines.filter(|line| source.kind().is_recipe_line(source.slice(*line))) {
            while spans.next_if(|span| span.end <= line.start).is_some() {}
            if spans.peek().is_none_or(|span| line.end <= span.start) {
                names.extend(names_in(source.slice(line)).map(str::to_owned));
            }
        }
        all.push((source.clone(), names));
    }
    all
}

/// Whether a text is a name and nothing else: then it stands in another text as a whole, or not at all.
fn is_one_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_name_letter)
}

/// The names that stand in a text.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !is_name_letter(c)).filter(|name| !name.is_empty())
}

/// Where a name stands in a word, as a whole.
pub fn tokens(text: &str, word: &Word, name: &str) -> Vec<Range<usize>> {
    let raw = text.get(word.span.clone()).unwrap_or_default();
    find(raw, name).into_iter().map(|range| word.span.start + range.start..word.span.start + range.end).collect()
}

/// Where a name stands in a text, as a whole.
pub fn find(text: &str, name: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(name) {
        let (before, after) = (text.get(..at), text.get(at + name.len()..));
        let apart = !before.is_some_and(|text| text.ends_with(is_name_letter))
            && !after.is_some_and(|text| text.starts_with(is_name_letter));
        if apart {
            found.push(at..at + name.len());
        }
    }
    found
}
