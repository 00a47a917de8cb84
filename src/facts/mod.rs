//! The vocabulary of facts: what the model found out, in a form that rules can judge.
//!
//! A [`Fact`] is a record of one [`vocabulary::FactKind`]: named fields, each known or not, and named spans.

mod datum;
mod kind;
mod listed;
pub mod vocabulary;

pub use datum::Datum;
pub use listed::listed;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::source::Location;

/// How the name of a project begins that no workflow says: compose takes it from a folder (`named after the
/// repository`).
pub const NAMED_AFTER: &str = "named after ";

/// How sure berthlint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Something that decides it is not known. Hidden by default.
    Low,
    /// It rests on an assumption that nearly always holds.
    Medium,
    /// It follows from the text.
    High,
}

/// A field of a fact. A field that a fact does not have at all is absent: `none` in a rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Field {
    /// Known.
    Known(Datum),
    /// It has a value, nobody knows which.
    Unknown(Unknown),
}

/// Prints as `{"unknown": true}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unknown {
    unknown: Always,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Always;

impl Serialize for Always {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_bool(true)
    }
}

/// One link of a call chain: from the workflow to where the fact is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// The call.
    pub location: Location,
    /// What it calls, as written: `bash scripts/preclean.sh`.
    pub what: String,
}

/// The step a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct StepRef {
    /// Its place in the job, 0-based.
    pub index: usize,
    /// Its `name:`, else its `id:`, else nothing.
    pub name: Option<String>,
}

/// Something the model found out.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its kind; names the fields and spans it can have.
    pub kind: &'static vocabulary::FactKind,
    /// Its fields by name.
    pub fields: BTreeMap<&'static str, Field>,
    /// Its spans by name.
    pub spans: BTreeMap<&'static str, Arc<Vec<Location>>>,
    /// The job it comes from.
    pub job: Option<String>,
    /// The step it comes from.
    pub step: Option<StepRef>,
    /// How sure the model is that the fact holds.
    pub confidence: Confidence,
    /// The calls from the workflow to it; empty in the workflow itself.
    pub chain: Vec<Link>,
    /// The calls to those of its named spans that other calls lead to.
    pub chains: BTreeMap<&'static str, Vec<Link>>,
    /// The jobs of other workflows that call the workflow it is in: `path#job`.
    pub called_by: Vec<String>,
    /// What tells it from other facts of its kind in this file: the resource or command, normalised.
    /// Part of the fingerprint, so it holds no line numbers.
    pub subject: String,
}

impl Fact {
    /// A fact of the kind with this name.
    ///
    /// # Panics
    /// When the vocabulary has no such kind: a mistake in the model, found by its first test.
    pub fn new(kind: &str, subject: impl Into<String>) -> Self {
        let kind = vocabulary::kind(kind).unwrap_or_else(|| panic!("no fact `{kind}` in the vocabulary"));
        Self {
            kind,
            fields: BTreeMap::new(),
            spans: BTreeMap::new(),
            job: None,
            step: None,
            confidence: Confidence::High,
            chain: Vec::new(),
            chains: BTreeMap::new(),
            called_by: Vec::new(),
            subject: subject.into(),
        }
    }

    /// Sets a field.
    ///
    /// # Panics
    /// When the kind has no such field, or one that holds something else: a mistake in the model, found by its
    /// first test. Names are constants of the model, so no file under check can lead here.
    pub fn set(&mut self, name: &'static str, datum: impl Into<Datum>) -> &mut Self {
        let datum = datum.into();
        let field = self.field(name);
        assert!(field.holds.can_hold(&datum), "`{name}` of `{}` cannot hold {datum:?}", self.kind.name);
        self.fields.insert(name, Field::Known(datum));
        self
    }

    fn field(&self, name: &str) -> &'static vocabulary::FieldSpec {
        self.kind.field(name).unwrap_or_else(|| panic!("`{}` has no field `{name}`", self.kind.name))
    }

    fn check_span(&self, name: &str) {
        assert!(self.kind.span(name).is_some(), "`{}` has no span `{name}`", self.kind.name);
    }

    /// Sets a field when there is a value; without one it stays absent.
    pub fn set_some(&mut self, name: &'static str, datum: Option<impl Into<Datum>>) -> &mut Self {
        if let Some(datum) = datum {
            self.set(name, datum);
        }
        self
    }

    /// Sets a field from a three-valued truth.
    pub fn set_truth(&mut self, name: &'static str, truth: crate::truth::Truth) -> &mut Self {
        match truth {
            crate::truth::Truth::Unknown => self.unknown(name),
            truth => self.set(name, truth.is_yes()),
        }
    }

    /// Says that a field has a value which is not known.
    ///
    /// # Panics
    /// As [`Fact::set`].
    pub fn unknown(&mut self, name: &'static str) -> &mut Self {
        let _ = self.field(name);
        self.fields.insert(name, Field::Unknown(Unknown::default()));
        self
    }

    /// Adds a place to a named span.
    ///
    /// # Panics
    /// When the kind has no such span: a mistake in the model.
    pub fn at(&mut self, name: &'static str, location: Location) -> &mut Self {
        self.check_span(name);
        Arc::make_mut(self.spans.entry(name).or_default()).push(location);
        self
    }

    /// Adds the places of a named span that other facts have as well; without any there is no such span.
    ///
    /// # Panics
    /// As [`Fact::at`].
    pub fn at_all(&mut self, name: &'static str, locations: &Arc<Vec<Location>>) -> &mut Self {
        self.check_span(name);
        if !locations.is_empty() {
            self.spans.insert(name, locations.clone());
        }
        self
    }

    /// The calls that lead to a named span.
    pub fn chain_to(&self, span: &str) -> &[Link] {
        self.chains.get(span).unwrap_or(&self.chain)
    }

    /// The text of a known field.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.fields.get(name) {
            Some(Field::Known(Datum::Text(text))) => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_prints_as_such() {
        let mut fact = Fact::new("removal", "docker rm -f pg");
        fact.set("by", "name").unknown("anchored");
        let json = serde_json::to_string(&fact.fields).expect("JSON");
        assert_eq!(json, r#"{"anchored":{"unknown":true},"by":"name"}"#);
    }
}
