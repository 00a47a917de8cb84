//! Addresses as they are written: URLs, `host:port`, `/dev/tcp/host/port`.

use std::ops::Range;

use super::address::{Address, Origin, Seat, is_own_host};
use crate::command::Arg;
use crate::docker::servers::default_port;
use crate::symbol::{Part, Value};

/// A host and a port within a value.
pub(super) struct Written {
    pub(super) host: Value,
    pub(super) port: Option<Value>,
    pub(super) scheme: Option<String>,
}

/// A value as a text in which one character of no script stands for each part that only the run knows.
struct Flat {
    text: String,
    parts: Vec<Part>,
}

const FIRST: u32 = 0xE000;

impl Flat {
    fn of(value: &Value) -> Self {
        let mut flat = Self { text: String::new(), parts: Vec::new() };
        for part in value.parts() {
            match part {
                Part::Literal(text) => flat.text.push_str(text),
                other => {
                    // A value has a few hundred parts at most, and there are some thousand such characters.
                    let mark = u32::try_from(flat.parts.len()).ok().and_then(|at| char::from_u32(FIRST + at));
                    flat.text.push(mark.unwrap_or(char::REPLACEMENT_CHARACTER));
                    flat.parts.push(other.clone());
                }
            }
        }
        flat
    }

    fn value(&self, text: &str) -> Value {
        let mut value = Value::default();
        for c in text.chars() {
            let part = u32::from(c).checked_sub(FIRST).and_then(|at| self.parts.get(usize::try_from(at).ok()?));
            let piece = part.map_or_else(|| Value::literal(c.to_string()), |part| Value::from(part.clone()));
            value = value.then(piece);
        }
        value
    }

    fn written(&self, host: &str, port: Option<&str>, scheme: Option<&str>) -> Written {
        let scheme = scheme.map(|scheme| scheme.to_ascii_lowercase());
        let default = || {
            let scheme = scheme.as_deref()?;
            default_port(scheme.split('+').next().unwrap_or(scheme)).map(|port| Value::literal(port.to_string()))
        };
        let port = port.map(|port| self.value(port)).or_else(default);
        Written { host: self.value(host), port, scheme }
    }
}

fn is_mark(c: char) -> bool {
    (FIRST..0xF900).contains(&u32::from(c))
}

/// The values that a value can be, where all are known and few; else itself.
fn alternatives(value: &Value) -> Vec<Value> {
    if !value.parts().iter().any(|part| matches!(part, Part::OneOf(_))) {
        return vec![value.clone()];
    }
    value.candidates().map_or_else(|| vec![value.clone()], |all| all.into_iter().map(Value::literal).collect())
}

/// Every address in a text: of URLs, and of words that are a host and a port.
pub(super) fn read(value: &Value) -> Vec<Written> {
    // A colon stands in each.
    if !value.holds(':') {
        return Vec::new();
    }
    alternatives(value).iter().flat_map(one).collect()
}

fn one(value: &Value) -> Vec<Written> {
    let flat = Flat::of(value);
    let mut found = urls(&flat);
    if found.is_empty() {
        found.extend(pairs(&flat));
    }
    found
}

/// What ends the authority of a URL.
fn ends(c: char) -> bool {
    matches!(c, '/' | '?' | '#' | '"' | '\'' | '`' | ';' | '<' | '>' | '\\' | '}') || c.is_whitespace()
}

fn urls(flat: &Flat) -> Vec<Written> {
    let text = &flat.text;
    let mut found = Vec::new();
    for (at, _) in text.match_indices("://") {
        let lead = &text[..at];
        let start = lead
            .rfind(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c))
            .map_or(0, |before| before + lead[before..].chars().next().map_or(1, char::len_utf8));
        let scheme = &lead[start..];
        if matches!(scheme, "file" | "unix" | "npipe" | "data" | "docker") {
            continue;
        }
        let rest = &text[at + 3..];
        let rest = &rest[..rest.find(ends).unwrap_or(rest.len())];
        // `tcp(host:port)` of Go's DSN has no scheme of this kind; a password may hold an `@`.
        let hosts = rest.rsplit_once('@').map_or(rest, |(_, hosts)| hosts);
        let scheme = if scheme.is_empty() { None } else { Some(scheme) };
        for one in hosts.split(',') {
            if let Some((host, port)) = authority(one) {
                found.push(flat.written(host, port, scheme));
            }
        }
    }
    found
}

