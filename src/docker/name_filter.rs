//! `--filter name=…`: a Go regular expression, unanchored, over a container's name.
//!
//! Docker tries the name with its leading `/` and without, so `^ws-` and `^/ws-` both anchor, and an empty
//! pattern selects everything (measured on Docker 20.10).

use std::sync::Arc;

use crate::symbol::{Part, Value};
use crate::truth::Truth;

/// How many bytes a pattern may take when it is made ready: far more than one for names, and a fifth of what is usual.
/// Each filter asks for its own.
const MOST_PATTERN: usize = 2 << 20;

/// What a `name=` filter's value says.
#[derive(Clone, Debug, PartialEq)]
pub struct NameFilter {
    /// The value as written.
    pub pattern: Value,
    /// It matches only from the name's start: `^…`, or a `/`, which only a name's start has.
    pub anchored_start: bool,
    /// It matches only up to the name's end: `…$`.
    pub anchored_end: bool,
    /// It holds signs that are more than text in a regular expression (a `.` is not counted).
    pub special: bool,
}

impl NameFilter {
    /// Reads a `name=` filter's value.
    pub fn parse(pattern: &Value) -> Self {
        let anchored_start = pattern.prefix().starts_with(['^', '/']);
        let suffix = pattern.suffix();
        let anchored_end = suffix.ends_with('$') && !suffix.ends_with("\\$");
        let special = pattern.parts().iter().any(|part| match part {
            Part::Literal(text) => text.contains(['*', '+', '?', '(', '[', '{', '|', '\\']),
            _ => false,
        });
        Self { pattern: pattern.clone(), anchored_start, anchored_end, special }
    }

    /// The value without its anchors.
    pub fn body(&self) -> Value {
        let body = self.pattern.strip_prefix("^").unwrap_or_else(|| self.pattern.clone());
        let body = body.strip_prefix("/").unwrap_or(body);
        if self.anchored_end { without_suffix(&body, "$") } else { body }
    }
}

/// Whether a `name=` filter selects what is called `name`.
pub fn name_filter_matches(pattern: &Value, name: &Value) -> Truth {
    let (Some(patterns), Some(names)) = (alternatives(pattern), alternatives(name)) else { return Truth::Unknown };
    let each = patterns.iter().flat_map(|pattern| names.iter().map(|name| one(pattern, name)));
    agreed(each)
}

/// What all say, else unknown.
fn agreed(truths: impl IntoIterator<Item = Truth>) -> Truth {
    truths
        .into_iter()
        .reduce(|ours, theirs| if ours == theirs { ours } else { Truth::Unknown })
        .unwrap_or(Truth::Unknown)
}

/// The values it can be, each without [`Part::OneOf`]; `None` when they are too many.
fn alternatives(value: &Value) -> Option<Vec<Value>> {
    let mut all = vec![Value::default()];
    for part in value.parts() {
        let choices = match part {
            Part::Literal(text) => vec![Value::literal(text.clone())],
            Part::Opaque(opaque) => vec![Value::opaque(opaque.source.clone(), opaque.unique, opaque.empty)],
            Part::OneOf(values) => values.iter().map(alternatives).collect::<Option<Vec<_>>>()?.concat(),
        };
        if all.len() * choices.len() > 32 {
            return None;
        }
        all = all.iter().flat_map(|head| choices.iter().map(|tail| head.clone().then(tail.clone()))).collect();
    }
    Some(all)
}

/// Whether a letter can stand in the name of a container, a network or a volume: `[a-zA-Z0-9][a-zA-Z0-9_.-]+` (moby,
/// `daemon/names`).
pub fn is_name_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

/// The patterns, closed at both ends, that take every name a value can become: one for each of its alternatives. What
/// only the run knows stands in them as the characters it can hold. `None` when no container can be called so.
pub fn name_patterns(name: &Value) -> Option<Vec<String>> {
    alternatives(name)?.iter().map(|name| Some(format!("^{}$", pattern_body(name)?))).collect()
}

/// The pattern of a name without [`Part::OneOf`], not closed.
fn pattern_body(name: &Value) -> Option<String> {
    let mut body = String::new();
    for part in name.parts() {
        match part {
            Part::Literal(text) => {
                for c in text.chars() {
                    match c {
                        '.' => body.push_str("\\."),
                        c if c.is_ascii_alphanumeric() || "_-".contains(c) => body.push(c),
                        _ => return None,
                    }
                }
            }
            Part::Opaque(opaque) => {
                body.push_str(Alphabet::of(&opaque.source).class());
                body.push(if opaque.empty.may_be() { '*' } else { '+' });
            }
            Part::OneOf(_) => return None,
        }
    }
    Some(body)
}

