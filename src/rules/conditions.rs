//! Reads conditions, and checks every word of them against the vocabulary.

use std::collections::BTreeMap;

use super::condition::{Bound, Clause, Condition, Group, Key, Pattern};
use super::reader::Reader;
use super::suggest;
use super::value::{Data, Entry, Value};
use crate::facts::Datum;
use crate::facts::vocabulary::{FactKind, FieldSpec, Type};

/// What reads the value of an operator.
type Read = fn(&mut Reader, &'static FieldSpec, &Value) -> Option<Condition>;

/// The operators, `{ not: … }`: what is not listed here is none. `docs/writing-rules.md` explains each.
const OPERATORS: &[(&str, Read)] = &[
    ("not", |reader, field, value| condition(reader, field, value).map(|inner| Condition::Not(Box::new(inner)))),
    ("has", |reader, field, value| has(reader, field, value).map(Condition::Has)),
    ("below", |reader, field, value| bound(reader, field, value).map(Condition::Below)),
    ("at-least", |reader, field, value| bound(reader, field, value).map(Condition::AtLeast)),
    ("matches", |reader, field, value| pattern(reader, field, value).map(Condition::Matches)),
];

/// Their names.
pub fn operators() -> impl Iterator<Item = &'static str> + Clone {
    OPERATORS.iter().map(|(name, _)| *name)
}

/// One group, or a list of groups of which one is enough.
pub(super) fn groups(reader: &mut Reader, kind: &'static FactKind, value: &Value) -> Vec<Group> {
    match &value.data {
        Data::List(items) => items.iter().map(|item| group(reader, kind, item)).collect(),
        _ => vec![group(reader, kind, value)],
    }
}

/// A mapping from fields to what they must be like; `any` and `all` with a list of such mappings group.
pub(super) fn group(reader: &mut Reader, kind: &'static FactKind, value: &Value) -> Group {
    let Some(entries) = value.entries() else {
        reader.error(
            value.line,
            format!("conditions are a mapping, and this is {}", value.what()),
            "write `field: value`",
        );
        return Group::default();
    };
    let clauses: BTreeMap<Key, Clause> = entries.iter().filter_map(|entry| clause(reader, kind, entry)).collect();
    Group { clauses }
}

fn clause(reader: &mut Reader, kind: &'static FactKind, entry: &Entry) -> Option<(Key, Clause)> {
    match (entry.key.as_str(), arms(&entry.value)) {
        ("any", Some(_)) => return Some((Key::Any, Clause::Any(groups(reader, kind, &entry.value)))),
        ("all", Some(_)) => return Some((Key::All, Clause::All(groups(reader, kind, &entry.value)))),
        _ => {}
    }
    let Some(field) = kind.field(&entry.key) else {
        match (entry.key.as_str(), &entry.value.data) {
            ("any", Data::Null) => return Some((Key::Any, Clause::Dropped)),
            ("all", Data::Null) => return Some((Key::All, Clause::Dropped)),
            _ => {}
        }
        let fields: Vec<&str> = kind.all_fields().map(|field| field.name).collect();
        let hint = suggest::hint(&entry.key, fields.iter().copied());
        reader.error(entry.line, format!("`{}` has no field `{}`", kind.name, entry.key), hint);
        return None;
    };
    let clause = match &entry.value.data {
        Data::Null => Clause::Dropped,
        _ => Clause::Field(field.name, condition(reader, field, &entry.value)?),
    };
    Some((Key::Field(field.name), clause))
}

/// The groups of an `any` or `all`; a field of that name has no list of mappings.
fn arms(value: &Value) -> Option<&[Value]> {
    match &value.data {
        Data::List(items) if items.iter().all(|item| item.entries().is_some()) => Some(items),
        _ => None,
    }
}

fn condition(reader: &mut Reader, field: &'static FieldSpec, value: &Value) -> Option<Condition> {
    match &value.data {
        Data::Scalar { text, .. } if text == "none" => Some(Condition::Absent),
        Data::Scalar { text, .. } if text == "set" => Some(Condition::Not(Box::new(Condition::Absent))),
        Data::Scalar { text, plain } => datum(reader, field, value.line, text, *plain).map(Condition::Is),
        Data::List(items) => {
            let arms: Option<Vec<Condition>> = items.iter().map(|item| condition(reader, field, item)).collect();
            arms.map(Condition::OneOf)
        }
        Data::Map(entries) => match entries.as_slice() {
            [entry] => operator(reader, field, entry),
            _ => {
                let hint = format!("one of {}: `{{ not: x }}`", operators().collect::<Vec<_>>().join(", "));
                reader.error(value.line, format!("the condition on `{}` needs exactly one operator", field.name), hint);
                None
            }
        },
        Data::Null => {
            reader.error(
                value.line,
                format!("the condition on `{}` is empty", field.name),
                "write a value, `set` or `none`",
            );
            None
        }
    }
}

