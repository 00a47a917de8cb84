//! YAML as the second parser reads it: the only file here that asks it. It is independent of `crate::yaml`, so
//! that a mistake there cannot prove itself right.

use std::collections::{HashMap, HashSet};
use std::ops::{Bound, RangeBounds};

use serde::Deserialize;
use serde_yaml::{Deserializer, Value};

use super::join::{Part, difference, join};
use crate::edit::{Change, Key};

/// Why the meant change is not what the new text says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Differs {
    /// The parser rejects the old or the new text.
    #[error("the second YAML parser rejects the file as it {state}: {error}")]
    Rejected {
        /// `is`, or `would be`.
        state: &'static str,
        /// The parser's words.
        error: String,
    },
    /// Two fixes change one text where they cannot be told apart.
    #[error("two changes of one text overlap, at {0}")]
    Twice(String),
    /// A change names a place that is not there.
    #[error("the change that is meant names a place that is not in the file: {0}")]
    NoPlace(String),
    /// The trees differ.
    #[error("at {0}")]
    Value(String),
}

/// Proves that `new` means what `old` means with these changes, order of keys and tags included.
///
/// A block at the end of a file that does not end its last line gets that end from what is written behind it. That is
/// the same script.
///
/// # Errors
/// [`Differs`].
pub(super) fn same(old: &str, changes: &[Change], new: &str) -> Result<(), Differs> {
    let Err(why) = same_to_the_end(old, changes, new) else { return Ok(()) };
    let ended = format!("{old}\n");
    let last = match old.ends_with('\n') {
        true => None,
        false => documents(old, "is")?.first().zip(documents(&ended, "is")?.first()).and_then(|(old, ended)| {
            let mut path = Vec::new();
            equal(old, ended, &mut path).is_err().then_some(path)
        }),
    };
    let Some(last) = last else { return Err(why) };
    let end = |change: &Change| match change {
        Change::Set { path, value: Value::String(text) } if *path == last => {
            Change::Set { path: path.clone(), value: format!("{text}\n").into() }
        }
        change => change.clone(),
    };
    same_to_the_end(&ended, &changes.iter().map(end).collect::<Vec<_>>(), new).map_err(|_| why)
}

fn same_to_the_end(old: &str, changes: &[Change], new: &str) -> Result<(), Differs> {
    let mut meant = documents(old, "is")?;
    let written = documents(new, "would be")?;
    if !changes.is_empty() {
        let Some(first) = meant.first_mut() else { return Err(Differs::NoPlace("the file is empty".to_owned())) };
        let changes = one_for_each_text(first, changes)?;
        if let Some(path) = doubled(first, &changes) {
            return Err(Differs::NoPlace(format!("{} is there already", shown(&path))));
        }
        let mut used = vec![false; changes.len()];
        *first = changed(first, &Meant::of(&changes), &mut used);
        if let Some(unused) = used.iter().position(|used| !used) {
            return Err(Differs::NoPlace(shown(target(&changes[unused]))));
        }
    }
    if meant.len() != written.len() {
        return Err(Differs::Value("the number of documents".to_owned()));
    }
    for (meant, written) in meant.iter().zip(&written) {
        equal(meant, written, &mut Vec::new())?;
    }
    Ok(())
}

/// Whether the parser accepts a text.
pub(super) fn accepts(text: &str) -> Result<(), Differs> {
    documents(text, "would be").map(drop)
}

fn documents(text: &str, state: &'static str) -> Result<Vec<Value>, Differs> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let documents = Deserializer::from_str(text).map(Value::deserialize).collect::<Result<Vec<_>, _>>();
    documents.map_err(|error| Differs::Rejected { state, error: error.to_string() })
}

