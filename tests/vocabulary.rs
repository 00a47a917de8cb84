//! What the vocabulary says a field can hold, some field holds: a rule that waits for a word which nothing says never
//! finds anything. What rules say of it is told: a message that no fact chooses nobody ever reads.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use berthlint::check::{Engine, Options, facts};
use berthlint::facts::vocabulary::{COMMON, FieldSpec, KINDS, Type};
use berthlint::facts::{Confidence, Datum, Fact, Field};
use berthlint::rules::{self, Case, Rule};
use rayon::prelude::*;
use regex::Regex;
use walkdir::WalkDir;

/// A word of a field: the kind's name, none for those that all have, the field's, and the word.
type Said = (&'static str, &'static str, String);

/// Words that the code says, and that no fixture makes it say.
const WITHOUT_FIXTURE: &[(&str, &str, &str)] = &[
    ("compose-claim", "host-part", "range"),
    ("kill", "how", "pidof"),
    ("process", "killed", "other-step"),
    ("sweep", "missing", "exit-status"),
    ("teardown", "why", "filter"),
];

/// Folders with a forge folder in them, below the fixtures.
fn fixtures() -> Vec<PathBuf> {
    let is_root = |path: &Path| [".gitea", ".forgejo", ".github"].iter().any(|forge| path.join(forge).is_dir());
    let walk = WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")).max_depth(6).into_iter();
    let folders = walk.map(Result::unwrap).filter(|entry| entry.file_type().is_dir()).map(walkdir::DirEntry::into_path);
    folders.filter(|path| is_root(path)).collect()
}

fn of_repository(root: &Path) -> Vec<Fact> {
    facts(&Engine::built_in(), &Options::new(root, vec![root.to_owned()])).unwrap().0
}

/// The facts of both sides of every example.
fn of_examples() -> Vec<Fact> {
    let rules: Vec<_> = rules::built_in().iter().map(|rule| rule.prose()).collect();
    let examples: Vec<_> = rules.iter().flat_map(|prose| &prose.examples).collect();
    let sides = examples.into_par_iter().flat_map_iter(|example| {
        [(example.path(), &example.bad), (example.good_path(), &example.good)].map(|(path, text)| {
            let folder = tempfile::tempdir().unwrap();
            let config = example.config.as_deref().unwrap_or_default();
            let files = example.files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
            for (path, text) in files.chain([(path, text.as_str()), (".berthlint.yaml", config)]) {
                let path = folder.path().join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            of_repository(folder.path())
        })
    });
    sides.flatten_iter().collect()
}

/// The facts of all fixtures and of all examples.
static FACTS: LazyLock<Vec<Fact>> =
    LazyLock::new(|| fixtures().par_iter().flat_map_iter(|root| of_repository(root)).chain(of_examples()).collect());

/// The list that a field's words are of.
fn list(field: &FieldSpec) -> &'static [&'static str] {
    match field.holds {
        Type::OneOf(words) | Type::ListOf(words) => words,
        _ => &[],
    }
}

/// A reader who wants another field of a fact opens the vocabulary, and finds there where the fact is made.
#[test]
fn the_vocabulary_names_the_file_of_each_kind() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = |path: &Path| path.extension().is_some_and(|extension| extension == "rs");
    let mut made: BTreeSet<(String, String)> = BTreeSet::new();
    let make = Regex::new(r#"\b(?:Fact::new|fact|fact_of|job_fact)\(\s*"([a-z-]+)","#).unwrap();
    for entry in WalkDir::new(root.join("src")).into_iter().map(Result::unwrap).filter(|entry| code(entry.path())) {
        let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        let text = std::fs::read_to_string(entry.path()).unwrap();
        // What tests make is no fact of a workflow.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let kinds = make.captures_iter(text).map(|found| found[1].to_owned());
        let is_test = path.contains("/tests") || path.contains("/testing");
        made.extend(
            kinds
                .filter(|kind| !is_test && berthlint::facts::vocabulary::kind(kind).is_some())
                .map(|kind| (kind, path.clone())),
        );
    }
    let head = std::fs::read_to_string(root.join("src/facts/vocabulary.rs")).unwrap();
    let line = Regex::new(r"(?m)^//! - `(src/[\w/.]+)`: (.*)$").unwrap();
    let kind = Regex::new("`([a-z-]+)`").unwrap();
    let mut named: BTreeSet<(String, String)> = BTreeSet::new();
    for line in line.captures_iter(&head) {
        named.extend(kind.captures_iter(&line[2]).map(|kind| (kind[1].to_owned(), line[1].to_owned())));
    }
    assert_eq!(named, made, "the vocabulary's head (left), the code (right)");
    let kinds: BTreeSet<&str> = named.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, KINDS.iter().map(|kind| kind.name).collect(), "kinds that something makes, and all kinds");
}

