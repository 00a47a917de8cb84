//! What `sed -i` does to the lines of a `.env` file: which variables it changes, and to what.

use std::iter::Peekable;
use std::str::Chars;

use crate::command::Arg;
use crate::symbol::Part;

/// A change of the `NAME=value` lines of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// A variable has this value afterwards, where it was there; nothing: one that is not known.
    Set(String, Option<String>),
    /// A plain text in every value becomes another.
    Replace(String, String),
    /// Every value may be another.
    Any,
}

/// What stands for a part of a script that only the run knows.
const UNKNOWN: char = '\u{0}';

/// The changes of a call; `None` when it does something else than to change or to remove lines of variables.
pub(super) fn changes(argv: &[Arg]) -> Option<Vec<Change>> {
    let mut scripts: Vec<&Arg> = Vec::new();
    let mut plain: Vec<&Arg> = Vec::new();
    let mut words = argv.iter();
    while let Some(word) = words.next() {
        match word.value.prefix() {
            "-e" | "--expression" => scripts.push(words.next()?),
            text if text.starts_with("-f") || text.starts_with("--file") || text.starts_with("--expression") => {
                return None;
            }
            text if text.starts_with('-') => {}
            // BSD's `-i ''`.
            _ if word.value.parts().is_empty() => {}
            _ => plain.push(word),
        }
    }
    if scripts.is_empty() {
        scripts.push(plain.first()?);
    }
    let mut all = Vec::new();
    for script in scripts {
        let text: String = script.value.parts().iter().map(shown).collect();
        read(&text, &mut all)?;
    }
    Some(all)
}

fn shown(part: &Part) -> String {
    match part {
        Part::Literal(text) => text.to_string(),
        Part::Opaque(_) | Part::OneOf(_) => UNKNOWN.to_string(),
    }
}

/// The commands of a script.
fn read(script: &str, all: &mut Vec<Change>) -> Option<()> {
    let mut rest = script.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_whitespace() || *c == ';').is_some() {}
        let Some(first) = rest.next() else { return Some(()) };
        let (address, command) = match first {
            '/' => {
                let pattern = until(&mut rest, '/')?;
                (Some(pattern), rest.next()?)
            }
            other => (None, other),
        };
        let key = address.as_deref().map(key_of);
        match command {
            's' => {
                let end = rest.next()?;
                let (pattern, new) = (until(&mut rest, end)?, until(&mut rest, end)?);
                while rest.next_if(char::is_ascii_alphanumeric).is_some() {}
                all.extend(substituted(key, &pattern, &new)?);
            }
            'd' => all.push(Change::Set(key??, None)),
            _ => return None,
        }
    }
}

/// The text before an end that no backslash hides.
fn until(rest: &mut Peekable<Chars<'_>>, end: char) -> Option<String> {
    let mut text = String::new();
    while let Some(c) = rest.next() {
        match c {
            c if c == end => return Some(text),
            '\\' if rest.peek() == Some(&end) => text.extend(rest.next()),
            '\\' => {
                text.push(c);
                text.extend(rest.next());
            }
            c => text.push(c),
        }
    }
    None
}

/// The changes of `s/pattern/new/`, on the lines of a variable where an address says its name. `None` when it is not
/// known which variables they are.
fn substituted(key: Option<Option<String>>, pattern: &str, new: &str) -> Option<Vec<Change>> {
    if new.contains('\n') {
        return None;
    }
    // A line that is written anew: `s/^PORT=.*/PORT=0/`.
    let set = key_of(new).map(|name| {
        let value = new.split_once('=').map(|(_, value)| value.trim_matches(['"', '\'']).to_owned());
        let is_plain = |value: &String| !value.contains(['&', '\\', UNKNOWN]);
        Change::Set(name, value.filter(is_plain).filter(|_| pattern.ends_with(".*") || pattern.ends_with(".*$")))
    });
    if let Some(own) = key_of(pattern) {
        let is_other = !matches!(&set, Some(Change::Set(name, _)) if *name == own);
        return Some(is_other.then_some(Change::Set(own, None)).into_iter().chain(set).collect());
    }
    if set.is_some() || pattern.contains(UNKNOWN) {
        return None;
    }
    if let Some(key) = key {
        return Some(vec![Change::Set(key?, None)]);
    }
    let is_plain =
        |text: &str| !text.contains(['\\', '[', ']', '*', '^', '$', '.', '?', '+', '(', ')', '|', '&', UNKNOWN]);
    Some(vec![match is_plain(pattern) && is_plain(new) {
        true => Change::Replace(pattern.to_owned(), new.to_owned()),
        false => Change::Any,
    }])
}

/// The variable that a text begins with, anchored or commented out: `^PORT=`, `^#\s*PORT=.*`.
fn key_of(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some(next) =
        ["^", "#", " ", "*", "?", "\\s", "\\(", "export "].iter().find_map(|lead| rest.strip_prefix(lead))
    {
        rest = next;
    }
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let (name, behind) = rest.split_at(end);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    (is_name && behind.starts_with('=')).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbol::Value;

    fn of(words: &[&str]) -> Option<Vec<Change>> {
        let argv: Vec<Arg> = words.iter().map(|word| Arg::new(Value::literal(*word), 0..0)).collect();
        changes(&argv)
    }

    fn set(name: &str, value: Option<&str>) -> Change {
        Change::Set(name.to_owned(), value.map(str::to_owned))
    }

    #[test]
    fn lines_of_variables() {
        for (script, expected) in [
            ("s/^PORT=.*/PORT=0/", Some(vec![set("PORT", Some("0"))])),
            (
                "s|^#\\s*PORT=.*|PORT=0|g; s#^HOST=.*$#HOST='db'#",
                Some(vec![set("PORT", Some("0")), set("HOST", Some("db"))]),
            ),
            ("s/PORT=80/PORT=90/", Some(vec![set("PORT", None)])),
            ("s/^PORT=\\(.*\\)/PORT=1\\1/", Some(vec![set("PORT", None)])),
            ("s/^A=.*/B=2/", Some(vec![set("A", None), set("B", Some("2"))])),
            ("/^PORT=/d", Some(vec![set("PORT", None)])),
            ("/^PORT=/s/80/90/", Some(vec![set("PORT", None)])),
            ("s/localhost/postgres/g", Some(vec![Change::Replace("localhost".to_owned(), "postgres".to_owned())])),
            ("s/[0-9]*/1/", Some(vec![Change::Any])),
            ("s/\\r$//", Some(vec![Change::Any])),
            ("$a PORT=1", None),
            ("1d", None),
            ("s/x/A=1/", None),
            ("s/^PORT=.*", None),
        ] {
            assert_eq!(of(&["-i", script, ".env"]), expected, "{script}");
        }
        assert_eq!(
            of(&["-i", "", "-e", "s/^A=.*/A=1/", "-e", "/B=/d", ".env"]),
            Some(vec![set("A", Some("1")), set("B", None)])
        );
        assert_eq!(of(&["-i", "-f", "x.sed", ".env"]), None);
        assert_eq!(of(&["-i"]), None);
    }

    #[test]
    fn what_only_the_run_knows() {
        let script = Value::literal("s/^KEY=.*/KEY=").then(Value::unknown("$KEY")).then(Value::literal("/"));
        let argv = [Arg::new(script, 0..0), Arg::new(Value::literal(".env"), 0..0)];
        assert_eq!(changes(&argv), Some(vec![set("KEY", None)]));
        let script = Value::literal("s/^").then(Value::unknown("$KEY")).then(Value::literal("=.*/A=1/"));
        assert_eq!(changes(&[Arg::new(script, 0..0)]), None);
    }
}
