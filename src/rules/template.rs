//! Messages with fields of the fact in them.

use crate::facts::vocabulary::Kind;
use crate::facts::{Datum, Fact, Field};

use super::{suggest, texts};

/// A text with `{field}` in it.
#[derive(Clone, Debug, Default)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Field(&'static str),
}

impl Template {
    /// Reads a template. A placeholder is a name in kebab case between braces, with no `{` or `$` before
    /// it: `${{ github.run_id }}`, `{{.Ports}}` and `${NAME}` are text.
    ///
    /// # Errors
    /// The message and the hint for the first name that is neither a field of `kind` nor one of [`texts`].
    pub(super) fn new(kind: &'static Kind, text: &str) -> Result<Self, (String, String)> {
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
            match (kind.field(name), texts::text(name)) {
                (Some(field), _) => {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                    parts.push(Part::Field(field.name));
                }
                (None, Some(text)) => literal.push_str(text),
                (None, None) => return Err(fault(kind, name)),
            }
            rest = &rest[open + name.len() + 2..];
        }
        literal.push_str(rest);
        parts.push(Part::Text(literal));
        Ok(Self { parts })
    }

    /// The text for a fact.
    pub fn render(&self, fact: &Fact) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Field(name) => field(fact, name),
        });
        parts.collect()
    }
}

fn fault(kind: &'static Kind, name: &str) -> (String, String) {
    let fields = kind.all_fields().map(|field| field.name);
    let allowed: Vec<&str> = fields.chain(texts::TEXTS.iter().map(|text| text.0)).collect();
    (format!("`{}` has no field `{{{name}}}`", kind.name), suggest::hint(name, allowed.iter().copied()))
}

fn field(fact: &Fact, name: &str) -> String {
    match fact.fields.get(name) {
        Some(Field::Known(Datum::Bool(value))) => value.to_string(),
        Some(Field::Known(Datum::Number(value))) => value.to_string(),
        Some(Field::Known(Datum::Text(value))) => value.clone(),
        Some(Field::Known(Datum::List(values))) if values.is_empty() => "nothing".to_owned(),
        Some(Field::Known(Datum::List(values))) => values.join(", "),
        Some(Field::Unknown(_)) | None => format!("an unknown {}", name.replace('-', " ")),
    }
}
