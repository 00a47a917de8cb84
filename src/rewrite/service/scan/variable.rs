//! Variables whose value is a host or a port alone, told by their names: `PGHOST`, `DB_PORT`.

use super::super::address::{Address, Port};
use super::found::LOCAL;
use super::{Found, Scanner, What};

impl Scanner<'_> {
    /// `PGHOST: localhost`.
    pub(super) fn host_variable(&self, name: &str, text: &str, peers: &[(&str, &str)]) -> Option<Found> {
        let upper = name.to_ascii_uppercase();
        let (upper, number_of_many) = numbered(&upper);
        let ends = ["_HOSTNAME", "HOSTNAME", "_HOST", "HOST", "_SERVER", "_ADDR", "-HOST"];
        let end = ends.iter().find(|end| upper.ends_with(**end))?;
        // Inputs of actions are written with a hyphen: `old-host`.
        let stem = upper[..upper.len() - end.len()].trim_end_matches(['_', '-']);
        let alias = self.addresses.iter().position(|address| address.id == text);
        if alias.is_none() && !LOCAL.contains(&text) {
            return None;
        }
        let is_peer = |other: &str| {
            let other = other.to_ascii_uppercase();
            let (other, number) = numbered(&other);
            number == number_of_many
                && other.strip_suffix("PORT").is_some_and(|other| other.trim_end_matches(['_', '-']) == stem)
        };
        let beside = peers.iter().chain(&self.variables).find(|(name, _)| is_peer(name)).map(|(_, value)| *value);
        let number = beside.and_then(|value| value.trim().parse::<u16>().ok());
        let found = |(service, means)| Found {
            service,
            what: What::Address,
            host: Some(0..text.len()),
            port: None,
            means,
            by_name: alias.is_some(),
            whole: 0..text.len(),
        };
        if let Some(service) = alias {
            let address = self.addresses.get(service)?;
            let means = number.and_then(|number| address.by_container(number)).or(address.ports.first().copied())?;
            return Some(found((service, means)));
        }
        number.and_then(|number| self.by_number(number)).or_else(|| self.by_stem(stem)).map(found)
    }

    /// `DB_PORT: 5432`, `PGPORT: ${{ job.services.db.ports['5432'] }}` (found as an expression).
    pub(super) fn port_variable(&self, name: &str, text: &str, peers: &[(&str, &str)]) -> Option<Found> {
        let upper = name.to_ascii_uppercase();
        let stem = numbered(&upper).0.strip_suffix("PORT")?.trim_end_matches(['_', '-']);
        let (service, means) = self.by_number(text.parse().ok()?)?;
        // `PORT: 8080` is the application's own, unless it stands beside `HOST: localhost`.
        let is_there = |value: &str| {
            LOCAL.contains(&value) || self.addresses.get(service).is_some_and(|address| address.id == value)
        };
        let goes_with = |other: &str| match stem {
            "" => other == "HOST",
            stem => other.starts_with(stem) && other.contains("HOST"),
        };
        let has_host = peers
            .iter()
            .chain(&self.variables)
            .any(|(other, value)| goes_with(&other.to_ascii_uppercase()) && is_there(value));
        let is_kind = self.by_stem(stem).is_some_and(|(other, _)| other == service);
        let range = 0..text.len();
        (has_host || !stem.is_empty() && is_kind).then(|| Found {
            service,
            what: What::Address,
            host: None,
            port: Some(range.clone()),
            means,
            by_name: false,
            whole: range,
        })
    }

    /// The one service whose image or id a variable's name speaks of: `PG`, `TEST_REDIS`.
    pub(super) fn by_stem(&self, stem: &str) -> Option<(usize, Port)> {
        let speaks = |address: &&(usize, &Address)| {
            stem.split(['_', '-']).any(|word| address.1.is_kind(word)) || address.1.is_kind(stem)
        };
        let all: Vec<(usize, &Address)> = self.addresses.iter().enumerate().collect();
        let mut fitting = all.iter().filter(speaks);
        let (index, address) = fitting.next().filter(|_| fitting.next().is_none())?;
        Some((*index, address.ports.first().copied()?))
    }
}

/// A name of one of several, and which it is: `DB_HOST` and `1` of `DB_HOST1`.
fn numbered(name: &str) -> (&str, &str) {
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
    (bare.trim_end_matches('_'), &name[bare.len()..])
}

/// `NAME=value` in a script: where the value starts, both.
pub(super) fn assignments(text: &str) -> Vec<(usize, &str, &str)> {
    let mut all = Vec::new();
    for (at, _) in text.match_indices('=') {
        let name_start = text[..at].rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        let name = &text[name_start..at];
        let rest = &text[at + 1..];
        let quoted = rest.starts_with(['"', '\'']);
        let rest = if quoted { &rest[1..] } else { rest };
        let length =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&' | '|')).unwrap_or(rest.len());
        if !name.is_empty() && length > 0 {
            all.push((at + 1 + usize::from(quoted), name, &rest[..length]));
        }
    }
    all
}