/// The changes with those of one text made one, which says all of it: each fix is about its own parts of the text, or
/// says the whole of it as it would be by this fix alone.
fn one_for_each_text(old: &Value, changes: &[Change]) -> Result<Vec<Change>, Differs> {
    let mut said: HashMap<&[Key], Vec<&Change>> = HashMap::new();
    for change in changes {
        if let Change::Set { path, .. } | Change::Parts { path, .. } = change {
            said.entry(path).or_default().push(change);
        }
    }
    let mut joined: Vec<Change> = Vec::new();
    for change in changes {
        let (Change::Set { path, .. } | Change::Parts { path, .. }) = change else {
            joined.push(change.clone());
            continue;
        };
        // The first stands for all.
        let Some(own) = said.remove(path.as_slice()) else { continue };
        if matches!(change, Change::Set { .. }) && own.iter().all(|other| *other == change) {
            joined.push(change.clone());
            continue;
        }
        let text = get(old, path).and_then(Value::as_str).and_then(|old| {
            let parts: Option<Vec<Vec<Part<'_>>>> = own.iter().map(|change| parts(old, change)).collect();
            join(old, &parts?)
        });
        let text = text.ok_or_else(|| match own.len() {
            1 => Differs::NoPlace(shown(path)),
            _ => Differs::Twice(shown(path)),
        })?;
        joined.push(Change::Set { path: path.clone(), value: text.into() });
    }
    Ok(joined)
}

/// The parts of a text that a change is about; nothing when it is about no text.
fn parts<'c>(old: &str, change: &'c Change) -> Option<Vec<Part<'c>>> {
    match change {
        Change::Set { value, .. } => Some(vec![difference(old, value.as_str()?)]),
        Change::Parts { parts, .. } => {
            let parts = parts.iter().map(|(range, new)| Part { start: range.start, end: range.end, new });
            Some(parts.collect())
        }
        Change::Insert { .. } | Change::Remove { .. } => None,
    }
}

/// The first key that would be there twice.
fn doubled(old: &Value, changes: &[Change]) -> Option<Vec<Key>> {
    let removed = changes.iter().filter_map(|change| match change {
        Change::Remove { path } => Some(path),
        _ => None,
    });
    let removed: HashSet<&Vec<Key>> = removed.collect();
    changes.iter().find_map(|change| {
        let Change::Insert { path, key: Some(key), .. } = change else { return None };
        let path = [path.as_slice(), &[Key::Name(key.clone())]].concat();
        (!removed.contains(&path) && get(old, &path).is_some()).then_some(path)
    })
}

fn get<'v>(value: &'v Value, path: &[Key]) -> Option<&'v Value> {
    let untagged = |value: &'v Value| match value {
        Value::Tagged(tagged) => &tagged.value,
        value => value,
    };
    path.iter().try_fold(value, |value, step| match (untagged(value), step) {
        (Value::Mapping(entries), Key::Name(step)) => {
            let written = entries.get(step.as_str());
            let same = || entries.iter().find(|(key, _)| name(key).as_ref() == Some(step)).map(|(_, value)| value);
            written.or_else(same)
        }
        (Value::Sequence(items), Key::Index(at)) => items.get(*at),
        _ => None,
    })
}

fn target(change: &Change) -> &[Key] {
    match change {
        Change::Set { path, .. }
        | Change::Parts { path, .. }
        | Change::Insert { path, .. }
        | Change::Remove { path } => path,
    }
}

/// The changes at one place, and those below it.
#[derive(Default)]
struct Meant<'c> {
    /// The value that it gets, and by which change.
    set: Option<(usize, &'c Value)>,
    /// The changes that remove it.
    removed: Vec<usize>,
    /// What comes into it: the change, the place before which, the key, the value; in the order it was meant.
    inserted: Vec<(usize, usize, Option<&'c String>, &'c Value)>,
    below: HashMap<&'c Key, Meant<'c>>,
}

impl<'c> Meant<'c> {
    fn of(changes: &'c [Change]) -> Self {
        let mut all = Self::default();
        for (index, change) in changes.iter().enumerate() {
            let there = target(change).iter().fold(&mut all, |at, key| at.below.entry(key).or_default());
            match change {
                Change::Set { value, .. } => there.set = there.set.or(Some((index, value))),
                Change::Insert { at, key, value, .. } => there.inserted.push((index, *at, key.as_ref(), value)),
                Change::Remove { .. } => there.removed.push(index),
                // Of a text all is said by now.
                Change::Parts { .. } => {}
            }
        }
        // Of those before one place the first comes first.
        let mut open = vec![&mut all];
        while let Some(meant) = open.pop() {
            meant.inserted.sort_by_key(|(_, at, ..)| *at);
            open.extend(meant.below.values_mut());
        }
        all
    }

