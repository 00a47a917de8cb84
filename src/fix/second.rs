//! The second parser: yaml_serde, of libyaml's family, knows nothing of ours. What a fix means is done to its tree
//! of the old text, and must give its tree of the new one.

use std::collections::BTreeMap;

use serde_yaml::{Mapping, Value};

use crate::edit::{Change, Key, Path};

/// Why the second parser does not see what was meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Differs {
    /// It does not take the text.
    #[error("a second YAML parser rejects the {0} text: {1}")]
    Rejected(&'static str, String),
    /// It takes one document of a file, and there are more.
    #[error("the file holds several YAML documents: only files of one are changed")]
    Documents,
    /// Two fixes change one text where they cannot be told apart.
    #[error("two changes of one text overlap, at `{0}`")]
    Twice(String),
    /// The change names a place that is not there.
    #[error("the change names a place that is not there: {0}")]
    NoSuchPlace(String),
    /// The new text says something else than the change.
    #[error("a second YAML parser reads something else than what is meant, at {0}")]
    Other(String),
}

/// Whether `new` is `old` with the changes made.
///
/// # Errors
/// [`Differs`].
pub(super) fn same(old: &str, changes: &[Change], new: &str) -> Result<(), Differs> {
    let rejected = |which| move |error: String| Differs::Rejected(which, error);
    if serde_yaml::Deserializer::from_str(text(old)).nth(1).is_some() {
        return Err(Differs::Documents);
    }
    let mut meant = read(old).map_err(rejected("old"))?;
    let found = read(new).map_err(rejected("new"))?;
    let changes = merged(changes, &meant)?;
    // What is deepest first, and at one place from the end: paths and indices are those of the old document.
    let mut ordered: Vec<(usize, &Change)> = changes.iter().enumerate().collect();
    ordered.sort_by_key(|(index, change)| std::cmp::Reverse((depth(change, &meant), *index)));
    for (_, change) in ordered {
        make(&mut meant, change)?;
    }
    match difference(&meant, &found) {
        None => Ok(()),
        Some(path) => Err(Differs::Other(path)),
    }
}

/// A document as this parser sees it.
pub(super) fn read(document: &str) -> Result<Value, String> {
    serde_yaml::from_str(text(document)).map_err(|error| error.to_string())
}

/// Without the byte order mark, which is ours to know.
fn text(document: &str) -> &str {
    document.strip_prefix('\u{feff}').unwrap_or(document)
}

/// The changes with those of one text made one: each fix says the whole text as it would be by it alone.
fn merged(changes: &[Change], old: &Value) -> Result<Vec<Change>, Differs> {
    let mut merged: Vec<Change> = Vec::new();
    let mut texts: BTreeMap<&Path, Vec<&Value>> = BTreeMap::new();
    for change in changes {
        match change {
            Change::Set { path, value } => texts.entry(path).or_default().push(value),
            other => merged.push(other.clone()),
        }
    }
    for (path, values) in texts {
        let value = match values.as_slice() {
            [first, rest @ ..] if rest.iter().all(|value| value == first) => (*first).clone(),
            several => {
                let twice = || Differs::Twice(shown(path));
                let old = get(old, path).and_then(Value::as_str).ok_or_else(twice)?;
                let new: Option<Vec<&str>> = several.iter().map(|value| value.as_str()).collect();
                Value::from(spliced(old, &new.ok_or_else(twice)?).ok_or_else(twice)?)
            }
        };
        merged.push(Change::Set { path: path.clone(), value });
    }
    Ok(merged)
}

/// A text with what each of several others changes in it; nothing when two of them change the same part.
fn spliced(old: &str, new: &[&str]) -> Option<String> {
    let mut parts: Vec<(usize, usize, &str)> = new.iter().map(|new| changed(old, new)).collect();
    parts.sort_unstable();
    let mut text = String::new();
    let mut done = 0;
    for (index, (start, end, new)) in parts.iter().enumerate() {
        if *start < done || index > 0 && *start == done {
            return None;
        }
        text.push_str(old.get(done..*start)?);
        text.push_str(new);
        done = *end;
    }
    text.push_str(old.get(done..)?);
    Some(text)
}

/// The bytes of the old text that are others in the new, and those.
fn changed<'n>(old: &str, new: &'n str) -> (usize, usize, &'n str) {
    let same = |(one, other): &(char, char)| one == other;
    let start: usize = old.chars().zip(new.chars()).take_while(same).map(|(one, _)| one.len_utf8()).sum();
    let (rest, other) = (&old[start..], &new[start..]);
    let end: usize = rest.chars().rev().zip(other.chars().rev()).take_while(same).map(|(one, _)| one.len_utf8()).sum();
    (start, old.len() - end, &other[..other.len() - end])
}

/// How late a change is to be made, the latest first: values before what moves them, the inner before the outer,
/// and in one collection what stands further behind. Of insertions at one place the last comes first.
fn depth(change: &Change, tree: &Value) -> (bool, usize, usize) {
    match change {
        Change::Set { path, .. } => (true, path.len(), 0),
        Change::Insert { path, at, .. } => (false, path.len() + 1, *at * 2),
        Change::Remove { path } => {
            let at = match path.last() {
                Some(Key::Index(index)) => *index,
                Some(Key::Name(name)) => position(tree, path, name),
                None => 0,
            };
            (false, path.len(), at * 2 + 1)
        }
    }
}