#[test]
fn every_word_of_the_vocabulary_is_said() {
    let mut said: BTreeSet<Said> = BTreeSet::new();
    for fact in &*FACTS {
        for (name, field) in &fact.fields {
            let common = COMMON.iter().any(|known| known.name == *name);
            let kind =
                if common && !fact.kind.fields.iter().any(|own| own.name == *name) { "" } else { fact.kind.name };
            match field {
                Field::Known(Datum::Text(word)) => drop(said.insert((kind, name, word.clone()))),
                Field::Known(Datum::List(words)) => said.extend(words.iter().map(|word| (kind, *name, word.clone()))),
                _ => {}
            }
        }
    }
    let own = KINDS.iter().flat_map(|kind| kind.fields.iter().map(|field| (kind.name, field)));
    let fields: Vec<_> = own.chain(COMMON.iter().map(|field| ("", field))).collect();
    let mut unsaid: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    for (kind, field) in &fields {
        // What several fields can hold in common, any of them may say.
        let alike = |other: &&(&'static str, &'static FieldSpec)| list(other.1) == list(field);
        let is_said = |word: &str| {
            fields.iter().filter(alike).any(|(kind, field)| said.contains(&(*kind, field.name, word.to_owned())))
        };
        unsaid.extend(list(field).iter().filter(|word| !is_said(word)).map(|word| (*kind, field.name, *word)));
    }
    assert_eq!(unsaid, WITHOUT_FIXTURE.iter().copied().collect(), "nothing says (left), known to be without a fixture");
}

/// Which case of a rule a finding in this fact tells, counted as in the file with the general one last, and which of
/// the case's texts its help is.
fn told(rule: &Rule, fact: &Fact) -> Option<(usize, Option<usize>)> {
    let found = rules::judge([rule], std::slice::from_ref(fact));
    let case = rule.decide(fact)?.case;
    // Without being asked for, only what is sure enough is shown.
    let least = case.confidence.min(Confidence::Medium);
    if found.iter().all(|finding| finding.confidence < least) {
        return None;
    }
    let index = rule.also.iter().chain([&rule.base]).position(|other| std::ptr::eq(other, case))?;
    Some((index, case.help.as_ref().and_then(|help| help.choice(fact))))
}

/// A case that an earlier one always takes, or a condition that never holds, is text that nobody ever reads.
#[test]
fn every_message_and_help_is_told() {
    let mut never = Vec::new();
    for rule in rules::built_in() {
        let of_kind = FACTS.iter().filter(|fact| fact.kind.name == rule.on.name);
        let told: BTreeSet<(usize, Option<usize>)> = of_kind.filter_map(|fact| told(rule, fact)).collect();
        for (index, case) in rule.also.iter().chain([&rule.base]).enumerate() {
            let name = match rule.also.len() == index {
                true => format!("{}: the general case", rule.id),
                false => format!("{}: entry {} of `also`", rule.id, index + 1),
            };
            if !told.iter().any(|(case, _)| *case == index) {
                never.push(name);
                continue;
            }
            // A case without help of its own has the rule's.
            let own = |case: &Case| format!("{:?}", case.help);
            let alike = |other: &usize| own(rule.also.get(*other).unwrap_or(&rule.base)) == own(case);
            let choices = case.help.as_ref().map_or(0, |help| help.choices());
            let is_told = |choice| (0..=rule.also.len()).filter(alike).any(|case| told.contains(&(case, Some(choice))));
            let missing = (0..choices).filter(|choice| !is_told(*choice));
            never.extend(missing.map(|choice| format!("{name}, text {} of its `help`", choice + 1)));
        }
    }
    assert!(never.is_empty(), "no example and no fixture has:\n{}", never.join("\n"));
}
