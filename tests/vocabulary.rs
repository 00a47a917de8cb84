//! What the vocabulary says a field can hold, some field holds: a rule that waits for a word which nothing says never
//! finds anything.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use berthlint::check::{Engine, Options, facts};
use berthlint::facts::vocabulary::{COMMON, FieldSpec, KINDS, Type};
use berthlint::facts::{Datum, Fact, Field};
use berthlint::rules;
use rayon::prelude::*;
use walkdir::WalkDir;

/// A word of a field: the kind's name, none for those that all have, the field's, and the word.
type Said = (&'static str, &'static str, String);

/// Words that the code says, and that no fixture makes it say.
const WITHOUT_FIXTURE: &[(&str, &str, &str)] = &[
    ("compose-claim", "host-part", "range"),
    ("kill", "how", "pidof"),
    ("mount", "checkout", "replaced"),
    ("process", "killed", "other-step"),
    ("resource", "on-cancel", "hook"),
    ("resource", "on-failure", "hook"),
    ("resource", "on-killed", "hook"),
    ("resource", "on-success", "hook"),
    ("resource", "on-timeout", "hook"),
    ("sweep", "missing", "loud"),
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

/// The list that a field's words are of.
fn list(field: &FieldSpec) -> &'static [&'static str] {
    match field.holds {
        Type::OneOf(words) | Type::ListOf(words) => words,
        _ => &[],
    }
}

#[test]
fn every_word_of_the_vocabulary_is_said() {
    let all: Vec<Fact> = fixtures().par_iter().flat_map_iter(|root| of_repository(root)).chain(of_examples()).collect();
    let mut said: BTreeSet<Said> = BTreeSet::new();
    for fact in &all {
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
