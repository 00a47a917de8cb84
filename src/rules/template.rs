//! Messages with fields of the fact in them.

use super::{suggest, texts};
use crate::facts::vocabulary::FactKind;
use crate::facts::{Datum, Fact, Field, NAMED_AFTER};

/// A text with `{field}` in it.
#[derive(Clone, Debug, Default)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Field(&'static str, FieldPlace),
}

/// Where in the prose a field stands, which decides how one that is not known reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldPlace {
    /// Among words: `an unknown port`.
    Words,
    /// In code with other things: `<port>`.
    InCode,
    /// Code by itself: the backticks go when it is not known.
    Code,
}

impl FieldPlace {
    /// The place between what stands before and behind.
    fn of(before: &str, behind: &str) -> Self {
        match before.matches('`').count() % 2 == 1 {
            true if before.ends_with('`') && behind.starts_with('`') => Self::Code,
            true => Self::InCode,
            false => Self::Words,
        }
    }
}

impl Template {
    /// Reads a template. A placeholder is a name in kebab case between braces, with no `{` or `$` before
    /// it: `${{ github.run_id }}`, `{{.Ports}}` and `${NAME}` are text.
    ///
    /// # Errors
    /// The message and the hint for the first name that is neither a field of `kind` nor one of [`texts`].
    pub(super) fn new(kind: &'static FactKind, text: &str) -> Result<Self, (String, String)> {
        let mut parts = Vec::new();
        let mut rest = text;
        let mut literal = String::new();
        while let Some(open) = rest.find('{') {
            literal.push_str(&rest[..open]);
            let name = rest[open + 1..].split('}').next().unwrap_or_default();
            let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_lowercase() || c == '-')
                && rest[open + 1 + name.len()..].starts_with('}');
            if !is_name || literal.ends_with(['{', '$']) {
                literal.push('{');
                rest = &rest[open + 1..];
                continue;
            }
            let mut after = open + name.len() + 2;
            match (kind.field(name), texts::text(name)) {
                (Some(field), _) => {
                    let place = FieldPlace::of(&text[..text.len() - rest.len() + open], &rest[after..]);
                    if place == FieldPlace::Code {
                        // The backticks come and go with the value.
                        literal.pop();
                        after += 1;
                    }
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                    parts.push(Part::Field(field.name, place));
                }
                (None, Some(text)) => literal.push_str(text),
                (None, None) => return Err(fault(kind, name)),
            }
            rest = &rest[after..];
        }
        literal.push_str(rest);
        parts.push(Part::Text(literal));
        Ok(Self { parts })
    }

    /// The text for a fact.
    pub fn render(&self, fact: &Fact) -> String {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(more) => text.push_str(more),
                Part::Field(name, place) => {
                    let known = field(fact, name, *place);
                    match known.trim_matches('`').strip_prefix(NAMED_AFTER).filter(|_| *place == FieldPlace::Code) {
                        // Nobody has written that: a folder is called so.
                        Some(_) if text.ends_with("project ") => text.push_str(known.trim_matches('`')),
                        Some("the repository") => text.push_str("the repository's name"),
                        Some(whose) => text.push_str(&format!("the name of {whose}")),
                        None => text.push_str(&known),
                    }
                }
            }
        }
        text
    }
}

fn fault(kind: &'static FactKind, name: &str) -> (String, String) {
    let fields = kind.all_fields().map(|field| field.name);
    let texts = texts::TEXTS.iter().map(|text| text.0).filter(|text| kind.field(text).is_none());
    let allowed: Vec<&str> = fields.chain(texts).collect();
    (format!("`{}` has no field `{{{name}}}`", kind.name), suggest::hint(name, allowed.iter().copied()))
}

fn field(fact: &Fact, name: &str, place: FieldPlace) -> String {
    let known = match fact.fields.get(name) {
        // Of a list each text is code by itself.
        Some(Field::Known(Datum::List(values))) if place == FieldPlace::Code && !values.is_empty() => {
            Some(values.join("`, `"))
        }
        Some(Field::Known(datum)) => Some(words(datum)),
        None => texts::text(name).map(str::to_owned),
        Some(Field::Unknown(_)) => None,
    };
    match (known, place) {
        (Some(known), FieldPlace::Code) => format!("`{known}`"),
        (Some(known), FieldPlace::Words | FieldPlace::InCode) => known,
        (None, FieldPlace::InCode) => format!("<{name}>"),
        (None, FieldPlace::Words | FieldPlace::Code) => format!("an unknown {}", name.replace('-', " ")),
    }
}

fn words(datum: &Datum) -> String {
    match datum {
        Datum::Bool(value) => value.to_string(),
        Datum::Number(value) => value.to_string(),
        Datum::Text(value) => value.clone(),
        Datum::List(values) if values.is_empty() => "nothing".to_owned(),
        Datum::List(values) => values.join(", "),
    }
}
