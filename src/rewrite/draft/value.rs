//! Values that are added, as YAML and as lines.

use serde_yaml::Value;

use crate::rewrite::step::mapping;
use crate::rewrite::style::Style;

/// A value that a rewrite adds under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewValue {
    /// A text.
    Text(String),
    /// Entries.
    Map(Vec<(String, String)>),
}

impl NewValue {
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::Map(map) => mapping(map),
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
        }
    }
}
