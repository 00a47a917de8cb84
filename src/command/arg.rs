//! The words of a command.

use std::borrow::Cow;
use std::ops::Range;

use crate::symbol::{Part, Value};

/// One word of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// What the shell makes of it.
    pub value: Value,
    /// Its bytes in the script, quotes included; of a value written together with its option
    /// (`--name=pg`) the whole word's, unless the word is plain text.
    pub span: Range<usize>,
    /// It holds an unquoted expansion: it may become no word, or several.
    pub splits: bool,
}

impl Arg {
    /// A word that stays one word.
    pub fn new(value: Value, span: Range<usize>) -> Self {
        Self { value, span, splits: false }
    }

    /// Whether it may become no word, or several, of which nobody knows how many.
    pub fn may_be_several(&self) -> bool {
        self.splits && self.value.as_literal().is_none()
    }

    /// The text, when all of it is known.
    pub fn text(&self) -> Option<&str> {
        self.value.as_literal()
    }

    /// Whether it is this text.
    pub fn is(&self, text: &str) -> bool {
        self.text() == Some(text)
    }

    /// The word without its first `length` bytes, which must be known text.
    pub fn after(&self, length: usize) -> Self {
        let head = self.value.prefix().get(..length).unwrap_or_default();
        let value = self.value.strip_prefix(head).unwrap_or_default();
        // Only text that stands in the script as it is read can be counted off byte by byte.
        let plain = self.value.as_literal().is_some_and(|text| text.len() == self.span.len());
        let start = if plain { self.span.start + head.len() } else { self.span.start };
        Self { value, span: start..self.span.end, splits: self.splits }
    }
}

/// The words that the shell makes of `args` by field splitting, as far as their text is known.
///
/// Quoting inside a word is not seen here: `"a b"$X` would be split at its blank. No such word has
/// been met.
pub fn fields(args: &[Arg]) -> Cow<'_, [Arg]> {
    let blank = |arg: &Arg| has_blank(&arg.value);
    if !args.iter().any(|arg| arg.splits && (arg.is("") || blank(arg))) {
        return Cow::Borrowed(args);
    }
    let mut words = Vec::new();
    for arg in args {
        if arg.splits { words.extend(split_fields(arg)) } else { words.push(arg.clone()) }
    }
    Cow::Owned(words)
}

/// Both are compose: scripts take that of the two which is installed.
const COMPOSES: [&str; 2] = ["docker compose", "docker-compose"];

/// The words of a call whose program is one of the two composes, nobody knows which (`$dc up`): those of the first.
pub fn of_either_compose(args: &[Arg]) -> Option<Vec<Arg>> {
    let (first, rest) = args.split_first().filter(|(first, _)| first.splits)?;
    let [Part::OneOf(values)] = first.value.parts() else { return None };
    let plain = |value: &Value| value.as_literal().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let is_compose = |value: &Value| {
        plain(value).is_some_and(|text| COMPOSES.contains(&text.strip_prefix("sudo ").unwrap_or(&text)))
    };
    // Where neither is there, the variable has nothing, and nothing is called.
    let is_unset = |value: &Value| matches!(value.parts(), [] | [Part::Opaque(_)]);
    let chosen = values.iter().find(|value| is_compose(value))?;
    let are_all = values.iter().all(|value| is_compose(value) || is_unset(value));
    let program = Arg { value: chosen.clone(), ..first.clone() };
    are_all.then(|| [program].into_iter().chain(rest.iter().cloned()).collect())
}

fn has_blank(value: &Value) -> bool {
    value.parts().iter().any(|part| match part {
        Part::Literal(text) => text.contains(|c: char| c.is_ascii_whitespace()),
        Part::OneOf(values) => values.iter().any(has_blank),
        Part::Opaque(_) => false,
    })
}

fn split_fields(arg: &Arg) -> Vec<Arg> {
    let one_blank = arg.value.grown().map_literals(&|text: &str| text.replace(|c: char| c.is_ascii_whitespace(), " "));
    let pieces = one_blank.split(' ').into_iter().filter(|piece| !piece.parts().is_empty());
    pieces
        .map(|value| {
            let splits = value.as_literal().is_none();
            Arg { value, span: arg.span.clone(), splits }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::{value, words};

    fn shown(words: &[Arg]) -> Vec<String> {
        words.iter().map(|arg| arg.value.to_string()).collect()
    }

    #[test]
    fn known_text_is_split_into_fields() {
        let opts = Arg { value: value("--name pg-$N -d"), span: 4..9, splits: true };
        let none = Arg { value: value(""), span: 4..9, splits: true };
        let quoted = Arg::new(value("a b"), 1..2);
        assert_eq!(shown(&fields(&[opts, none, quoted])), ["--name", "pg-$N", "-d", "a b"]);
    }

    #[test]
    fn the_rest_of_a_plain_word_has_its_own_bytes() {
        let word = &words("x --name=pg")[1];
        assert_eq!(word.after(7).span, 9..11);
        let quoted = &words("x --name='pg'")[1];
        assert_eq!(quoted.after(7), Arg::new(value("pg"), quoted.span.clone()));
    }
}