fn position(tree: &Value, path: &Path, name: &str) -> usize {
    let parent = path.split_last().and_then(|(_, parent)| get(tree, parent));
    let keys = parent.and_then(Value::as_mapping).map(Mapping::keys);
    keys.and_then(|mut keys| keys.position(|key| key.as_str() == Some(name))).unwrap_or_default()
}

fn get<'v>(tree: &'v Value, path: &[Key]) -> Option<&'v Value> {
    path.iter().try_fold(tree, |value, key| match key {
        Key::Name(name) => untagged(value).as_mapping()?.get(name.as_str()),
        Key::Index(index) => untagged(value).as_sequence()?.get(*index),
    })
}

fn untagged(value: &Value) -> &Value {
    match value {
        Value::Tagged(tagged) => &tagged.value,
        value => value,
    }
}

fn get_mut<'v>(tree: &'v mut Value, path: &[Key]) -> Result<&'v mut Value, Differs> {
    let mut value = tree;
    for (depth, key) in path.iter().enumerate() {
        if let Value::Tagged(tagged) = value {
            value = &mut tagged.value;
        }
        let inner = match key {
            Key::Name(name) => value.as_mapping_mut().and_then(|mapping| mapping.get_mut(name.as_str())),
            Key::Index(index) => value.as_sequence_mut().and_then(|items| items.get_mut(*index)),
        };
        value = inner.ok_or_else(|| Differs::NoSuchPlace(shown(&path[..=depth])))?;
    }
    Ok(value)
}

fn make(tree: &mut Value, change: &Change) -> Result<(), Differs> {
    match change {
        Change::Set { path, value } => {
            *get_mut(tree, path)? = value.clone();
            Ok(())
        }
        Change::Insert { path, at, key, value } => {
            let missing = || Differs::NoSuchPlace(shown(path));
            let parent = get_mut(tree, path)?;
            match key {
                Some(key) => {
                    let mapping = parent.as_mapping_mut().filter(|mapping| !mapping.contains_key(key.as_str()));
                    let mapping = mapping.ok_or_else(missing)?;
                    insert(mapping, *at, key, value.clone());
                }
                None => {
                    let items = parent.as_sequence_mut().ok_or_else(missing)?;
                    items.insert((*at).min(items.len()), value.clone());
                }
            }
            Ok(())
        }
        Change::Remove { path } => {
            let missing = || Differs::NoSuchPlace(shown(path));
            let (last, parent) = path.split_last().ok_or_else(missing)?;
            let parent = get_mut(tree, parent)?;
            match last {
                Key::Name(name) => {
                    let mapping = parent.as_mapping_mut().filter(|mapping| mapping.contains_key(name.as_str()));
                    let mapping = mapping.ok_or_else(missing)?;
                    *mapping =
                        std::mem::take(mapping).into_iter().filter(|(key, _)| key.as_str() != Some(name)).collect();
                }
                Key::Index(index) => {
                    let items = parent.as_sequence_mut().ok_or_else(missing)?;
                    if *index >= items.len() {
                        return Err(missing());
                    }
                    items.remove(*index);
                }
            }
            Ok(())
        }
    }
}

fn insert(mapping: &mut Mapping, at: usize, key: &str, value: Value) {
    let mut entries: Vec<(Value, Value)> = std::mem::take(mapping).into_iter().collect();
    entries.insert(at.min(entries.len()), (Value::from(key), value));
    *mapping = entries.into_iter().collect();
}

/// The first place where two trees differ, order of keys and tags included.
fn difference(one: &Value, other: &Value) -> Option<String> {
    let mut path = Vec::new();
    differs(one, other, &mut path)
        .then(|| if path.is_empty() { "its root".to_owned() } else { format!("`{}`", path.join(".")) })
}

fn differs(one: &Value, other: &Value, path: &mut Vec<String>) -> bool {
    match (one, other) {
        (Value::Mapping(ours), Value::Mapping(theirs)) => {
            for ((key, ours), (other, theirs)) in ours.iter().zip(theirs) {
                path.push(key.as_str().unwrap_or("?").to_owned());
                if key != other || differs(ours, theirs, path) {
                    return true;
                }
                path.pop();
            }
            ours.len() != theirs.len()
        }
        (Value::Sequence(ours), Value::Sequence(theirs)) => {
            for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                path.push(index.to_string());
                if differs(ours, theirs, path) {
                    return true;
                }
                path.pop();
            }
            ours.len() != theirs.len()
        }
        (Value::Tagged(ours), Value::Tagged(theirs)) => {
            ours.tag != theirs.tag || differs(&ours.value, &theirs.value, path)
        }
        (ours, theirs) => ours != theirs,
    }
}

fn shown(path: &[Key]) -> String {
    let keys = path.iter().map(|key| match key {
        Key::Name(name) => name.clone(),
        Key::Index(index) => index.to_string(),
    });
    keys.collect::<Vec<_>>().join(".")
}
