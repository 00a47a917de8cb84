//! The second parser: yaml_serde, of libyaml's family, knows nothing of ours. What a fix means is done to its tree
//! of the old text, and must give its tree of the new one.

use serde_yaml::{Mapping, Value};

use crate::edit::{Change, Key, Path};

/// Why the second parser does not see what was meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Differs {
    /// It does not take the text.
    #[error("a second YAML parser rejects the {0} text: {1}")]
    Rejected(&'static str, String),
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
    let mut meant = read(old).map_err(|error| Differs::Rejected("old", error))?;
    let found = read(new).map_err(|error| Differs::Rejected("new", error))?;
    // What is deepest first, and at one place from the end: paths and indices are those of the old document.
    let mut ordered: Vec<&Change> = changes.iter().rev().collect();
    ordered.sort_by_key(|change| std::cmp::Reverse(depth(change, &meant)));
    for change in ordered {
        make(&mut meant, change)?;
    }
    match difference(&meant, &found) {
        None => Ok(()),
        Some(path) => Err(Differs::Other(path)),
    }
}

fn read(text: &str) -> Result<Value, String> {
    serde_yaml::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())
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
                    let mapping = parent.as_mapping_mut().ok_or_else(missing)?;
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
                    let mapping = parent.as_mapping_mut().ok_or_else(missing)?;
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
