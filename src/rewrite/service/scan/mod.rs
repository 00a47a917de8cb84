//! Addresses in text: `localhost:5432`, `-h 127.0.0.1 -p 5432`, `PGHOST: localhost`, `job.services.db.ports['5432']`.

mod digest;
mod elsewhere;
mod expression;
mod found;
mod port;
mod scanner;
mod variable;

pub use digest::Digest;
pub use found::{Found, What, is_one_word};
pub use scanner::Scanner;

use std::ops::Range;

use self::found::{LOCAL, is_part};
use self::port::Number;
use super::address::Port;
use crate::workflow::Var;

impl Scanner<'_> {
    /// The addresses in a variable's value: of itself or, when it is only a host or a port, by its name and its
    /// neighbours.
    pub fn value<'p>(&self, name: &str, text: &str, peers: &'p [Var]) -> Vec<Found> {
        let found = self.text(text, &Digest::of(text));
        if !found.is_empty() {
            return found;
        }
        let value = |var: &'p Var| Some((var.name.value(), var.text.as_ref()?.value()));
        let peers: Vec<(&str, &str)> = peers.iter().filter_map(value).collect();
        self.host_variable(name, text, &peers).or_else(|| self.port_variable(name, text, &peers)).into_iter().collect()
    }

    /// The addresses in a script, `PGHOST=localhost` included. Comments are not told apart.
    pub fn script(&self, text: &str, digest: &Digest) -> Vec<Found> {
        let mut found = self.text(text, digest);
        let assigning = digest.assigning(self.addresses);
        if assigning.is_empty() {
            return found;
        }
        let peers: Vec<(&str, &str)> =
            digest.assigned.iter().map(|(_, name, value)| (name.as_str(), value.as_str())).collect();
        for (at, name, value) in assigning.into_iter().filter_map(|index| digest.assigned.get(index)) {
            let range = *at..at + value.len();
            if found.iter().any(|other| other.whole.start < range.end && range.start < other.whole.end) {
                continue;
            }
            let one = self.host_variable(name, value, &peers).or_else(|| self.port_variable(name, value, &peers));
            found.extend(one.map(|one| one.shifted(*at)));
        }
        found
    }

    fn text(&self, text: &str, digest: &Digest) -> Vec<Found> {
        let mut found = if digest.has_expressions { self.expressions(text) } else { Vec::new() };
        let local = digest.local.iter().map(|host| (None, host.clone()));
        let aliases = self.addresses.iter().enumerate().flat_map(|(index, address)| {
            digest.places(text, &address.id).into_iter().map(move |host| (Some(index), host))
        });
        for (alias, host) in local.chain(aliases) {
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
        for one in self.elsewhere(text, digest) {
            let overlaps = |other: &Found| other.whole.start < one.whole.end && one.whole.start < other.whole.end;
            if !found.iter().any(overlaps) {
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
}

/// Whether a script may hold an address of something that it does not call by its name.
pub fn has_hint(text: &str) -> bool {
    text.contains("job.services")
        || text.contains("://")
        || (text.contains('$') && text.contains(':'))
        || LOCAL.iter().any(|word| text.contains(word))
        || text.to_ascii_uppercase().contains("PORT=")
}

/// The words that may be names in a text.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !is_part(c)).filter(|word| !word.is_empty());
    words.flat_map(|word| std::iter::once(word).chain(word.strip_prefix("-h")))
}

#[cfg(test)]
mod tests {
    use super::super::address::Address;
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
        let scanner =
            Scanner::new(&addresses, vec![("PG_PORT", "15432"), ("HERE", "localhost"), ("THERE", "db.example")]);
        let part = |range: Option<Range<usize>>| range.map_or("-", |range| &text[range]).to_owned();
        let found = scanner.script(text, &Digest::of(text)).into_iter();
        found.map(|found| format!("{} {} {}", found.service, part(found.host), part(found.port))).collect()
    }

    #[test]
    fn a_host_goes_with_the_port_of_its_own_name() {
        let addresses = addresses();
        let scanner = Scanner::new(&addresses, vec![]);
        let peers = [("pg-port", "15432"), ("old-port", "6379"), ("OLD_PORT", "6379"), ("A_PORT2", "6379")];
        let of = |name: &str| scanner.host_variable(name, "localhost", &peers).map(|found| found.service);
        assert_eq!(
            [of("pg-host"), of("old-host"), of("OLD_HOST"), of("other-host")],
            [Some(0), Some(1), Some(1), None]
        );
        // One of several goes with its own.
        assert_eq!([of("A_HOST2"), of("A_HOST1"), of("PG_HOST1")], [Some(1), None, Some(0)]);
        let port = |name: &str| scanner.port_variable(name, "6379", &[("A_HOST2", "localhost")]).map(|one| one.service);
        assert_eq!([port("A_PORT2"), port("B_PORT2")], [Some(1), None]);
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
            ("echo > /dev/tcp/localhost/15432", vec!["0 localhost 15432"]),
            ("curl http://${HERE}:15432/x \"$HERE:15432\"", vec!["0 - 15432", "0 - 15432"]),
            ("curl http://${THERE}:15432/ http://$WHO:15432", vec!["0 $WHO 15432"]),
            ("probe http://site-db:15432 https://x.org:15432", vec!["0 site-db 15432"]),
            ("run -p $IP:15432:5432 -p \"$P:15432\" -t $WHO:154321", vec![]),
            ("nc ${WHO:-localhost}:15432", vec!["0 ${WHO:-localhost} 15432"]),
        ] {
            assert_eq!(shown(text), uses, "{text}");
        }
    }
}
