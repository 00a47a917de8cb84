//! The value of a makefile's text.

use std::ops::Range;

use super::state::{Binding, RecipeLine, State, Target};
use crate::follow::Directory;
use crate::follow::builder::Builder;
use crate::source::Text;
use crate::symbol::{Part, Value};

/// How deep variables lead to variables.
const DEEPEST: usize = 32;
/// The longest value that is kept.
pub(super) const LONGEST: usize = 1 << 16;

/// A piece of a text.
pub(super) enum Piece<'t> {
    /// Stands for itself.
    Literal(Range<usize>),
    /// `$$`
    Dollar(Range<usize>),
    /// `$(…)`, `${…}`, `$x`: what stands inside.
    Reference(Range<usize>, &'t str),
}

/// The pieces of `text`, in order.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('$') {
        let dollar = at + found;
        if dollar > at {
            pieces.push(Piece::Literal(at..dollar));
        }
        let rest = &text[dollar + 1..];
        at = match rest.chars().next() {
            None => dollar + 1,
            Some('$') => {
                pieces.push(Piece::Dollar(dollar..dollar + 2));
                dollar + 2
            }
            Some(open @ ('(' | '{')) => match closing(rest, open) {
                Some(end) => {
                    pieces.push(Piece::Reference(dollar..dollar + 2 + end, &rest[1..end]));
                    dollar + 2 + end
                }
                // Never closed: make stops at it.
                None => text.len(),
            },
            Some(c) => {
                pieces.push(Piece::Reference(dollar..dollar + 1 + c.len_utf8(), &rest[..c.len_utf8()]));
                dollar + 1 + c.len_utf8()
            }
        };
    }
    if at < text.len() {
        pieces.push(Piece::Literal(at..text.len()));
    }
    pieces
}

/// Where the bracket that `text` begins with is closed.
fn closing(text: &str, open: char) -> Option<usize> {
    let close = if open == '(' { ')' } else { '}' };
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// A value, unless it has grown beyond all sense.
pub(in crate::follow) fn capped(value: Value) -> Value {
    let length: usize =
        value.parts().iter().map(|part| if let Part::Literal(text) = part { text.len() } else { 8 }).sum();
    if length > LONGEST { Value::unknown("a very long variable") } else { value }
}

impl State<'_> {
    /// The value of a text.
    pub(super) fn value(&self, text: &str) -> Value {
        self.value_at(text, 0)
    }

    pub(super) fn value_at(&self, text: &str, depth: usize) -> Value {
        let mut value = Value::default();
        for piece in pieces(text) {
            value = value.then(match piece {
                Piece::Literal(range) => Value::literal(&text[range]),
                Piece::Dollar(_) => Value::literal("$"),
                Piece::Reference(_, inner) => self.reference(inner, depth + 1),
            });
        }
        capped(value)
    }

    /// `$(inner)`
    pub(super) fn reference(&self, inner: &str, depth: usize) -> Value {
        let unknown = || Value::unknown(format!("$({inner})"));
        let fuel = self.fuel.get();
        if depth > DEEPEST || fuel == 0 {
            return unknown();
        }
        self.fuel.set(fuel - 1);
        if let Some((name, arguments)) = inner.split_once([' ', '\t']) {
            return self.function(name, arguments.trim_start(), depth).unwrap_or_else(unknown);
        }
        if inner.contains('$') {
            return match self.value_at(inner, depth).as_literal() {
                Some(name) => self.variable(name, depth),
                None => unknown(),
            };
        }
        if inner.contains(':') && inner.contains('=') {
            return unknown();
        }
        self.variable(inner, depth)
    }

    /// A variable's value.
    pub(super) fn variable(&self, name: &str, depth: usize) -> Value {
        match name {
            "MAKE" => return Value::literal("make"),
            "CURDIR" => return Directory::Inside(self.directory.clone()).value(),
            "MAKEFILE_LIST" => return self.makefiles(),
            _ => {}
        }
        if self.specific.contains(name) {
            return Value::unknown(format!("$({name})"));
        }
        let given = self.call.variables.iter().rev().find(|(given, _)| given == name);
        if let Some((_, value)) = given.filter(|_| !self.variables.contains_key(name)) {
            return value.clone();
        }
        match self.variables.get(name) {
            Some(bindings) => Value::one_of(bindings.iter().map(|binding| match binding {
                Binding::Unset(_) => self.outer(name),
                binding => self.bound(binding, depth),
            })),
            None => self.outer(name),
        }
    }

    /// A variable that no makefile sets.
    fn outer(&self, name: &str) -> Value {
        match self.call.around.variable(name) {
            Some(value) => value,
            None if name == "PWD" => Directory::Inside(self.directory.clone()).value(),
            None => Value::unknown(format!("${name}")),
        }
    }

    pub(super) fn bound(&self, binding: &Binding, depth: usize) -> Value {
        match binding {
            Binding::Now(value) => value.clone(),
            Binding::Unset(_) => Value::default(),
            Binding::Lazy(text) => self.value_at(text, depth + 1),
        }
    }

    /// The paths of the makefiles read so far, from the checkout.
    fn makefiles(&self) -> Value {
        let root = Directory::checkout().value();
        let mut list = Value::default();
        for path in &self.read {
            list = list.then(Value::literal(" ")).then(root.clone()).then(Value::literal(format!("/{path}")));
        }
        list
    }

    /// A recipe's line with its variables put in.
    pub(super) fn line(&self, name: &str, target: &Target, line: &RecipeLine, given: Vec<Value>) -> (Text, Vec<Value>) {
        let Some(source) = &target.source else { return (line.text.clone(), given) };
        let text = line.text.value();
        let mut builder = Builder::new(source, given);
        for piece in pieces(text) {
            match piece {
                Piece::Literal(range) => builder.append(&line.text.part(range)),
                Piece::Dollar(range) => builder.append(&line.text.part(range.start..range.start + 1)),
                Piece::Reference(range, inner) => {
                    let value = match inner {
                        "@" => Value::literal(name),
                        "<" => Value::literal(target.prerequisites.first().map_or("", String::as_str)),
                        "^" | "+" => Value::literal(target.prerequisites.join(" ")),
                        "*" => Value::unknown("$*"),
                        _ => self.reference(inner, 0),
                    };
                    // `$(Q)docker ps`, with Q `@` or nothing.
                    let marks = if builder.len() == 0 { marks(&value) } else { None };
                    let value = marks.map_or(value, Value::literal);
                    builder.put_value(&value, line.text.span(range));
                }
            }
        }
        builder.finish()
    }
}

/// `@` and its kin, when the value is nothing else. What is set in one branch only is empty in the other.
fn marks(value: &Value) -> Option<String> {
    let is_marks = |text: &str| text.chars().all(|c| matches!(c, '@' | '-' | '+' | ' '));
    if let Some(all) = value.candidates() {
        return if all.iter().all(|text| is_marks(text)) { all.into_iter().next_back() } else { None };
    }
    let [Part::OneOf(values)] = value.parts() else { return None };
    let known: Vec<&str> = values.iter().filter_map(Value::as_literal).collect();
    let first = known.first().filter(|_| known.len() + 1 == values.len())?;
    known.iter().all(|text| is_marks(text)).then(|| (*first).to_owned())
}
