//! What `echo` and `printf` print.

use super::Stage;
use super::fields::join;
use crate::command::Arg;
use crate::symbol::Value;

/// What `echo` or `printf` prints.
pub(super) fn printed(program: &str, args: &[Arg]) -> Value {
    if program == "printf" { formatted(args) } else { echoed(args) }
}

/// What a stage of a pipe prints, when it is `echo` or `printf`.
pub(super) fn said(stage: &Stage) -> Option<Value> {
    matches!(stage.program.as_str(), "echo" | "printf").then(|| printed(&stage.program, &stage.argv))
}

fn echoed(argv: &[Arg]) -> Value {
    let is_option = |arg: &&Arg| {
        arg.text()
            .is_some_and(|text| text.len() > 1 && text.starts_with('-') && text[1..].chars().all(|c| "neE".contains(c)))
    };
    let options: Vec<&str> = argv.iter().take_while(is_option).filter_map(Arg::text).collect();
    let values: Vec<Value> = argv[options.len()..].iter().map(|arg| arg.value.clone()).collect();
    let mut text = join(&values);
    if options.iter().any(|option| option.contains('e')) {
        text = text.map_literals(&unescaped);
    }
    if options.iter().any(|option| option.contains('n')) { text } else { text.then(Value::literal("\n")) }
}

/// The format, again and again until no argument is left.
fn formatted(argv: &[Arg]) -> Value {
    let argv = if argv.first().is_some_and(|arg| arg.is("--")) { &argv[1..] } else { argv };
    let Some((format, rest)) = argv.split_first() else { return Value::default() };
    let Some(format) = format.value.as_literal() else { return format.value.clone() };
    let format = unescaped(format);
    let mut rest = rest.iter();
    let mut value = Value::default();
    loop {
        let before = rest.len();
        value = value.then(once(&format, &mut rest));
        if rest.len() == 0 || rest.len() == before {
            return value;
        }
    }
}

fn once<'a>(format: &str, args: &mut impl Iterator<Item = &'a Arg>) -> Value {
    let mut value = Value::default();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        value = value.then(Value::literal(before));
        let end = after.find(|c: char| c.is_ascii_alphabetic() || c == '%').map_or(after.len(), |end| end + 1);
        value = value.then(match &after[..end] {
            "%" => Value::literal("%"),
            "s" | "d" | "i" | "u" => args.next().map(|arg| arg.value.clone()).unwrap_or_default(),
            "b" => args.next().map(|arg| arg.value.map_literals(&unescaped)).unwrap_or_default(),
            // Padded, rounded, quoted: as unique as what it shows.
            other => {
                let shown = args.next().map(|arg| arg.value.clone()).unwrap_or_default();
                Value::opaque(format!("%{other} of {shown}"), shown.unique(), crate::truth::Truth::Unknown)
            }
        });
        rest = &after[end..];
    }
    value.then(Value::literal(rest))
}

/// Backslashes as `echo -e` and printf's formats know them.
fn unescaped(text: &str) -> String {
    let mut result = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            result.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => result.push('\n'),
            Some('t') => result.push('\t'),
            Some('r') => result.push('\r'),
            Some('\\') | None => result.push('\\'),
            Some(other) => result.extend(['\\', other]),
        }
    }
    result
}
