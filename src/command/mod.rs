//! What a shell command runs once its wrappers are taken off: `sudo -E timeout 5m docker run …` runs
//! docker.
//!
//! Nothing here knows docker; a command is a list of [`Arg`]s, each a symbolic string with its bytes.

pub mod awk;
pub mod cluster;
pub mod make;
pub mod options;
pub mod remote;
pub mod script;
pub mod shell;
mod wrapper;
mod xargs;

use std::borrow::Cow;
use std::ops::Range;

use crate::symbol::{Part, Value};

pub use wrapper::Wrapper;
pub use xargs::Xargs;

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

/// A command without its wrappers.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation<'a> {
    /// What is run: the last component of its path (`/usr/bin/docker` is `docker`).
    pub program: String,
    /// Whether it was written with a path (`./x.sh`, `bin/x`): then it is that file, not one of PATH.
    pub path: Option<Value>,
    /// The program's word.
    pub at: Range<usize>,
    /// What it is wrapped in, outermost first.
    pub wrappers: Vec<Wrapper>,
    /// What `env A=b` and `sudo A=b` set for it.
    pub env: Vec<(String, Arg)>,
    /// Its arguments, the program's own word left out.
    pub argv: Cow<'a, [Arg]>,
    /// Some of its arguments come from standard input, through xargs.
    pub from_stdin: Option<Xargs>,
}

impl<'a> Invocation<'a> {
    /// Takes the wrappers off `words`; `None` when what is run is not known, or nothing is.
    pub fn parse(words: &'a [Arg]) -> Option<Self> {
        wrapper::unwrap(fields(words))
    }

    /// Whether it is wrapped in such a thing.
    pub fn wrapped(&self, wanted: impl Fn(&Wrapper) -> bool) -> bool {
        self.wrappers.iter().any(wanted)
    }
}

/// The last component of a path, without Windows' `.exe`.
fn basename(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.strip_suffix(".exe").unwrap_or(name)
}

#[cfg(test)]
pub(crate) mod testing {
    //! Words for tests: `words("docker rm -f $X")`, split at blanks; `'a b'` is one word, `$X` is
    //! unknown and splits, `"$X"` is unknown and does not, `@run` is the run's id.

    use super::Arg;
    use crate::symbol::{Dimensions, Unique, Value};
    use crate::truth::Truth;

    pub(crate) fn words(script: &str) -> Vec<Arg> {
        let mut args = Vec::new();
        let mut start = 0;
        while start < script.len() {
            let rest = &script[start..];
            let skipped = rest.len() - rest.trim_start().len();
            start += skipped;
            if start >= script.len() {
                break;
            }
            let end = word_end(script, start);
            args.push(word(&script[start..end], start..end));
            start = end;
        }
        args
    }

    fn word_end(script: &str, start: usize) -> usize {
        let mut quote = None;
        for (at, c) in script[start..].char_indices() {
            match (quote, c) {
                (None, '\'' | '"') => quote = Some(c),
                (Some(open), c) if open == c => quote = None,
                (None, ' ') => return start + at,
                _ => {}
            }
        }
        script.len()
    }

    fn word(text: &str, span: std::ops::Range<usize>) -> Arg {
        let quoted = text.starts_with(['\'', '"']);
        let text = text.replace(['\'', '"'], "");
        let splits = !quoted && text.contains('$');
        Arg { value: value(&text), span, splits }
    }

    pub(crate) fn value(text: &str) -> Value {
        let mut value = Value::default();
        let mut rest = text;
        while let Some(at) = rest.find('$').into_iter().chain(rest.find("@run")).min() {
            let (head, tail) = rest.split_at(at);
            value = value.then(Value::literal(head));
            let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let end = tail[1..].find(|c| !name(c)).map_or(tail.len(), |end| end + 1);
            value = value.then(match &tail[..end] {
                "$" => Value::literal("$"),
                "@run" => Value::opaque("github.run_id", Unique::by(Dimensions::RUN), Truth::No),
                source => Value::unknown(source),
            });
            rest = &tail[end..];
        }
        value.then(Value::literal(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{value, words};
    use super::*;

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
