//! A published port behind a host that is not written: a variable says it, or a name that nobody here explains.

use std::ops::Range;

use super::found::{LOCAL, is_part};
use super::{Digest, Found, Scanner, What};
use crate::expr::{Part, template};

/// A host that is not one of those that are looked for.
enum Host<'t> {
    /// A variable, by its name.
    Variable(&'t str),
    /// An expression or a variable with a default: nobody can tell.
    Unknown,
    /// Another name.
    Named,
}

impl Scanner<'_> {
    /// `http://${E2E_HOST}:3001/`, `http://site-nginx:9001`.
    pub(super) fn elsewhere(&self, text: &str, digest: &Digest) -> Vec<Found> {
        let ports = self.addresses.iter().flat_map(|address| &address.ports);
        let colons = digest.colons(ports.filter_map(|port| port.host));
        colons.into_iter().filter_map(|colon| self.behind_host(text, colon)).collect()
    }

    fn behind_host(&self, text: &str, colon: usize) -> Option<Found> {
        let rest = &text[colon + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let after = &rest[digits..];
        // `$IP:5433:5432` publishes.
        if digits == 0 || after.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.' | '-')) {
            return None;
        }
        let number: u16 = rest[..digits].parse().ok()?;
        let addresses = self.addresses.iter().enumerate();
        let (service, means) = addresses.into_iter().find_map(|(at, one)| Some((at, one.by_host(number)?)))?;
        let (host, range) = host_before(text, colon)?;
        let what = match host {
            Host::Named if self.addresses.iter().any(|address| address.id == text[range.clone()]) => return None,
            Host::Named | Host::Unknown => What::Unclear,
            Host::Variable(name) => match self.says_local(name) {
                Some(true) => What::PortAlone,
                Some(false) => return None,
                None => What::Unclear,
            },
        };
        let port = colon + 1..colon + 1 + digits;
        Some(Found {
            service,
            what,
            whole: range.start..port.end,
            host: (what == What::Unclear).then_some(range),
            port: Some(port),
            means,
            by_name: false,
        })
    }

    /// Whether a variable is this machine's name, where its values are known.
    fn says_local(&self, name: &str) -> Option<bool> {
        let mut values = self.variables.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.trim());
        let first = values.next()?;
        let plain = |value: &str| !value.contains(['$', '`']);
        let is_local = |value: &str| LOCAL.contains(&value);
        let same = values.all(|value| plain(value) && is_local(value) == is_local(first));
        (plain(first) && same).then(|| is_local(first))
    }
}

/// The host that ends where a colon stands.
fn host_before(text: &str, colon: usize) -> Option<(Host<'_>, Range<usize>)> {
    let before = &text[..colon];
    if before.ends_with("}}") {
        let start = before.rfind("${{")?;
        let Some(Part::Expression { inner, .. }) = template(&before[start..]).into_iter().next() else { return None };
        let host = before[start..][inner].trim().strip_prefix("env.").map_or(Host::Unknown, Host::Variable);
        return is_address(before, start).then_some((host, start..colon));
    }
    if let Some(inner) = before.strip_suffix('}') {
        let start = inner.rfind("${")?;
        let name = &inner[start + 2..];
        let host = if name.chars().all(is_name) { Host::Variable(name) } else { Host::Unknown };
        return is_address(before, start).then_some((host, start..colon));
    }
    let length = before.chars().rev().take_while(|c| is_part(*c)).map(char::len_utf8).sum::<usize>();
    let start = colon - length;
    let word = &before[start..];
    if before[..start].ends_with('$') && !word.is_empty() && word.chars().all(is_name) {
        let start = start - 1;
        return is_address(before, start).then_some((Host::Variable(word), start..colon));
    }
    // The machine's own names and the known aliases are found by themselves; one with a dot is somewhere else.
    let in_url = before[..start].ends_with("://") || before[..start].ends_with('@');
    let is_name = in_url && !word.is_empty() && !word.contains('.') && !LOCAL.contains(&word);
    is_name.then_some((Host::Named, start..colon))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether the word that begins there is no value of `-p`, where a variable is a port of the host.
fn is_address(text: &str, start: usize) -> bool {
    let lead = text[..start].trim_end_matches(['"', '\'']);
    !["-p ", "-p", "--publish ", "--publish=", "-p="].iter().any(|option| lead.ends_with(option))
}
