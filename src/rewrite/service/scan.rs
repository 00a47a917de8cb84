//! Addresses in text: `localhost:5432`, `-h 127.0.0.1 -p 5432`, `PGHOST: localhost`, `job.services.db.ports['5432']`.

use std::ops::Range;

use super::address::{Address, Port};
use super::uses::What;
use crate::expr::{Part, template};
use crate::workflow::Var;

/// Names of the daemon's host, as a job may write them.
const LOCAL: &[&str] = &["localhost", "127.0.0.1", "[::1]", "0.0.0.0", "host.docker.internal", "172.17.0.1"];

/// The port that a scheme or a client means when it is given none.
const DEFAULTS: &[(&str, u16)] = &[
    ("postgres", 5432),
    ("postgresql", 5432),
    ("psql", 5432),
    ("pg_isready", 5432),
    ("pg_dump", 5432),
    ("pg_restore", 5432),
    ("createdb", 5432),
    ("mysql", 3306),
    ("mysqladmin", 3306),
    ("mariadb", 3306),
    ("redis", 6379),
    ("redis-cli", 6379),
    ("amqp", 5672),
    ("mongodb", 27017),
    ("mongosh", 27017),
    ("http", 80),
];

/// One use, by ranges of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which service.
    pub service: usize,
    /// What it is.
    pub what: What,
    /// The host.
    pub host: Option<Range<usize>>,
    /// The port.
    pub port: Option<Range<usize>>,
    /// The port that is meant.
    pub means: Port,
    /// The host is the service's name.
    pub by_name: bool,
    /// All of it.
    pub whole: Range<usize>,
}

/// Finds the addresses of some services in texts.
#[derive(Debug)]
pub struct Scanner<'a> {
    addresses: &'a [Address],
    variables: Vec<(&'a str, &'a str)>,
}

/// A port as written behind a host: its bytes, none when a variable stands there, and its number.
struct PortText {
    range: Option<Range<usize>>,
    number: Number,
    end: usize,
}

enum Number {
    Plain(u16),
    /// `job.services.X.ports['N']`: a service and its container port.
    OfService(usize, Port),
}

impl<'a> Scanner<'a> {
    /// For these services; `variables` are the texts that a `$NAME` may stand for.
    pub fn new(addresses: &'a [Address], variables: Vec<(&'a str, &'a str)>) -> Self {
        Self { addresses, variables }
    }

