//! What a fact must be like, and whether it is: yes, no, or not known.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use regex::Regex;

use crate::facts::{Datum, Fact, Field};
use crate::truth::Truth;

/// Conditions on a fact that must all hold.
#[derive(Clone, Debug, Default)]
pub struct Group {
    pub(super) clauses: BTreeMap<Key, Clause>,
}

/// What a clause is about. A later group's clause takes the place of an earlier one with the same key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Field(&'static str),
    Any,
    All,
}

#[derive(Clone, Debug)]
pub(super) enum Clause {
    /// What a field must be like.
    Field(&'static str, Condition),
    /// One of the groups must hold.
    Any(Vec<Group>),
    /// All of the groups must hold.
    All(Vec<Group>),
    /// Nothing is asked: `~` in an `also`.
    Dropped,
}

/// What a field must be like.
#[derive(Clone, Debug)]
pub enum Condition {
    /// It has this value.
    Is(Datum),
    /// One of these holds.
    OneOf(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// A list field has one of these in it.
    Has(Vec<String>),
    /// A number or version is less.
    Below(Bound),
    /// A number or version is not less.
    AtLeast(Bound),
    /// A text, or one of a list's, matches.
    Matches(Pattern),
    /// It is not there: absent, an empty list, or the word `none`.
    Absent,
}

/// What a number or version is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// A number.
    Number(i64),
    /// The numbers of a version.
    Version(Vec<u64>),
}

/// A regular expression, compiled when it is first needed.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    regex: OnceLock<Option<Regex>>,
}

impl Group {
    /// This group with the clauses of `special` in place of its own, key by key.
    pub(super) fn overridden(&self, special: &Group) -> Self {
        let mut clauses = self.clauses.clone();
        clauses.extend(special.clauses.clone());
        Self { clauses }
    }

    /// Whether a fact is like that.
    pub fn holds(&self, fact: &Fact) -> Truth {
        all(self.clauses.values().map(|clause| clause.holds(fact)))
    }

    /// The fields that are asked for and not known.
    pub(super) fn doubts(&self, fact: &Fact) -> Vec<&'static str> {
        let of = |clause: &Clause| match clause {
            Clause::Field(name, condition) => {
                let unknown = condition.holds(fact.fields.get(name)) == Truth::Unknown;
                unknown.then_some(*name).into_iter().collect()
            }
            Clause::Any(groups) | Clause::All(groups) => groups.iter().flat_map(|group| group.doubts(fact)).collect(),
            Clause::Dropped => Vec::new(),
        };
        self.clauses.values().flat_map(of).collect()
    }
}

impl Clause {
    fn holds(&self, fact: &Fact) -> Truth {
        match self {
            Self::Field(name, condition) => condition.holds(fact.fields.get(name)),
            Self::Any(groups) => any(groups.iter().map(|group| group.holds(fact))),
            Self::All(groups) => all(groups.iter().map(|group| group.holds(fact))),
            Self::Dropped => Truth::Yes,
        }
    }
}

impl Condition {
    /// Whether a field is like that; `None` when the fact has no such field.
    pub fn holds(&self, field: Option<&Field>) -> Truth {
        match (self, field) {
            (Self::Not(inner), field) => !inner.holds(field),
            (Self::OneOf(arms), field) => any(arms.iter().map(|arm| arm.holds(field))),
            (Self::Absent, None) => Truth::Yes,
            (_, None) => Truth::No,
            (_, Some(Field::Unknown(_))) => Truth::Unknown,
            (_, Some(Field::Known(datum))) => self.accepts(datum).into(),
        }
    }

    fn accepts(&self, datum: &Datum) -> bool {
        match self {
            Self::Is(wanted) => wanted == datum,
            Self::Has(wanted) => texts(datum).iter().any(|text| wanted.contains(text)),
            Self::Below(bound) => bound.against(datum) == Some(Ordering::Less),
            Self::AtLeast(bound) => bound.against(datum).is_some_and(Ordering::is_ge),
            Self::Matches(pattern) => texts(datum).iter().any(|text| pattern.is_match(text)),
            Self::Absent => match datum {
                Datum::List(items) => items.is_empty(),
                Datum::Text(text) => text == "none",
                _ => false,
            },
            Self::Not(_) | Self::OneOf(_) => self.holds(Some(&Field::Known(datum.clone()))).is_yes(),
        }
    }
}

impl Bound {
    /// The version `v1.2.3`, by its numbers.
    pub(super) fn version(text: &str) -> Option<Self> {
        let numbers = text.trim_start_matches('v').split('.').map(|part| part.parse().ok());
        numbers.collect::<Option<_>>().map(Self::Version)
    }

    /// How a datum stands to the bound; nothing where they are not alike.
    fn against(&self, datum: &Datum) -> Option<Ordering> {
        match (self, datum) {
            (Self::Number(bound), Datum::Number(number)) => Some(number.cmp(bound)),
            (Self::Version(bound), Datum::Text(text)) => Some(numbers(text).cmp(bound)),
            _ => None,
        }
    }
}

/// The leading numbers of a version: those of `v0.2.11-rc1` are 0, 2, 11.
fn numbers(version: &str) -> Vec<u64> {
    let parts = version.trim_start_matches('v').split('.');
    parts.map_while(|part| part.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()).collect()
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), regex: OnceLock::new() }
    }

    /// Why it is no regular expression.
    pub(super) fn fault(&self) -> Option<String> {
        Regex::new(&self.text).err().map(|error| error.to_string())
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        let regex = self.regex.get_or_init(|| Regex::new(&self.text).ok());
        regex.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

fn texts(datum: &Datum) -> &[String] {
    match datum {
        Datum::List(items) => items,
        Datum::Text(text) => std::slice::from_ref(text),
        Datum::Bool(_) | Datum::Number(_) => &[],
    }
}

fn any(truths: impl Iterator<Item = Truth>) -> Truth {
    truths.fold(Truth::No, Truth::or)
}

fn all(truths: impl Iterator<Item = Truth>) -> Truth {
    truths.fold(Truth::Yes, Truth::and)
}
