//! Values of expressions, and what is known of them.

use std::cmp::Ordering;

use crate::truth::Truth;

/// A value, or all that is known of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number.
    Number(f64),
    /// A truth value.
    Bool(bool),
    /// Nothing: what a context without that member gives.
    Null,
    /// An object or a list.
    Object,
    /// Some value that counts as true.
    Truthy,
    /// Some value that counts as false: empty text, `false`, 0, nothing.
    Falsy,
}

/// What a value can be: one or more candidates.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    candidates: Vec<Value>,
}

/// How many candidates are followed before a value counts as unknown.
pub(super) const MOST: usize = 32;

impl Known {
    /// Nothing is known.
    pub fn unknown() -> Self {
        Self { candidates: vec![Value::Truthy, Value::Falsy] }
    }

    /// Exactly this.
    pub fn one(value: Value) -> Self {
        Self { candidates: vec![value] }
    }

    /// This text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::one(Value::Text(text.into()))
    }

    /// One of these; none, or too many, are unknown.
    pub fn one_of(values: impl IntoIterator<Item = Value>) -> Self {
        let mut candidates = Vec::new();
        for value in values {
            if !candidates.contains(&value) {
                candidates.push(value);
            }
            if candidates.len() > MOST {
                return Self::unknown();
            }
        }
        if candidates.is_empty() { Self::unknown() } else { Self { candidates } }
    }

    /// What it can be.
    pub fn candidates(&self) -> &[Value] {
        &self.candidates
    }

    /// The texts it can be, as a template writes them; nothing when any is not known.
    pub fn texts(&self) -> Option<Vec<String>> {
        self.candidates.iter().map(Value::as_text).collect()
    }

    /// Whether it counts as true.
    pub fn truth(&self) -> Truth {
        let mut truths = self.candidates.iter().map(Value::is_truthy);
        match (truths.clone().any(|truth| truth), truths.any(|truth| !truth)) {
            (true, true) => Truth::Unknown,
            (found, _) => Truth::from(found),
        }
    }
}

impl From<Truth> for Known {
    fn from(truth: Truth) -> Self {
        match truth {
            Truth::Yes => Self::one(Value::Bool(true)),
            Truth::No => Self::one(Value::Bool(false)),
            Truth::Unknown => Self::one_of([Value::Bool(true), Value::Bool(false)]),
        }
    }
}

impl Value {
    /// Whether it counts as true
    /// (<https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#literals>).
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Bool(truth) => *truth,
            Self::Object | Self::Truthy => true,
            Self::Null | Self::Falsy => false,
        }
    }

    /// The text that a template writes for it, if that is known.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Bool(truth) => Some(truth.to_string()),
            Self::Null => Some(String::new()),
            Self::Object => Some("Object".to_owned()),
            Self::Truthy | Self::Falsy => None,
        }
    }

    /// What a comparison of two types turns it into.
    fn as_number(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Bool(truth) => f64::from(u8::from(*truth)),
            Self::Null => 0.0,
            Self::Text(text) if text.trim().is_empty() => 0.0,
            Self::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
            Self::Object | Self::Truthy | Self::Falsy => f64::NAN,
        }
    }

    /// How two values compare: `None` when it is not known, `Some(None)` when neither order holds. Texts
    /// compare without regard to case
    /// (<https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#operators>).
    pub(super) fn compare(&self, other: &Self) -> Option<Option<Ordering>> {
        match (self, other) {
            (Self::Truthy | Self::Falsy, _) | (_, Self::Truthy | Self::Falsy) => None,
            // Two objects are equal when they are the same one.
            (Self::Object, Self::Object) => None,
            (Self::Text(ours), Self::Text(theirs)) => Some(Some(ours.to_lowercase().cmp(&theirs.to_lowercase()))),
            _ => Some(self.as_number().partial_cmp(&other.as_number())),
        }
    }
}
