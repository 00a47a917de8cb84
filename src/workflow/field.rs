//! The values of the view: scalars that know where and how they are written, and their keys.

use std::ops::Deref;

use crate::source::{Span, Text};
use crate::yaml::{Node, NodeId, Style};

/// A scalar and how it is written.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// Its text and the way back to the file; behind an alias, the anchored text.
    pub text: Text,
    /// Plain, quoted or block.
    pub style: Style,
    /// The tag before it: `if: !cancelled()` is one on a missing value.
    pub tag: Option<Box<Tag>>,
    /// Where it is written, tag included; an alias where `*name` stands.
    pub span: Span,
    /// Its node in the tree.
    pub node: NodeId,
    /// Written as `*name`: an edit of the text changes every other user too.
    pub aliased: bool,
    /// Nothing, `~` or `null`.
    pub is_null: bool,
}

/// A YAML tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// As written, its `!` included.
    pub written: String,
    /// Where.
    pub span: Span,
}

impl Scalar {
    /// The scalar that `node` is.
    pub fn of(node: Node<'_>) -> Option<Self> {
        let scalar = node.scalar()?;
        Some(Self {
            text: scalar.text(),
            style: scalar.style,
            tag: Tag::of(node),
            span: node.full_span(),
            node: node.id(),
            aliased: node.is_alias(),
            is_null: node.is_null(),
        })
    }

    /// The decoded text.
    pub fn value(&self) -> &str {
        self.text.value()
    }

    /// Whether an expression is in it.
    pub fn has_expression(&self) -> bool {
        self.value().contains("${{")
    }

    /// A truth value, written without quotes.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value() {
            "true" | "True" | "TRUE" if self.style == Style::Plain => Some(true),
            "false" | "False" | "FALSE" if self.style == Style::Plain => Some(false),
            _ => None,
        }
    }
}

impl Tag {
    /// The tag of `node`.
    pub fn of(node: Node<'_>) -> Option<Box<Self>> {
        node.tag().map(|tag| Box::new(Self { written: tag.written.to_owned(), span: tag.span }))
    }
}

/// A value and the key before it. Reads like the value itself.
#[derive(Clone, Debug)]
pub struct Field<T> {
    /// The key.
    pub key: Span,
    /// The whole value as written.
    pub span: Span,
    /// The value's node in the tree.
    pub node: NodeId,
    /// The tag before the value: compose's `!reset` and `!override`.
    pub tag: Option<Box<Tag>>,
    /// It came in through `<<`.
    pub merged: bool,
    /// The value.
    pub value: T,
}

impl<T> Deref for Field<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A name and its value: of `env:`, `with:`, `labels:`.
#[derive(Clone, Debug)]
pub struct Var {
    /// The name; in compose's list form the part before the `=`.
    pub name: Text,
    /// The value; compose's `- NAME` and `NAME:` take it from the caller's environment.
    pub value: Option<Scalar>,
    /// The value's text alone; in compose's list form the part behind the `=`.
    pub text: Option<Text>,
    /// The whole entry.
    pub span: Span,
    /// The entry's node: the key, or the list item.
    pub node: NodeId,
    /// It came in through `<<`.
    pub merged: bool,
}

/// Names and values, or an expression in their place.
#[derive(Clone, Debug, Default)]
pub struct Vars {
    /// Where the key (`env`) stands, if it does.
    pub key: Option<Span>,
    /// The mapping's or list's node.
    pub node: Option<NodeId>,
    /// What is written out, in the file's order, merged ones last.
    pub entries: Vec<Var>,
    /// An expression in place of the whole: `env: ${{ fromJSON(…) }}`.
    pub expression: Option<Box<Scalar>>,
    /// Compose's `!reset` or `!override`.
    pub tag: Option<Box<Tag>>,
}

impl Vars {
    /// The variable of that name; of repeated ones the last, which wins.
    pub fn get(&self, name: &str) -> Option<&Var> {
        self.entries.iter().rev().find(|var| var.name.value() == name)
    }
}

/// A command line: text that a shell splits, or words.
#[derive(Clone, Debug)]
pub enum Words {
    /// One string.
    Text(Scalar),
    /// A list of words.
    List(Vec<Scalar>),
}

/// Any value, owned.
#[derive(Clone, Debug)]
pub enum Datum {
    /// Text, a number, a truth value or nothing.
    Scalar(Scalar),
    /// Names and values.
    Mapping(Vec<(Scalar, Datum)>),
    /// A list.
    Sequence(Vec<Datum>),
}

impl Datum {
    /// The value that `node` is.
    pub fn of(node: Node<'_>) -> Self {
        match node.kind() {
            crate::yaml::NodeKind::Scalar => match Scalar::of(node) {
                Some(scalar) => Self::Scalar(scalar),
                None => Self::Sequence(Vec::new()),
            },
            crate::yaml::NodeKind::Mapping => {
                let entries = node.entries();
                let pairs = entries.filter_map(|entry| Some((Scalar::of(entry.key)?, Self::of(entry.value))));
                Self::Mapping(pairs.collect())
            }
            crate::yaml::NodeKind::Sequence => Self::Sequence(node.items().map(Self::of).collect()),
        }
    }

    /// The scalar, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match self {
            Self::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The value of that key in a mapping.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Mapping(pairs) => pairs.iter().find(|(name, _)| name.value() == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Whether an expression is anywhere in it.
    pub fn has_expression(&self) -> bool {
        match self {
            Self::Scalar(scalar) => scalar.has_expression(),
            Self::Mapping(pairs) => pairs.iter().any(|(_, value)| value.has_expression()),
            Self::Sequence(items) => items.iter().any(Self::has_expression),
        }
    }

    /// Whether both say the same, wherever they stand.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Scalar(ours), Self::Scalar(theirs)) => ours.value() == theirs.value(),
            (Self::Sequence(ours), Self::Sequence(theirs)) => {
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(one, other)| one.same(other))
            }
            (Self::Mapping(ours), Self::Mapping(theirs)) => {
                let found = |(key, value): &(Scalar, Self)| other.get(key.value()).is_some_and(|two| two.same(value));
                ours.len() == theirs.len() && ours.iter().all(found)
            }
            _ => false,
        }
    }
}

/// Something that has not the shape it should have; the rest was read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// Where.
    pub span: Span,
    /// What is wrong, and what belongs there.
    pub message: String,
}
