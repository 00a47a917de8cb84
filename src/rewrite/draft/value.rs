//! Values that are added, as YAML and as lines.

use serde_yaml::Value;
use serde_yaml::value::{Tag, TaggedValue};

use crate::rewrite::step::mapping;
use crate::rewrite::style::Style;

/// A value that a rewrite adds under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewValue {
    /// A text.
    Text(String),
    /// Entries.
    Map(Vec<(String, String)>),
    /// One entry of this name.
    Under(String, Box<NewValue>),
    /// A list that takes the place of another file's: `!override`.
    Override(Vec<String>),
    /// Nothing, in the place of another file's value: `!reset null`.
    Reset,
}

impl NewValue {
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Map(map) => mapping(map),
            Self::Under(key, value) => {
                Value::Mapping([(Value::from(key.as_str()), value.value())].into_iter().collect())
            }
            Self::Override(items) => tagged("override", items.iter().map(|item| Value::from(item.as_str())).collect()),
            Self::Reset => tagged("reset", Value::Null),
        }
    }

    pub(super) fn lines(&self, key: &str, style: Style, column: usize) -> Vec<String> {
        let (outer, inner) = (" ".repeat(column), " ".repeat(column + style.indent));
        match self {
            Self::Text(text) => vec![format!("{outer}{key}: {}", style.scalar(text, false))],
            Self::Map(map) => {
                let entries = map.iter().map(|(key, value)| format!("{inner}{key}: {}", style.scalar(value, false)));
                std::iter::once(format!("{outer}{key}:")).chain(entries).collect()
            }
            Self::Under(inner, value) => {
                let entry = value.lines(inner, style, column + style.indent);
                std::iter::once(format!("{outer}{key}:")).chain(entry).collect()
            }
            Self::Override(items) => {
                let items = items.iter().map(|item| format!("{inner}- {}", style.scalar(item, false)));
                std::iter::once(format!("{outer}{key}: !override")).chain(items).collect()
            }
            Self::Reset => vec![format!("{outer}{key}: !reset null")],
        }
    }
}

fn tagged(tag: &str, value: Value) -> Value {
    Value::Tagged(Box::new(TaggedValue { tag: Tag::new(tag), value }))
}
