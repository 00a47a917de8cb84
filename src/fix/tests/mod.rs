#![allow(clippy::unwrap_used)]

mod patch;
mod prove;
mod rehearse;
mod rounds;

use crate::edit::{Change, Commands, Edit, Fix, Key, Meaning};
use crate::source::Span;

/// An edit of the first place where `old` stands in the text.
fn edit(path: &str, text: &str, old: &str, new: &str) -> Edit {
    let start = text.find(old).unwrap();
    Edit { path: path.into(), span: Span::new(start, start + old.len()), old: old.into(), new: new.into() }
}

/// A fix of one file.
fn fix(edits: Vec<Edit>, meaning: Meaning) -> Fix {
    let path = edits[0].path.clone();
    super::testing::fix(edits, vec![(&path, meaning)])
}

fn path(keys: &str) -> Vec<Key> {
    let key = |key: &str| key.parse().map_or_else(|_| Key::Name(key.to_owned()), Key::Index);
    keys.split('/').map(key).collect()
}

fn set(keys: &str, value: &str) -> Change {
    Change::Set { path: path(keys), value: value.into() }
}

fn commands(old: &[&str], new: &[&str]) -> Meaning {
    let owned = |list: &[&str]| list.iter().map(|command| (*command).to_owned()).collect();
    Meaning::Script(Commands { old: owned(old), new: owned(new), ..Commands::default() })
}