/// `host`, `host:port`, `[::1]:port`.
fn authority(text: &str) -> Option<(&str, Option<&str>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (host, rest.strip_prefix(':'))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = port.map(|port| port.trim_end_matches([')', ']', ',', '.'])).filter(|port| !port.is_empty());
    let fits = is_host(host) && port.is_none_or(is_port);
    fits.then_some((host, port))
}

pub(super) fn is_host(text: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c) || is_mark(c);
    !text.is_empty() && (text.chars().all(name) || text.parse::<std::net::Ipv6Addr>().is_ok())
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0)
        || !text.is_empty() && text.chars().all(|c| is_mark(c) || c.is_ascii_digit())
}

/// Words that are a host and a port, and nothing else: `localhost:8080/x`, `a:1,b:2`, `tcp(db:3306)`, `TCP:db:5433`.
fn pairs(flat: &Flat) -> Vec<Written> {
    let separators = |c: char| c.is_whitespace() || ",;\"'()=".contains(c);
    let words = flat.text.split(separators);
    let mut found = Vec::new();
    for word in words {
        let word = word.rsplit_once('@').map_or(word, |(_, host)| host);
        let word = word.split(['/', '?']).next().unwrap_or(word);
        let word = word.strip_prefix("TCP:").or_else(|| word.strip_prefix("TCP4:")).unwrap_or(word);
        let Some((host, Some(port))) = authority(word) else { continue };
        if names_a_host(host) && (!port.chars().any(is_mark) || is_own_host(host) || host.chars().all(is_mark)) {
            found.push(flat.written(host, Some(port), None));
        }
    }
    found
}

/// Whether a word before `:N` is a host and no number, option or keyword.
fn names_a_host(host: &str) -> bool {
    let listens = host.to_ascii_uppercase().ends_with("-LISTEN");
    let is_number = host.chars().all(|c| c.is_ascii_digit());
    let begins = host.starts_with(|c: char| c.is_ascii_alphanumeric() || is_mark(c));
    // `Test:5` is no host: their names are written small.
    let is_small = !host.contains(|c: char| c.is_ascii_uppercase()) && !listens;
    begins && is_small && !is_number
}

/// The addresses in the words of a command.
pub(super) fn words(argv: &[Arg], seat: &Seat) -> Vec<Address> {
    argv.iter().flat_map(|arg| in_word(arg, seat, false)).collect()
}

pub(super) fn in_word(arg: &Arg, seat: &Seat, connects: bool) -> Vec<Address> {
    let from = || Origin::Written(arg.span.clone());
    let mut found: Vec<Address> = read(&arg.value).into_iter().map(|one| one.address(from(), seat, connects)).collect();
    if let Some((host, port)) = device(&arg.value) {
        let from = from();
        found.push(Address { host, port: Some(port), scheme: None, from, seat: seat.clone(), connects: true });
    }
    found
}

impl Written {
    pub(super) fn address(self, from: Origin, seat: &Seat, connects: bool) -> Address {
        let Self { host, port, scheme } = self;
        Address { host, port, scheme, from, seat: seat.clone(), connects }
    }
}

/// The host and port of bash's `/dev/tcp/host/port`.
pub(super) fn device(value: &Value) -> Option<(Value, Value)> {
    if !value.holds('/') {
        return None;
    }
    let flat = Flat::of(value);
    let at = flat.text.find("/dev/tcp/")?;
    let rest = &flat.text[at + "/dev/tcp/".len()..];
    let (host, rest) = rest.split_once('/')?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && !is_mark(c)).unwrap_or(rest.len());
    (is_host(host) && end > 0).then(|| (flat.value(host), flat.value(&rest[..end])))
}

/// The bytes of a word.
pub(super) fn span(arg: &Arg) -> Range<usize> {
    arg.span.clone()
}