    /// What comes into the collection at these places, each once.
    fn inserted(&self, places: impl RangeBounds<usize>, used: &mut [bool]) -> Vec<(Option<String>, Value)> {
        let from = match places.start_bound() {
            Bound::Included(from) => *from,
            _ => 0,
        };
        let start = self.inserted.partition_point(|(_, at, ..)| *at < from);
        let here = self.inserted[start..].iter().take_while(|(_, at, ..)| places.contains(at));
        let mut new: Vec<_> = here.filter(|(change, ..)| !std::mem::replace(&mut used[*change], true)).collect();
        new.sort_by_key(|(change, ..)| *change);
        new.into_iter().map(|(_, _, key, value)| (key.cloned(), (*value).clone())).collect()
    }
}

/// The value with the changes at and below it, whose indices are those of the old document.
fn changed(value: &Value, meant: &Meant<'_>, used: &mut [bool]) -> Value {
    if let Some((change, value)) = meant.set {
        used[change] = true;
        return value.clone();
    }
    match value {
        Value::Mapping(old) => {
            let mut new: Vec<(Value, Value)> = Vec::new();
            for (at, (key, value)) in old.iter().enumerate() {
                new.extend(meant.inserted(at..=at, used).into_iter().filter_map(with_key));
                let below = name(key).and_then(|name| meant.below.get(&Key::Name(name)));
                let value = below.map_or_else(|| Some(value.clone()), |below| kept(value, below, used));
                new.extend(value.map(|value| (key.clone(), value)));
            }
            new.extend(meant.inserted(old.len().., used).into_iter().filter_map(with_key));
            Value::Mapping(new.into_iter().collect())
        }
        Value::Sequence(old) => {
            let mut new: Vec<Value> = Vec::new();
            for (at, value) in old.iter().enumerate() {
                new.extend(meant.inserted(at..=at, used).into_iter().map(|(_, value)| value));
                let below = meant.below.get(&Key::Index(at));
                new.extend(below.map_or_else(|| Some(value.clone()), |below| kept(value, below, used)));
            }
            new.extend(meant.inserted(old.len().., used).into_iter().map(|(_, value)| value));
            Value::Sequence(new)
        }
        Value::Tagged(tagged) => {
            let mut tagged = tagged.clone();
            tagged.value = changed(&tagged.value, meant, used);
            Value::Tagged(tagged)
        }
        // A key without a value becomes a collection.
        Value::Null => {
            let new = meant.inserted(.., used);
            if new.is_empty() {
                return Value::Null;
            }
            match new.iter().all(|(key, _)| key.is_none()) {
                true => Value::Sequence(new.into_iter().map(|(_, value)| value).collect()),
                false => Value::Mapping(new.into_iter().filter_map(with_key).collect()),
            }
        }
        other => other.clone(),
    }
}

/// A value as it is afterwards; nothing when it goes.
fn kept(value: &Value, meant: &Meant<'_>, used: &mut [bool]) -> Option<Value> {
    meant.removed.iter().for_each(|change| used[*change] = true);
    meant.removed.is_empty().then(|| changed(value, meant, used))
}

fn with_key((key, value): (Option<String>, Value)) -> Option<(Value, Value)> {
    key.map(|key| (Value::String(key), value))
}

