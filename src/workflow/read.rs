//! Reading fields out of a tree, with oddities for what has the wrong shape.

use super::field::{Datum, Field, Oddity, Scalar, Tag, Var, Vars, Words};
use crate::source::Span;
use crate::yaml::{Entry, Node, NodeKind};

/// Collects what is odd on the way.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) oddities: Vec<Oddity>,
}

/// A field of an entry, with the value as it was read.
pub(super) fn field<T>(entry: Entry<'_>, value: T) -> Box<Field<T>> {
    Box::new(Field {
        key: entry.key.span(),
        span: entry.value.full_span(),
        node: entry.value.id(),
        tag: Tag::of(entry.value),
        merged: entry.merged,
        value,
    })
}

impl Reader {
    pub(super) fn odd(&mut self, span: Span, message: impl Into<String>) {
        self.oddities.push(Oddity { span, message: message.into() });
    }

    /// A mapping's value, or nothing and an oddity.
    pub(super) fn mapping<'t>(&mut self, entry: Entry<'t>) -> Option<Node<'t>> {
        if entry.value.kind() == NodeKind::Mapping {
            return Some(entry.value);
        }
        if !entry.value.is_null() && !Scalar::of(entry.value).is_some_and(|scalar| scalar.has_expression()) {
            let key = entry.key.as_str().unwrap_or_default();
            self.odd(entry.value.span(), format!("`{key}` takes a mapping of keys and values here"));
        }
        None
    }

    /// A scalar field; a missing value counts when it has a tag (`if: !cancelled()`).
    pub(super) fn scalar(&mut self, node: Node<'_>, key: &str) -> Option<Box<Field<Scalar>>> {
        self.scalar_of(node.entry(key)?, key)
    }

    fn scalar_of(&mut self, entry: Entry<'_>, key: &str) -> Option<Box<Field<Scalar>>> {
        let Some(scalar) = Scalar::of(entry.value) else {
            self.odd(entry.value.span(), format!("`{key}` takes a single value here"));
            return None;
        };
        (!scalar.is_null || scalar.tag.is_some()).then(|| field(entry, scalar))
    }

    pub(super) fn datum(&mut self, node: Node<'_>, key: &str) -> Option<Box<Field<Datum>>> {
        node.entry(key).map(|entry| field(entry, Datum::of(entry.value)))
    }

    /// A field that is one scalar or a list of them.
    pub(super) fn scalars(&mut self, node: Node<'_>, key: &str) -> Option<Box<Field<Vec<Scalar>>>> {
        let entry = node.entry(key)?;
        let scalars = self.list(key, entry.value);
        Some(field(entry, scalars))
    }

    /// The scalars of a list, or the one that stands in its place.
    pub(super) fn list(&mut self, key: &str, node: Node<'_>) -> Vec<Scalar> {
        match node.kind() {
            NodeKind::Scalar => Scalar::of(node).filter(|scalar| !scalar.is_null).into_iter().collect(),
            NodeKind::Sequence => node.items().filter_map(|item| self.item(key, item)).collect(),
            NodeKind::Mapping => {
                self.odd(node.span(), format!("`{key}` takes a value or a list of values here"));
                Vec::new()
            }
        }
    }

    fn item(&mut self, key: &str, item: Node<'_>) -> Option<Scalar> {
        let scalar = Scalar::of(item);
        if scalar.is_none() {
            self.odd(item.span(), format!("an item of `{key}` is a single value"));
        }
        scalar
    }

    /// Text or a list of words.
    pub(super) fn words(&mut self, node: Node<'_>, key: &str) -> Option<Box<Field<Words>>> {
        let entry = node.entry(key)?;
        let words = match Scalar::of(entry.value) {
            Some(scalar) if scalar.is_null => return None,
            Some(scalar) => Words::Text(scalar),
            None => Words::List(self.list(key, entry.value)),
        };
        Some(field(entry, words))
    }

    /// Names and values: a mapping, compose's list of `NAME=value`, or an expression.
    pub(super) fn vars(&mut self, node: Node<'_>, key: &str) -> Vars {
        node.entry(key).map(|entry| self.vars_of(entry, key)).unwrap_or_default()
    }

    fn vars_of(&mut self, entry: Entry<'_>, key: &str) -> Vars {
        let mut vars = Vars {
            key: Some(entry.key.span()),
            node: Some(entry.value.id()),
            tag: Tag::of(entry.value),
            ..Vars::default()
        };
        match entry.value.kind() {
            NodeKind::Mapping => {
                vars.entries = entry.value.entries().filter_map(|entry| self.var(entry)).collect();
            }
            NodeKind::Sequence => {
                vars.entries = entry.value.items().filter_map(|item| self.item(key, item)).map(assignment).collect();
            }
            NodeKind::Scalar => {
                vars.expression = Scalar::of(entry.value).filter(|scalar| !scalar.is_null).map(Box::new);
            }
        }
        if let Some(odd) = vars.expression.as_ref().filter(|scalar| !scalar.has_expression()) {
            self.odd(odd.span, format!("`{key}` takes a mapping of names and values"));
        }
        vars
    }

    fn var(&mut self, entry: Entry<'_>) -> Option<Var> {
        let name = entry.key.text()?;
        let value = Scalar::of(entry.value);
        if value.is_none() {
            self.odd(entry.value.span(), format!("the value of `{}` is a single value", name.value()));
        }
        let value = value.filter(|value| !value.is_null);
        let text = value.as_ref().map(|value| value.text.clone());
        Some(Var { name, value, text, span: entry.span(), node: entry.key.id(), merged: entry.merged })
    }
}

/// The entries of a mapping that is asked for many keys.
pub(super) struct Fields<'t>(Vec<(&'t str, Entry<'t>)>);

impl<'t> Fields<'t> {
    /// Those of a node, merged ones included.
    pub(super) fn of(node: Node<'t>) -> Self {
        Self(node.entries().filter_map(|entry| Some((entry.key.as_str()?, entry))).collect())
    }

    fn entry(&self, key: &str) -> Option<Entry<'t>> {
        self.0.iter().find(|(name, _)| *name == key).map(|(_, entry)| *entry)
    }

    /// [`Reader::scalar`]
    pub(super) fn scalar(&self, reader: &mut Reader, key: &str) -> Option<Box<Field<Scalar>>> {
        reader.scalar_of(self.entry(key)?, key)
    }

    /// [`Reader::vars`]
    pub(super) fn vars(&self, reader: &mut Reader, key: &str) -> Vars {
        self.entry(key).map(|entry| reader.vars_of(entry, key)).unwrap_or_default()
    }
}

/// Compose's `- NAME=value`.
fn assignment(item: Scalar) -> Var {
    let (span, node) = (item.span, item.node);
    let Some(at) = item.value().find('=') else {
        return Var { name: item.text, value: None, text: None, span, node, merged: false };
    };
    let end = item.value().len();
    let (name, text) = (item.text.part(0..at), item.text.part(at + 1..end));
    Var { name, text: Some(text), value: Some(item), span, node, merged: false }
}
