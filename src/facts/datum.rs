//! What a field of a fact holds.

use serde::Serialize;

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Datum {
    /// A switch.
    Bool(bool),
    /// A number: a port, a count, seconds.
    Number(i64),
    /// A word of a fixed set, or free text.
    Text(String),
    /// Several texts.
    List(Vec<String>),
}

impl From<bool> for Datum {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Datum {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl From<usize> for Datum {
    fn from(value: usize) -> Self {
        Self::Number(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Datum {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Datum {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<String>> for Datum {
    fn from(value: Vec<String>) -> Self {
        Self::List(value)
    }
}

impl From<Vec<&str>> for Datum {
    fn from(value: Vec<&str>) -> Self {
        Self::List(value.into_iter().map(str::to_owned).collect())
    }
}
