//! What a kind of fact is made of: named fields of a type, and named spans. The kinds themselves are in `vocabulary`.

use super::datum::Datum;

/// A kind of fact.
#[derive(Debug)]
pub struct FactKind {
    /// Its name in `on:`.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its own fields; [`COMMON`](super::vocabulary::COMMON) are in every kind.
    pub fields: &'static [FieldSpec],
    /// Its named spans; the first is where a finding stands unless the rule says otherwise.
    pub spans: &'static [SpanSpec],
}

/// A field of a kind.
#[derive(Debug)]
pub struct FieldSpec {
    /// Its name.
    pub name: &'static str,
    /// What it can hold.
    pub holds: Type,
    /// What it means.
    pub doc: &'static str,
}

/// A named span of a kind.
#[derive(Debug)]
pub struct SpanSpec {
    /// Its name.
    pub name: &'static str,
    /// What stands there.
    pub doc: &'static str,
}

/// What a field can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// true or false.
    Bool,
    /// A whole number.
    Number,
    /// A version such as `0.2.11`, compared by its numbers.
    Version,
    /// Free text.
    Text,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Texts.
    List,
    /// Some of these words.
    ListOf(&'static [&'static str]),
}

impl Type {
    /// Whether a field of this type can hold a datum.
    pub fn can_hold(self, datum: &Datum) -> bool {
        match (self, datum) {
            (Self::OneOf(words), Datum::Text(word)) => words.contains(&word.as_str()),
            (Self::ListOf(words), Datum::List(list)) => list.iter().all(|word| words.contains(&word.as_str())),
            (Self::Bool, Datum::Bool(_))
            | (Self::Number, Datum::Number(_))
            | (Self::Version | Self::Text, Datum::Text(_))
            | (Self::List, Datum::List(_)) => true,
            _ => false,
        }
    }
}

pub(super) const fn field(name: &'static str, holds: Type, doc: &'static str) -> FieldSpec {
    FieldSpec { name, holds, doc }
}

pub(super) const fn span(name: &'static str, doc: &'static str) -> SpanSpec {
    SpanSpec { name, doc }
}