fn one(pattern: &Value, name: &Value) -> Truth {
    let closed = pattern.as_literal().and_then(|text| text.strip_prefix('^')?.strip_suffix('$'));
    if closed.is_some() && closed == pattern_body(name).as_deref() {
        return Truth::Yes;
    }
    if let (Some(pattern), Some(name), true) =
        (pattern.as_literal(), name.as_literal(), NameFilter::parse(pattern).special)
    {
        // Go's and this crate's syntax are one family (RE2). A pattern that Go refuses makes docker fall
        // back to comparing.
        return match regex::RegexBuilder::new(pattern).size_limit(MOST_PATTERN).build() {
            Ok(regex) => (regex.is_match(name) || regex.is_match(&format!("/{name}"))).into(),
            // Docker may take it: nobody here can tell what it fits.
            Err(regex::Error::CompiledTooBig(_)) => Truth::Unknown,
            Err(_) => (pattern == name).into(),
        };
    }
    let branches = split_branches(pattern);
    let name: Vec<Token> = tokens(name, false).0;
    branches.iter().map(|branch| branch_matches(branch, &name)).fold(Truth::No, Truth::or)
}

/// The pattern at its top-level `|`; one with brackets stays whole.
fn split_branches(pattern: &Value) -> Vec<Value> {
    let bracket = |part: &Part| matches!(part, Part::Literal(text) if text.contains(['(', '[', '\\']));
    if pattern.parts().iter().any(bracket) { vec![pattern.clone()] } else { pattern.split('|') }
}

/// A piece of a name, or of a pattern.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Char(char),
    /// `.`: any one character.
    Wild,
    /// Text only the run knows.
    Opaque(Arc<str>, Alphabet),
}

/// What characters an unknown text can hold.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Alphabet {
    Digits,
    Hex,
    Any,
}

impl Alphabet {
    fn of(source: &str) -> Self {
        let source = source.to_ascii_lowercase();
        let digits = ["run_id", "run_number", "run_attempt", "job-index", "$$", "$random", "${random", "date +%s"];
        let hex = ["uuidgen", "github.sha", "gitea.sha", "github_sha", "gitea_sha", "rand -hex", "random/uuid"];
        if digits.iter().any(|known| source.contains(known)) {
            Self::Digits
        } else if hex.iter().any(|known| source.contains(known)) {
            Self::Hex
        } else {
            Self::Any
        }
    }

    /// It as a class of a regular expression, of the characters that a name can hold.
    fn class(self) -> &'static str {
        match self {
            Self::Digits => "[0-9]",
            Self::Hex => "[0-9a-fA-F-]",
            Self::Any => "[a-zA-Z0-9_.-]",
        }
    }

    fn allows(self, c: char) -> bool {
        match self {
            Self::Digits => c.is_ascii_digit(),
            Self::Hex => c.is_ascii_hexdigit() || c == '-',
            Self::Any => true,
        }
    }
}

/// The tokens of a value; of a pattern up to the first sign that is more than text, and whether there was one.
fn tokens(value: &Value, pattern: bool) -> (Vec<Token>, bool) {
    let mut found = Vec::new();
    for part in value.parts() {
        match part {
            Part::Opaque(opaque) => {
                found.push(Token::Opaque(opaque.source.clone(), Alphabet::of(&opaque.source)));
            }
            Part::OneOf(_) => return (found, true),
            Part::Literal(text) => {
                let mut chars = text.chars();
                while let Some(c) = chars.next() {
                    match c {
                        _ if !pattern => found.push(Token::Char(c)),
                        '\\' => match chars.next() {
                            Some(escaped) if !escaped.is_alphanumeric() => found.push(Token::Char(escaped)),
                            _ => return (found, true),
                        },
                        '*' | '?' | '+' | '{' => {
                            // What is repeated may be absent.
                            found.pop();
                            return (found, true);
                        }
                        '(' | '[' | '^' | '$' => return (found, true),
                        '.' => found.push(Token::Wild),
                        c => found.push(Token::Char(c)),
                    }
                }
            }
        }
    }
    (found, false)
}

fn branch_matches(pattern: &Value, name: &[Token]) -> Truth {
    let filter = NameFilter::parse(pattern);
    let body = filter.body();
    // `ws-.*` is `ws-`.
    let body = if filter.anchored_end { body } else { without_suffix(&body, ".*") };
    let (wanted, cut) = tokens(&body, true);
    let anchored_end = filter.anchored_end && !cut;
    if !may_match(&wanted, name, filter.anchored_start, anchored_end) {
        return Truth::No;
    }
    if !cut && must_match(&wanted, name, filter.anchored_start, anchored_end) { Truth::Yes } else { Truth::Unknown }
}

fn without_suffix(value: &Value, suffix: &str) -> Value {
    if !value.suffix().ends_with(suffix) {
        return value.clone();
    }
    let mut parts = value.parts().iter().peekable();
    let mut cut = Value::default();
    while let Some(part) = parts.next() {
        cut = cut.then(match part {
            Part::Literal(text) if parts.peek().is_none() => Value::literal(text.strip_suffix(suffix).unwrap_or(text)),
            Part::Literal(text) => Value::literal(text.clone()),
            Part::Opaque(opaque) => Value::opaque(opaque.source.clone(), opaque.unique, opaque.empty),
            Part::OneOf(values) => Value::one_of(values.iter().cloned()),
        });
    }
    cut
}