fn operator(reader: &mut Reader, field: &'static FieldSpec, entry: &Entry) -> Option<Condition> {
    let Some((_, read)) = OPERATORS.iter().find(|(name, _)| *name == entry.key) else {
        let message = format!("`{}` is no operator", entry.key);
        reader.error(entry.line, message, suggest::hint(&entry.key, operators()));
        return None;
    };
    read(reader, field, &entry.value)
}

/// A value that the field can have.
fn datum(reader: &mut Reader, field: &'static FieldSpec, line: usize, text: &str, plain: bool) -> Option<Datum> {
    let datum = match field.holds {
        Type::Bool => plain.then(|| text.parse().ok().map(Datum::Bool)).flatten(),
        Type::Number => plain.then(|| text.parse().ok().map(Datum::Number)).flatten(),
        Type::Version | Type::Text => Some(Datum::Text(text.to_owned())),
        Type::OneOf(words) => words.contains(&text).then(|| Datum::Text(text.to_owned())),
        Type::List | Type::ListOf(_) => {
            let hint = format!("write `{{ has: [{text}] }}`");
            reader.error(line, format!("`{}` is a list, so it is never `{text}`", field.name), hint);
            return None;
        }
    };
    if datum.is_none() {
        let allowed = match field.holds {
            Type::Bool => "true or false".to_owned(),
            Type::Number => "a whole number".to_owned(),
            Type::OneOf(words) => suggest::hint(text, words.iter().copied()),
            Type::Version | Type::Text | Type::List | Type::ListOf(_) => String::new(),
        };
        reader.error(line, format!("`{}` is never `{text}`", field.name), allowed);
    }
    datum
}

fn has(reader: &mut Reader, field: &'static FieldSpec, value: &Value) -> Option<Vec<String>> {
    let words = match field.holds {
        Type::List => None,
        Type::ListOf(words) => Some(words),
        _ => {
            reader.error(
                value.line,
                format!("`has` is for lists, and `{}` is none", field.name),
                "write the values without `has`",
            );
            return None;
        }
    };
    let items = match &value.data {
        Data::List(items) => items.as_slice(),
        _ => std::slice::from_ref(value),
    };
    let mut wanted = Vec::new();
    for item in items {
        match (item.text(), words) {
            (Some(text), Some(words)) if !words.contains(&text) => {
                let hint = suggest::hint(text, words.iter().copied());
                reader.error(item.line, format!("`{}` never has `{text}`", field.name), hint);
            }
            (Some(text), _) => wanted.push(text.to_owned()),
            (None, _) => reader.error(item.line, "`has` takes words", "write `{ has: [word, word] }`"),
        }
    }
    Some(wanted)
}

fn bound(reader: &mut Reader, field: &'static FieldSpec, value: &Value) -> Option<Bound> {
    let text = value.text().unwrap_or_default();
    let plain = matches!(value.data, Data::Scalar { plain: true, .. });
    let (bound, allowed) = match field.holds {
        Type::Number => (text.parse().ok().map(Bound::Number), "a whole number"),
        // Unquoted, `1.10` would be the number 1.1.
        Type::Version if plain && text.matches('.').count() == 1 => (None, "a version in quotes: \"1.10\""),
        Type::Version => (Bound::version(text), "a version: \"0.2.11\""),
        _ => (None, "`below` and `at-least` are for numbers and versions"),
    };
    if bound.is_none() {
        reader.error(value.line, format!("`{}` cannot be compared with `{text}`", field.name), allowed);
    }
    bound
}

fn pattern(reader: &mut Reader, field: &'static FieldSpec, value: &Value) -> Option<Pattern> {
    let (Some(text), Type::Text | Type::List | Type::Version | Type::OneOf(_) | Type::ListOf(_)) =
        (value.text(), field.holds)
    else {
        reader.error(
            value.line,
            format!("`{}` cannot match this", field.name),
            "`matches` takes a regular expression, for texts and lists",
        );
        return None;
    };
    let pattern = Pattern::new(text);
    if let Some(fault) = reader.checks_patterns().then(|| pattern.fault()).flatten() {
        reader.error(value.line, format!("`{text}` is no regular expression"), fault);
        return None;
    }
    Some(pattern)
}