    /// The addresses in a variable's value: of itself or, when it is only a host or a port, by its name and its
    /// neighbours.
    pub fn value<'p>(&self, name: &str, text: &str, peers: &'p [Var]) -> Vec<Found> {
        let found = self.text(text);
        if !found.is_empty() {
            return found;
        }
        let value = |var: &'p Var| Some((var.name.value(), var.text.as_ref()?.value()));
        let peers: Vec<(&str, &str)> = peers.iter().filter_map(value).collect();
        self.host_variable(name, text, &peers).or_else(|| self.port_variable(name, text, &peers)).into_iter().collect()
    }

    /// The addresses in a script, `PGHOST=localhost` included. Comments are not told apart.
    pub fn script(&self, text: &str) -> Vec<Found> {
        let mut found = self.text(text);
        let assigned = assignments(text);
        let peers: Vec<(&str, &str)> = assigned.iter().map(|(_, name, value)| (*name, *value)).collect();
        for (at, name, value) in assigned {
            let is_known = |range: &Range<usize>| {
                found.iter().any(|other| other.whole.start < range.end && range.start < other.whole.end)
            };
            if is_known(&(at..at + value.len())) {
                continue;
            }
            let one = self.host_variable(name, value, &peers).or_else(|| self.port_variable(name, value, &peers));
            found.extend(one.map(|one| one.shifted(at)));
        }
        found
    }

    fn text(&self, text: &str) -> Vec<Found> {
        let mut found = self.expressions(text);
        let aliases = self.addresses.iter().enumerate().map(|(index, address)| (Some(index), address.id.as_str()));
        for (alias, word) in LOCAL.iter().map(|word| (None, *word)).chain(aliases) {
            for (at, _) in text.match_indices(word) {
                let host = at..at + word.len();
                if !is_word(text, &host) {
                    continue;
                }
                let Some(one) = self.at(text, host, alias) else { continue };
                let overlaps = |other: &Found| other.whole.start < one.whole.end && one.whole.start < other.whole.end;
                if let Some(known) = found.iter().position(overlaps) {
                    // `localhost:${{ job.services.db.ports['5432'] }}` was found as an expression as well.
                    if found[known].host.is_some() {
                        continue;
                    }
                    found.remove(known);
                }
                found.push(one);
            }
        }
        found.sort_by_key(|found| found.whole.start);
        found
    }

    /// The use at a host's name, if it is one.
    fn at(&self, text: &str, host: Range<usize>, alias: Option<usize>) -> Option<Found> {
        let made = |service, means, port: Option<Range<usize>>, end: usize| Found {
            service,
            what: What::Address,
            host: Some(host.clone()),
            port,
            means,
            by_name: alias.is_some(),
            whole: host.start..end.max(host.end),
        };
        if let Some(port) = self.port_behind(text, host.end) {
            let (service, means) = match (port.number, alias) {
                (Number::OfService(service, means), _) => (service, means),
                (Number::Plain(number), Some(service)) => (service, self.addresses.get(service)?.by_container(number)?),
                (Number::Plain(number), None) => self.by_number(number)?,
            };
            return Some(made(service, means, port.range, port.end));
        }
        // Not behind it: further on in the line, or the client's own.
        let (default, range) = self.default_port(text, &host)?;
        let end = range.as_ref().map_or(host.end, |range| range.end);
        match alias {
            Some(service) => {
                let ports = &self.addresses.get(service)?.ports;
                let named = ports.iter().copied().find(|port| Some(port.container) == default);
                Some(made(service, named.or(ports.first().copied())?, range, end))
            }
            None => {
                let (service, means) = self.by_number(default?)?;
                Some(made(service, means, range, end))
            }
        }
    }

    /// Which service answers on that port of the host: one that publishes it, else the only one that listens on it.
    fn by_number(&self, number: u16) -> Option<(usize, Port)> {
        let all = || self.addresses.iter().enumerate();
        all().find_map(|(index, address)| Some((index, address.by_host(number)?))).or_else(|| {
            let mut own = all().filter_map(|(index, address)| Some((index, address.by_container(number)?)));
            own.next().filter(|_| own.next().is_none())
        })
    }

    /// `:5432`, ` 5432` (nc), ` -p 5432`, `:$PORT`, `:${{ job.services.db.ports['5432'] }}` behind a host.
    fn port_behind(&self, text: &str, end: usize) -> Option<PortText> {
        let rest = text.get(end..)?;
        let rest = rest.strip_prefix(['"', '\'']).filter(|rest| rest.starts_with(' ')).unwrap_or(rest);
        let leads = [":", " -p ", " --port ", " --port=", " -P ", " -p", " "];
        leads.iter().find_map(|lead| {
            let behind = rest.strip_prefix(lead)?;
            let quote = behind.starts_with(['"', '\'']) && lead.starts_with(' ');
            let start = text.len() - behind.len() + usize::from(quote);
            self.port_at(text, start)
        })
    }

    fn port_at(&self, text: &str, start: usize) -> Option<PortText> {
        let rest = text.get(start..)?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            let is_end = !rest[digits..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            let number = rest[..digits].parse().ok().filter(|_| is_end)?;
            let range = start..start + digits;
            return Some(PortText { end: range.end, range: Some(range), number: Number::Plain(number) });
        }
        if let Some(Part::Expression { whole, inner }) =
            template(rest).into_iter().next().filter(|_| rest.starts_with("${{"))
        {
            let range = start + whole.start..start + whole.end;
            let inner = rest[inner].trim();
            if let Some((service, Member::Port(port))) = self.member(inner) {
                return Some(PortText { end: range.end, range: Some(range), number: Number::OfService(service, port) });
            }
            let number = self.number_of(inner.strip_prefix("env.")?)?;
            return Some(PortText { range: None, number: Number::Plain(number), end: range.end });
        }
        let name = rest.strip_prefix('$')?;
        let braced = name.starts_with('{');
        let name = name.trim_start_matches('{');
        let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if braced && !name[length..].starts_with('}') {
            return None;
        }
        let number = self.number_of(&name[..length])?;
        Some(PortText { range: None, number: Number::Plain(number), end: start + 1 + length + 2 * usize::from(braced) })
    }

    /// The one number a variable stands for.
    fn number_of(&self, name: &str) -> Option<u16> {
        let mut values = self.variables.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.trim());
        let first = values.next()?;
        // One that is the service's own port is followed through it.
        let first = template(first).into_iter().next().and_then(|part| match part {
            Part::Literal(_) => first.parse().ok(),
            Part::Expression { inner, .. } => match self.member(first[inner].trim()) {
                Some((_, Member::Port(port))) => Some(port.host.unwrap_or(port.container)),
                _ => None,
            },
            Part::Unclosed(_) => None,
        })?;
        values.all(|value| value.parse() == Ok(first)).then_some(first)
    }

    /// `${{ job.services… }}`, alone.
    fn expressions(&self, text: &str) -> Vec<Found> {
        if !text.contains("job.services") {
            return Vec::new();
        }
        let expressions = template(text).into_iter().filter_map(|part| match part {
            Part::Expression { whole, inner } => Some((whole, text[inner].trim().to_owned())),
            _ => None,
        });
        let mut found = Vec::new();
        for (whole, inner) in expressions.filter(|(_, inner)| inner.contains("job.services")) {
            let member = self.member(&inner);
            let none = Port { host: None, container: 0 };
            let (service, what, means) = match member {
                Some((service, Member::Port(port))) => (service, What::Address, port),
                Some((service, Member::Id)) => (service, What::Id, none),
                Some((service, Member::Network)) => (service, What::Network, none),
                None => (0, What::Unclear, none),
            };
            let is_port = what == What::Address;
            let of = |wanted| (wanted == is_port).then(|| whole.clone());
            found.push(Found {
                service,
                what,
                host: of(false),
                port: of(true),
                means,
                by_name: false,
                whole: whole.clone(),
            });
        }
        found
    }

    /// `job.services.db.ports['5432']`, `.id`, `.network`.
    fn member(&self, inner: &str) -> Option<(usize, Member)> {
        let rest = inner.strip_prefix("job.services")?;
        let (name, rest) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
            None => {
                let (name, rest) = rest.strip_prefix('[')?.split_once(']')?;
                (name.trim_matches(['\'', '"']), rest)
            }
        };
        let service = self.addresses.iter().position(|address| address.id == name)?;
        match rest {
            ".id" => Some((service, Member::Id)),
            ".network" => Some((service, Member::Network)),
            _ => {
                let port = rest.strip_prefix(".ports")?;
                let port = port.strip_prefix('.').or_else(|| port.strip_prefix('[')?.strip_suffix(']'))?;
                let number = port.trim_matches(['\'', '"']).parse().ok()?;
                let port = self.addresses.get(service)?.by_container(number)?;
                Some((service, Member::Port(port)))
            }
        }
    }

    /// The port that a client means by none behind the host: by the URL's scheme, by the program of the line, or by
    /// an option further on, which stands in these bytes.
    fn default_port(&self, text: &str, host: &Range<usize>) -> Option<(Option<u16>, Option<Range<usize>>)> {
        let before = &text[..host.start];
        let after = text[host.end..].chars().next();
        let known = |word: &str| DEFAULTS.iter().find(|known| known.0 == word).map(|known| known.1);
        let start =
            before.rfind(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | '(')).map_or(0, |at| at + 1);
        let word = &before[start..];
        if let Some((scheme, authority)) = word.split_once("://") {
            let is_host = authority.is_empty() || authority.ends_with('@');
            let ends = after.is_none_or(|c| matches!(c, '/' | '?' | '"' | '\'' | '#') || c.is_whitespace());
            return (is_host && ends).then(|| (known(scheme.split('+').next().unwrap_or(scheme)), None));
        }
        let line = before.rsplit('\n').next().unwrap_or_default();
        let is_option = ["-h ", "--host ", "--host=", "-h", "host="]
            .iter()
            .any(|lead| line.trim_end_matches(['"', '\'']).ends_with(lead));
        if !is_option || after.is_some_and(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | ';' | ')')) {
            return None;
        }
        let mut words = line.split(|c: char| c.is_whitespace() || matches!(c, '"' | '(' | ';' | '/'));
        // An option further on may name another port.
        let rest = text[host.end..].lines().next().unwrap_or_default();
        let named = [" -p ", " --port ", " --port=", " -P "].iter().find_map(|lead| {
            let port = self.port_at(text, host.end + rest.find(lead)? + lead.len())?;
            match port.number {
                Number::Plain(number) => Some((Some(number), port.range)),
                Number::OfService(..) => None,
            }
        });
        Some(named.unwrap_or_else(|| (words.rfind(|word| known(word).is_some()).and_then(known), None)))
    }

    /// `PGHOST: localhost`.
    fn host_variable(&self, name: &str, text: &str, peers: &[(&str, &str)]) -> Option<Found> {
        let upper = name.to_ascii_uppercase();
        let ends = ["_HOSTNAME", "HOSTNAME", "_HOST", "HOST", "_SERVER", "_ADDR", "-HOST"];
        let end = ends.iter().find(|end| upper.ends_with(**end))?;
        let stem = &upper[..upper.len() - end.len()];
        let alias = self.addresses.iter().position(|address| address.id == text);
        if alias.is_none() && !LOCAL.contains(&text) {
            return None;
        }
        let is_peer = |other: &str| {
            let other = other.to_ascii_uppercase();
            other.strip_suffix("PORT").is_some_and(|other| other.trim_end_matches(['_', '-']) == stem)
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
    fn port_variable(&self, name: &str, text: &str, peers: &[(&str, &str)]) -> Option<Found> {
        let upper = name.to_ascii_uppercase();
        let stem = upper.strip_suffix("PORT")?.trim_end_matches(['_', '-']);
        let (service, means) = self.by_number(text.parse().ok()?)?;
        // `PORT: 8080` is the application's own.
        let has_host = peers.iter().chain(&self.variables).any(|(other, value)| {
            let other = other.to_ascii_uppercase();
            other.starts_with(stem)
                && other.contains("HOST")
                && (LOCAL.contains(value) || self.addresses.get(service).is_some_and(|address| address.id == *value))
        });
        let is_kind = self.by_stem(stem).is_some_and(|(other, _)| other == service);
        let range = 0..text.len();
        (!stem.is_empty() && (has_host || is_kind)).then(|| Found {
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
    fn by_stem(&self, stem: &str) -> Option<(usize, Port)> {
        let speaks = |address: &&(usize, &Address)| {
            stem.split(['_', '-']).any(|word| address.1.is_kind(word)) || address.1.is_kind(stem)
        };
        let all: Vec<(usize, &Address)> = self.addresses.iter().enumerate().collect();
        let mut fitting = all.iter().filter(speaks);
        let (index, address) = fitting.next().filter(|_| fitting.next().is_none())?;
        Some((*index, address.ports.first().copied()?))
    }
}

enum Member {
    Port(Port),
    Id,
    Network,
}

impl Found {
    fn shifted(self, by: usize) -> Self {
        let shift = |range: Range<usize>| range.start + by..range.end + by;
        Self { host: self.host.map(shift), port: self.port.map(shift), whole: shift(self.whole), ..self }
    }
}

/// Whether a name stands there by itself, not as part of a longer one.
fn is_word(text: &str, range: &Range<usize>) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    // `-hlocalhost` is an option and its value.
    let before = text[..range.start].strip_suffix("-h").unwrap_or(&text[..range.start]);
    !before.ends_with(part) && !text[range.end..].starts_with(part)
}

/// `NAME=value` in a script: where the value starts, both.
fn assignments(text: &str) -> Vec<(usize, &str, &str)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> Vec<Address> {
        let one = |id: &str, image: &str, host, container| Address {
            id: id.to_owned(),
            image: image.to_owned(),
            ports: vec![Port { host, container }],
            written: 1,
        };
        vec![one("db", "postgres:16", Some(15432), 5432), one("redis", "redis:7", None, 6379)]
    }

    /// `service host/port` of each use.
    fn shown(text: &str) -> Vec<String> {
        let addresses = addresses();
        let scanner = Scanner::new(&addresses, vec![("PG_PORT", "15432")]);
        let part = |range: Option<Range<usize>>| range.map_or("-", |range| &text[range]).to_owned();
        let found = scanner.script(text).into_iter();
        found.map(|found| format!("{} {} {}", found.service, part(found.host), part(found.port))).collect()
    }

    #[test]
    fn addresses_are_found_and_nothing_else() {
        for (text, uses) in [
            ("postgres://u:p@localhost:15432/x", vec!["0 localhost 15432"]),
            ("postgres://u:p@db/x redis://redis", vec!["0 db -", "1 redis -"]),
            ("psql -h 127.0.0.1 -p 15432 -U x", vec!["0 127.0.0.1 15432"]),
            ("psql -h localhost -U x -p 15432", vec!["0 localhost 15432"]),
            ("psql -h \"$X\"; redis-cli -h localhost ping", vec!["1 localhost -"]),
            ("nc -z localhost 6379", vec!["1 localhost 6379"]),
            ("nc -z localhost \"$PG_PORT\"", vec!["0 localhost -"]),
            ("curl localhost:8080; docker pull redis:7-alpine; echo redis", vec![]),
            (
                "localhost:${{ job.services.db.ports['5432'] }}",
                vec!["0 localhost ${{ job.services.db.ports['5432'] }}"],
            ),
            ("docker exec ${{ job.services.redis.id }} x", vec!["1 ${{ job.services.redis.id }} -"]),
            ("export PGHOST=localhost APP_HOST=localhost", vec!["0 localhost -"]),
            ("make SMTP_HOST=localhost SMTP_PORT=6379", vec!["1 localhost -", "1 - 6379"]),
            ("my-redis:6379 redis.example:6379 localhost:64", vec![]),
        ] {
            assert_eq!(shown(text), uses, "{text}");
        }
    }
}