/// Whether the wanted tokens certainly stand in the name, one behind the other.
fn must_match(wanted: &[Token], name: &[Token], from_start: bool, to_end: bool) -> bool {
    let Some(last) = name.len().checked_sub(wanted.len()) else { return false };
    let fits = |start: usize| {
        wanted
            .iter()
            .zip(&name[start..])
            .all(|(want, have)| want == have || matches!((want, have), (Token::Wild, Token::Char(_))))
    };
    let mut starts = if from_start { 0..=0 } else { 0..=last };
    starts.any(|start| fits(start) && (!to_end || start == last))
}

/// Whether some text of the name can match: all places the wanted tokens can lead to, followed at once.
fn may_match(wanted: &[Token], name: &[Token], from_start: bool, to_end: bool) -> bool {
    let opaque = |at: usize| matches!(name.get(at), Some(Token::Opaque(..)));
    // Unknown text may have been matched to its end, or be empty.
    let close = |places: &mut Vec<bool>| {
        for at in 0..name.len() {
            if places[at] && opaque(at) {
                places[at + 1] = true;
            }
        }
    };
    let mut places = vec![!from_start; name.len() + 1];
    places[0] = true;
    close(&mut places);
    for want in wanted {
        let mut next = vec![false; name.len() + 1];
        match want {
            Token::Opaque(_, alphabet) => {
                next.clone_from(&places);
                for at in 0..name.len() {
                    let passes = match &name[at] {
                        Token::Char(c) => alphabet.allows(*c),
                        Token::Wild | Token::Opaque(..) => true,
                    };
                    next[at + 1] |= next[at] && passes;
                }
            }
            Token::Char(_) | Token::Wild => {
                let fits = |c: char| *want == Token::Wild || *want == Token::Char(c);
                for at in (0..name.len()).filter(|at| places[*at]) {
                    match &name[at] {
                        Token::Char(c) if fits(*c) => next[at + 1] = true,
                        Token::Opaque(_, alphabet) => {
                            let allowed = matches!(want, Token::Char(c) if alphabet.allows(*c)) || *want == Token::Wild;
                            next[at] |= allowed;
                        }
                        Token::Char(_) | Token::Wild => {}
                    }
                }
            }
        }
        close(&mut next);
        places = next;
    }
    if to_end { places[name.len()] } else { places.contains(&true) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::value;

    #[test]
    fn a_pattern_that_grows_too_large_is_not_known() {
        let large = Value::literal("((((a{20}){20}){20}){20})|[[:word:]]{900}");
        assert_eq!(name_filter_matches(&large, &Value::literal("pg")), Truth::Unknown);
        let refused = Value::literal("pg(");
        assert_eq!(name_filter_matches(&refused, &Value::literal("pg")), Truth::No, "docker compares it");
    }

    #[test]
    fn names_are_matched_as_docker_does() {
        use Truth::{No, Unknown, Yes};
        for (pattern, name, wanted) in [
            ("ws-", "my-ws-b", Yes),
            ("^ws-", "my-ws-b", No),
            ("^/ws-", "ws-b", Yes),
            ("^ws-a1$", "ws-a1", Yes),
            ("ws-*", "ws", Yes),
            ("", "anything", Yes),
            ("pg", "PG", No),
            ("^pg-", "pg-@run", Yes),
            ("^pg-@run$", "pg-@run", Yes),
            ("pg-@run", "pg-@run-db", Yes),
            ("^pg-@run$", "pg-@run-db", No),
            ("pg-@run", "redis-@run", No),
            ("^redis", "pg-@run", No),
            ("ws-", "pg-@run", No),
            ("ws-", "pg-$X", Unknown),
            ("^ws-.*", "ws-$X", Yes),
            ("^(ws|pg)-", "ws-$X", Unknown),
            ("^ws-|^pg-", "pg-@run", Yes),
            ("^a|^b", "pg-@run", No),
            ("$X", "pg-@run", Unknown),
            ("$X", "$X", Yes),
            ("^ws-[0-9]+", "pg-@run", No),
            ("a.b", "x-a-b-@run", Yes),
        ] {
            assert_eq!(name_filter_matches(&value(pattern), &value(name)), wanted, "{pattern} {name}");
        }
        let either = Value::one_of([value("pg-1"), value("redis-1")]);
        assert_eq!(name_filter_matches(&value("^pg-"), &either), Unknown);
        assert_eq!(name_filter_matches(&value("-1$"), &either), Yes);
    }

    #[test]
    fn anchors_are_seen() {
        for (pattern, start, end, special) in [
            ("ws-", false, false, false),
            ("^ws-", true, false, false),
            ("/ws-", true, false, false),
            ("^/ws-@run$", true, true, false),
            ("ws-.*", false, false, true),
        ] {
            let filter = NameFilter::parse(&value(pattern));
            assert_eq!(
                (filter.anchored_start, filter.anchored_end, filter.special),
                (start, end, special),
                "{pattern}"
            );
        }
    }
}
