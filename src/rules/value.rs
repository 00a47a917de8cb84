//! A rule file's values with their lines, from YAML or from the binary's own JSON.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::yaml::{Node, NodeKind, Style, Tree};

/// A value and the line it starts on; 0 when it comes from the binary.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    pub(super) line: usize,
    pub(super) data: Data,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    /// Nothing, `~` or `null`.
    Null,
    /// A text; `plain` without quotes, so it can be a number or a truth value.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Value>),
    Map(Vec<Entry>),
}

/// A key with its line, and its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) key: String,
    pub(super) value: Value,
}

impl Value {
    /// The first document of a file; none when it is empty.
    pub(super) fn from_tree(tree: &Tree) -> Option<Self> {
        tree.root().filter(|node| !node.is_null()).map(from_node)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    pub(super) fn entries(&self) -> Option<&[Entry]> {
        match &self.data {
            Data::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// What it is, in words.
    pub(super) fn what(&self) -> &'static str {
        match self.data {
            Data::Null => "nothing",
            Data::Scalar { .. } => "a single value",
            Data::List(_) => "a list",
            Data::Map(_) => "a mapping",
        }
    }
}

fn from_node(node: Node<'_>) -> Value {
    let line = node.tree().source().place(node.span().start).line;
    let data = match node.kind() {
        NodeKind::Mapping => Data::Map(
            node.entries()
                .map(|entry| Entry {
                    line: node.tree().source().place(entry.key.span().start).line,
                    key: entry.key.as_str().unwrap_or_default().to_owned(),
                    value: from_node(entry.value),
                })
                .collect(),
        ),
        NodeKind::Sequence => Data::List(node.items().map(from_node).collect()),
        NodeKind::Scalar if node.is_null() => Data::Null,
        NodeKind::Scalar => node.scalar().map_or(Data::Null, |scalar| Data::Scalar {
            text: scalar.value.to_owned(),
            plain: scalar.style == Style::Plain,
        }),
    };
    Value { line, data }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl AnyValue {
    fn plain<E>(self, text: String) -> Result<Value, E> {
        Ok(Value { line: 0, data: Data::Scalar { text, plain: true } })
    }
}

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part of a rule")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value { line: 0, data: Data::Null })
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        self.plain(value.to_string())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        self.plain(value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        self.plain(value.to_string())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        self.plain(value.to_string())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value { line: 0, data: Data::Scalar { text: value.to_owned(), plain: false } })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value { line: 0, data: Data::List(list) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = entries.next_entry()? {
            map.push(Entry { line: 0, key, value });
        }
        Ok(Value { line: 0, data: Data::Map(map) })
    }
}
