//! Make's functions, as far as they are worked out.

use super::expand::capped;
use super::state::State;
use crate::follow::makefile::outside_references;
use crate::follow::{Directory, Resolved, resolve};
use crate::symbol::{Part, Value};
use crate::truth::Truth;

impl State<'_> {
    /// What `$(name arguments)` gives; `None` when that is not worked out.
    pub(super) fn function(&self, name: &str, arguments: &str, depth: usize) -> Option<Value> {
        let whole = || self.value_at(arguments, depth);
        match name {
            "shell" => Some(self.shell_at(arguments, depth)),
            "strip" => Some(whole().map_literals(&|text| text.trim().to_owned())),
            // Paths are resolved where they are used.
            "abspath" | "realpath" => Some(whole().map_literals(&|text| text.trim().to_owned())),
            "firstword" | "lastword" => {
                let words = whole().split(' ');
                let mut words = words.into_iter().filter(|word| !word.parts().is_empty());
                Some(if name == "firstword" { words.next() } else { words.next_back() }.unwrap_or_default())
            }
            "dir" => {
                let value = whole();
                let text = value.suffix().to_owned();
                let kept = text.rfind('/')? + 1;
                let head = value.parts().len() - 1;
                let before = match value.parts().split_last() {
                    Some((_, rest)) if rest.len() == head => rest.iter().fold(Value::default(), |all, part| {
                        all.then(match part {
                            Part::Literal(text) => Value::literal(text.clone()),
                            Part::Opaque(opaque) => Value::opaque(opaque.source.clone(), opaque.unique, opaque.empty),
                            Part::OneOf(values) => Value::one_of(values.iter().cloned()),
                        })
                    }),
                    _ => Value::default(),
                };
                (!text.contains(' ')).then(|| before.then(Value::literal(&text[..kept])))
            }
            "or" => {
                let mut result: Option<Value> = None;
                for argument in split(arguments) {
                    let value = self.value_at(argument.trim(), depth);
                    let empty = value.empty();
                    let found = match result.take() {
                        None => value,
                        // The ones before may be empty, or not.
                        Some(before) => Value::one_of([before, value]),
                    };
                    match empty {
                        Truth::No => return Some(found),
                        Truth::Yes => {}
                        Truth::Unknown => result = Some(found),
                    }
                }
                Some(result.unwrap_or_default())
            }
            "if" => {
                let arguments = split(arguments);
                let condition = self.value_at(arguments.first()?.trim(), depth);
                let branch =
                    |at: usize| arguments.get(at).map_or_else(Value::default, |text| self.value_at(text, depth));
                Some(match condition.empty() {
                    Truth::No => branch(1),
                    Truth::Yes => branch(2),
                    Truth::Unknown => Value::one_of([branch(1), branch(2)]),
                })
            }
            "wildcard" => Some(self.wildcard(whole())),
            "info" | "warning" => Some(Value::default()),
            _ => None,
        }
        .map(capped)
    }

    /// The file when it is there. One that is not in the checkout may have been made before make runs.
    fn wildcard(&self, name: Value) -> Value {
        let is_several = |part: &Part| matches!(part, Part::Literal(text) if text.contains(['*', '?', '[', ' ']));
        if name.parts().iter().any(is_several) {
            return Value::unknown(format!("$(wildcard {name})"));
        }
        match resolve(&Directory::Inside(self.directory.clone()), &name, None) {
            Resolved::File(path) if self.files.has(&path) => name,
            _ => Value::one_of([name, Value::default()]),
        }
    }

    /// What a shell command prints.
    pub(super) fn shell(&self, command: &str) -> Value {
        self.shell_at(command, 0)
    }

    fn shell_at(&self, command: &str, depth: usize) -> Value {
        match self.value_at(command, depth).as_literal() {
            Some("pwd") => Directory::Inside(self.directory.clone()).value(),
            Some(command) => self.call.around.output(command),
            None => Value::unknown(format!("$({command})")),
        }
    }
}

fn split(arguments: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, c) in outside_references(arguments) {
        if c == ',' {
            parts.push(&arguments[start..at]);
            start = at + 1;
        }
    }
    parts.push(&arguments[start..]);
    parts
}