/// A key as it is written, as far as that can be told: `5432` and `true` are no texts.
fn name(key: &Value) -> Option<String> {
    match key {
        Value::String(name) => Some(name.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn equal(meant: &Value, written: &Value, path: &mut Vec<Key>) -> Result<(), Differs> {
    let differ = |path: &[Key]| Err(Differs::Value(shown(path)));
    match (meant, written) {
        (Value::Mapping(one), Value::Mapping(other)) => {
            if one.len() != other.len() {
                return differ(path);
            }
            for ((key, value), (other_key, other_value)) in one.iter().zip(other) {
                equal(key, other_key, path)?;
                path.push(Key::Name(name(key).unwrap_or_default()));
                equal(value, other_value, path)?;
                path.pop();
            }
            Ok(())
        }
        (Value::Sequence(one), Value::Sequence(other)) => {
            if one.len() != other.len() {
                return differ(path);
            }
            for (at, (value, other_value)) in one.iter().zip(other).enumerate() {
                path.push(Key::Index(at));
                equal(value, other_value, path)?;
                path.pop();
            }
            Ok(())
        }
        (Value::Tagged(one), Value::Tagged(other)) if one.tag == other.tag => equal(&one.value, &other.value, path),
        // `.nan` is not equal to itself, and the same text nevertheless.
        (Value::Number(one), Value::Number(other)) if one.to_string() == other.to_string() => Ok(()),
        (Value::Null, Value::Null) => Ok(()),
        (Value::Bool(one), Value::Bool(other)) if one == other => Ok(()),
        (Value::String(one), Value::String(other)) if one == other => Ok(()),
        _ => differ(path),
    }
}

/// `jobs.test.steps[2].run`
fn shown(path: &[Key]) -> String {
    let mut text = String::new();
    for key in path {
        match key {
            Key::Name(name) if text.is_empty() => text.push_str(name),
            Key::Name(name) => {
                text.push('.');
                text.push_str(name);
            }
            Key::Index(at) => text.push_str(&format!("[{at}]")),
        }
    }
    if text.is_empty() { "the top".to_owned() } else { format!("`{text}`") }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    fn compare(old: &str, new: &str, changes: &[Change]) -> Result<(), Differs> {
        same(old, changes, new)
    }

    fn path(text: &str) -> Vec<Key> {
        let parts = text.split('.').filter(|part| !part.is_empty());
        parts.map(|part| part.parse().map_or_else(|_| Key::Name(part.to_owned()), Key::Index)).collect()
    }

    fn set(at: &str, value: impl Into<Value>) -> Change {
        Change::Set { path: path(at), value: value.into() }
    }

    fn insert(into: &str, at: usize, key: Option<&str>, value: &str) -> Change {
        Change::Insert { path: path(into), at, key: key.map(str::to_owned), value: value.into() }
    }

    const OLD: &str = "on: push\njobs:\n  a:\n    steps: [x, y, z]\n    if: !cancelled()\n";

    #[test]
    fn a_block_at_the_end_gets_the_end_of_its_line() {
        let old = "steps:\n- run: |\n    a\n- run: |\n    make test";
        let new = "steps:\n- run: |\n    a\n- run: |\n    make tests\n- run: z\n";
        let changes = [set("steps.1.run", "make tests"), insert_step("z")];
        assert_eq!(compare(old, new, &changes), Ok(()));
        assert!(compare(old, &new.replace("a\n-", "a\n\n    b\n-"), &changes).is_err());
        assert!(compare(old, &new.replace("tests\n-", "tests\n\n    b\n-"), &changes).is_err());
    }

    #[test]
    fn parts_of_a_text_are_all_that_changes_in_it() {
        let parts = |all: &[(Range<usize>, &str)]| Change::Parts {
            path: path("steps.0.run"),
            parts: all.iter().map(|(range, new)| (range.clone(), (*new).to_owned())).collect(),
        };
        let old = "steps:\n- run: |\n    a b\n    c d\n- run: z\n";
        let new = old.replace("a b", "A b").replace("c d", "c D");
        let (one, other) = (parts(&[(0..1, "A")]), parts(&[(6..7, "D")]));
        assert_eq!(compare(old, &new, &[parts(&[(0..1, "A"), (6..7, "D")])]), Ok(()));
        assert_eq!(compare(old, &new, &[one.clone(), other.clone()]), Ok(()));
        assert_eq!(compare(old, &new, &[one.clone(), set("steps.0.run", "a b\nc D\n")]), Ok(()));
        assert!(compare(old, &new, std::slice::from_ref(&other)).is_err());
        let twice = Err(Differs::Twice("`steps[0].run`".to_owned()));
        assert_eq!(compare(old, &new, &[one.clone(), one]), twice);
        let beyond = Err(Differs::NoPlace("`steps[0].run`".to_owned()));
        assert_eq!(compare(old, &new, &[parts(&[(6..90, "D")])]), beyond);
        let ended = "steps:\n- run: |\n    a b\n    c D\n- run: z\n- run: y\n";
        assert_eq!(compare(old, ended, &[other.clone(), insert_step("y")]), Ok(()));
        let (last, open) = (old.replace("- run: z\n", ""), ended.replace("- run: z\n", ""));
        let at_the_end = Change::Insert { path: path("steps"), at: 1, key: None, value: step("y") };
        assert_eq!(compare(last.trim_end(), &open, &[other, at_the_end]), Ok(()));
    }

    fn step(run: &str) -> Value {
        Value::Mapping([(Value::from("run"), Value::from(run))].into_iter().collect())
    }

    fn insert_step(run: &str) -> Change {
        Change::Insert { path: path("steps"), at: 2, key: None, value: step(run) }
    }

    #[test]
    fn changes_are_applied_with_the_indices_of_the_old_document() {
        let changes = [
            Change::Remove { path: path("jobs.a.steps.0") },
            insert("jobs.a.steps", 1, None, "n"),
            set("jobs.a.steps.2", "Z"),
            insert("jobs.a.steps", 3, None, "end"),
        ];
        let new = OLD.replace("[x, y, z]", "[n, y, Z, end]");
        assert_eq!(compare(OLD, &new, &changes), Ok(()));
        assert_eq!(compare(OLD, &new, &changes[..3]), Err(Differs::Value("`jobs.a.steps`".to_owned())));
        let nowhere = [set("jobs.b", "x")];
        assert_eq!(compare(OLD, OLD, &nowhere), Err(Differs::NoPlace("`jobs.b`".to_owned())));
    }

    #[test]
    fn order_tags_and_types_count() {
        let entry = [insert("", 1, Some("env"), "x")];
        let new = |text: &str| OLD.replace("jobs:", text);
        assert_eq!(compare(OLD, &new("env: x\njobs:"), &entry), Ok(()));
        assert!(compare(OLD, &(OLD.to_owned() + "env: x\n"), &entry).is_err());
        assert!(compare(OLD, &OLD.replace("!cancelled()", "!always()"), &[]).is_err());
        assert_eq!(compare(OLD, &OLD.replace("!cancelled()", "always()"), &[set("jobs.a.if", "always()")]), Ok(()));
        assert!(compare("a: 1\n", "a: '1'\n", &[]).is_err());
        assert_eq!(compare("a: 1\n", "a: '1'\n", &[set("a", "1")]), Ok(()));
        let number =
            [Change::Set { path: vec![Key::Name("true".to_owned()), Key::Name("5".to_owned())], value: "y".into() }];
        assert_eq!(compare("true: {5: x}\n", "true: {5: y}\n", &number), Ok(()));
    }

    #[test]
    fn an_edit_under_an_anchor_changes_its_aliases_too() {
        let old = "a: &x { n: 1 }\nb: *x\n";
        let new = "a: &x { n: 2 }\nb: *x\n";
        assert_eq!(compare(old, new, &[set("a.n", 2)]), Err(Differs::Value("`b.n`".to_owned())));
        assert_eq!(compare(old, new, &[set("a.n", 2), set("b.n", 2)]), Ok(()));
    }

    #[test]
    fn byte_order_marks_documents_and_what_is_no_yaml() {
        assert_eq!(compare("\u{feff}a: 1\r\n", "\u{feff}a: 2\r\n", &[set("a", 2)]), Ok(()));
        assert_eq!(compare("a: 1\n---\nb: 1\n", "a: 2\n---\nb: 1\n", &[set("a", 2)]), Ok(()));
        assert!(compare("a: 1\n---\nb: 1\n", "a: 1\n---\nb: 2\n", &[]).is_err());
        assert!(compare("a: 1\n---\nb: 1\n", "a: 1\n", &[]).is_err());
        assert!(matches!(compare("a: 1\na: 2\n", "", &[]), Err(Differs::Rejected { state: "is", .. })));
        assert!(matches!(compare("a: 1\n", "a: [", &[]), Err(Differs::Rejected { state: "would be", .. })));
    }

    #[test]
    fn a_key_without_a_value_becomes_a_collection() {
        assert_eq!(compare("env:\n", "env:\n  a: x\n", &[insert("env", 0, Some("a"), "x")]), Ok(()));
        assert_eq!(compare("env:\n", "env: [x]\n", &[insert("env", 0, None, "x")]), Ok(()));
    }

    #[test]
    fn several_fixes_of_one_text_are_one_change() {
        let old = "run: |\n  a\n  b\n  c\n";
        let each = [set("run", "A\nb\nc\n"), set("run", "a\nb\nC\n")];
        assert_eq!(compare(old, "run: |\n  A\n  b\n  C\n", &each), Ok(()));
        assert!(compare(old, "run: |\n  A\n  b\n  c\n", &each).is_err());
        let both = [set("run", "A\nb\nc\n"), set("run", "x\nb\nc\n")];
        assert_eq!(compare(old, old, &both), Err(Differs::Twice("`run`".to_owned())));
    }

    #[test]
    fn a_key_that_is_there_is_not_inserted_again() {
        assert!(compare("a: 1\nb: 2\n", "a: x\nb: 2\n", &[insert("", 2, Some("a"), "x")]).is_err());
    }
}
