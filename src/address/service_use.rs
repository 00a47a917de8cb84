//! Services of a job: how they are addressed, and whether a step waits for them.

use std::collections::BTreeSet;
use std::ops::Range;

use super::reader::{Awaited, waits};
use crate::docker::images::well_known;
use crate::docker::{HostPort, NetworkChoice, Publish, Verb};
use crate::facts::Fact;
use crate::runner::table::Trait;
use crate::site::{Site, has_token, mention, step_ref_of};
use crate::source::{Location, Source, Text};
use crate::symbol::Value;
use crate::trace::{ActKind, JobTrace};
use crate::truth::Truth;
use crate::workflow::{Job, Service};

/// A text of the job in which an address can stand.
struct AddressText<'a> {
    text: &'a Text,
    source: &'a Source,
    step: Option<&'a crate::workflow::Step>,
    followed: bool,
}

/// A use of an address.
pub(crate) struct Found {
    /// How the host is written.
    pub host: &'static str,
    /// The port; empty without one.
    pub port: String,
    /// The host's bytes.
    pub at: Location,
    /// The port's.
    pub port_at: Option<Location>,
}

/// One `service` fact for each service, and one `address-use` for each use of its address or of the port that a
/// container of the job publishes.
pub fn service_facts(site: &Site<'_>) -> Vec<Fact> {
    let mut facts = of_services(site);
    facts.extend(of_siblings(site));
    facts
}

/// Uses of `localhost` for what containers of the job publish: nothing else of theirs is an address on the host.
fn of_siblings(site: &Site<'_>) -> Vec<Fact> {
    let Site { job, trace, source, .. } = *site;
    let mut facts: Vec<Fact> = Vec::new();
    let mut places = places(trace, job, source);
    places.retain(|place| place.text.value().contains(HOSTS[0].1));
    for act in &trace.acts {
        let ActKind::Docker(call) = &act.kind else { continue };
        let Verb::Run(run) = &call.verb else { continue };
        let fixed = run.ports().filter_map(|(_, publish)| match publish.host_port() {
            HostPort::Fixed(port) => Some((port.to_string(), is_ipv4(&publish))),
            _ => None,
        });
        let mut fixed: Vec<(String, bool)> = fixed.collect();
        // On the host's network what is published counts for nothing.
        if matches!(run.network(), NetworkChoice::Host) {
            fixed = crate::host::server::bound_to_ipv4(&run.command)
                .map(|port| (port.to_string(), true))
                .into_iter()
                .collect();
        }
        let ports: BTreeSet<String> = fixed.iter().map(|(port, _)| port.clone()).collect();
        if ports.is_empty() {
            continue;
        }
        let written = run.name.as_ref().or(run.image.as_ref()).map(|arg| arg.value.to_string());
        let name = written.unwrap_or_else(|| "the container".to_owned());
        for place in &places {
            for found in hosts(place.text, place.source, &HOSTS[..1], &ports) {
                let ipv4 = fixed.iter().any(|(port, ipv4)| *ipv4 && *port == found.port);
                let seen = facts.iter().any(|fact| fact.spans.get("use").is_some_and(|at| at.contains(&found.at)));
                if !seen {
                    facts.push(address_use(site, place, &name, found, ipv4, act.at.clone()));
                }
            }
        }
    }
    facts
}

/// Whether a port is published on an address of IPv4 alone: without one Docker takes `[::]` as well.
fn is_ipv4(publish: &Publish) -> bool {
    publish.ip.as_ref().and_then(Value::as_literal).is_some_and(|ip| ip.contains('.'))
}

fn address_use(site: &Site<'_>, place: &AddressText<'_>, of: &str, found: Found, ipv4: bool, at: Location) -> Fact {
    let mut fact = site.fact("address-use", format!("{} {}", found.host, found.port));
    fact.set("host", found.host).set("service", of).set("followed", place.followed).set("target", "here");
    fact.set("ipv4-only", ipv4);
    if !found.port.is_empty() {
        fact.set("port", found.port);
    }
    fact.step = place.step.map(step_ref_of);
    fact.at("use", found.at).at("service", at);
    fact
}

fn of_services(site: &Site<'_>) -> Vec<Fact> {
    let Site { job, trace, source, substrate } = *site;
    let mut facts = Vec::new();
    for service in &job.services {
        let id = service.id.value();
        let ports = ports(service);
        let mut seen: Vec<Location> = Vec::new();
        let mut uses: Vec<Fact> = Vec::new();
        let mut alias_used = false;
        for place in places(trace, job, source) {
            for found in hosts(place.text, place.source, &[&HOSTS[..], &[("alias", id)]].concat(), &ports) {
                if seen.contains(&found.at) {
                    continue;
                }
                seen.push(found.at.clone());
                alias_used |= found.host == "alias";
                let ipv4 = is_ipv4_only(service, &found.port);
                uses.push(address_use(site, &place, id, found, ipv4, source.location(service.id.span)));
            }
        }
        let mut fact = site.fact("service", id);
        fact.set("name", id).set("followed", false).set("alias-used", alias_used);
        fact.set_some("image", service.container.image.as_ref().map(|image| image.value()));
        let awaited = awaited(trace, service, &ports, job.services.len() == 1);
        fact.set_truth("awaited", if awaited.is_yes() { awaited } else { substrate.does(Trait::WaitsForHealth) });
        fact.set_truth("dropped", substrate.services_dropped);
        // A program can use it by addresses of its own.
        if uses.is_empty() {
            fact.unknown("used")
        } else {
            fact.set("used", true)
        };
        fact.at("service", source.location(service.id.span));
        for at in seen {
            fact.at("uses", at);
        }
        facts.push(fact);
        facts.extend(uses);
    }
    facts
}

/// Whether a service answers on a port of the host on IPv4 alone, by the address it is published on.
fn is_ipv4_only(service: &Service, port: &str) -> bool {
    let published = service.container.ports.iter().flat_map(|ports| &ports.value);
    let published = published.map(|written| Publish::parse(&Value::literal(written.value())));
    let own = |publish: &Publish| publish.host.as_ref().and_then(Value::as_literal) == Some(port);
    published.into_iter().any(|publish| own(&publish) && is_ipv4(&publish))
}

/// The ports of a service, the host's and the container's.
fn ports(service: &Service) -> BTreeSet<String> {
    let mut ports = BTreeSet::new();
    for port in service.container.ports.iter().flat_map(|ports| &ports.value) {
        let written = port.value().split('/').next().unwrap_or_default();
        let numbers = written.split(':').filter(|piece| !piece.is_empty() && piece.chars().all(|c| c.is_ascii_digit()));
        ports.extend(numbers.filter(|piece| *piece != "0").map(str::to_owned));
    }
    if let Some(image) = &service.container.image
        && let Some((known, _)) = well_known(&Value::literal(image.value()))
    {
        ports.extend(known.ports.iter().map(ToString::to_string));
    }
    ports
}

/// Every text of a job that can name an address.
fn places<'a>(trace: &'a JobTrace, job: &'a Job, source: &'a Source) -> Vec<AddressText<'a>> {
    let mut places = Vec::new();
    let mut add = |text: &'a Text, step| places.push(AddressText { text, source, step, followed: false });
    let container = job.container.iter().flat_map(|container| &container.value.env.entries);
    for var in job.env.entries.iter().chain(container) {
        var.text.iter().for_each(|text| add(text, None));
    }
    for step in &job.steps {
        for var in step.env.entries.iter().chain(&step.with.entries) {
            var.text.iter().for_each(|text| add(text, Some(step)));
        }
        step.run.iter().for_each(|run| add(&run.value.text, Some(step)));
    }
    let mut read: Vec<Location> = Vec::new();
    for act in trace.acts.iter().filter(|act| !act.chain.is_empty()) {
        let whole = act.frame.source.location(act.frame.text.whole());
        if !read.contains(&whole) {
            read.push(whole);
            places.push(AddressText { text: &act.frame.text, source: &act.frame.source, step: None, followed: true });
        }
    }
    places
}

/// What an address is called in the vocabulary, and how it is written.
pub(crate) type Host<'a> = (&'static str, &'a str);

/// The names of the own machine.
pub(crate) const HOSTS: [Host<'static>; 3] = [("localhost", "localhost"), ("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")];

/// The uses of some hosts, by some ports, in a text.
pub(crate) fn hosts(text: &Text, source: &Source, hosts: &[Host<'_>], ports: &BTreeSet<String>) -> Vec<Found> {
    let span = |range| source.location(text.span(range));
    let text = text.value();
    let mut found = Vec::new();
    for &(host, written) in hosts {
        for (at, _) in text.match_indices(written) {
            let (before, after) = (&text[..at], &text[at + written.len()..]);
            if before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
                || is_comment(before)
            {
                continue;
            }
            let user = after.split(['/', ' ', '"', '\'', '\n']).next().is_some_and(|rest| rest.contains('@'));
            // `postgres://postgres:secret@localhost`
            if before.ends_with("://") && user {
                continue;
            }
            let behind = port_behind(after);
            if behind.as_ref().is_some_and(|port| publishes(&after[port.end..])) {
                continue;
            }
            let port = behind.clone().map(|range| after[range].to_owned());
            let known = port.as_ref().is_some_and(|port| ports.contains(port));
            let bare = host == "alias"
                && port.is_none()
                && (before.ends_with("://") || before.ends_with('@') || text == written || before.ends_with("-h "))
                && !after.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
            if known || bare {
                let port = port.unwrap_or_default();
                let end = at + written.len();
                let port_at = behind.map(|range| span(end + range.start..end + range.end));
                found.push(Found { host, port, at: span(at..end), port_at });
            }
        }
    }
    found
}

/// Whether behind an address and a port a second port stands: `127.0.0.1:8081:8080` publishes one, as docker's `-p` has
/// it, wherever it is written, and is no use of it.
pub(super) fn publishes(after: &str) -> bool {
    let Some(rest) = after.strip_prefix(':') else { return false };
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    // `localhost:443:10.0.0.7` tells curl where to find a host.
    rest.starts_with('$') || digits.len() < rest.len() && !digits.starts_with('.')
}

fn is_comment(before: &str) -> bool {
    before.rsplit('\n').next().is_some_and(|line| line.trim_start().starts_with('#'))
}

/// `:5432`, ` 5432` (nc), ` -p 5432` behind a host.
fn port_behind(after: &str) -> Option<Range<usize>> {
    let digit = |c: char| c.is_ascii_digit();
    let leads = [":", " -p ", " --port ", " --port=", " -P ", " "];
    let lead = leads.iter().find(|lead| after.strip_prefix(**lead).is_some_and(|rest| rest.starts_with(digit)))?;
    let length = after[lead.len()..].find(|c: char| !digit(c)).unwrap_or(after.len() - lead.len());
    Some(lead.len()..lead.len() + length)
}

/// Whether a step waits until the service answers.
fn awaited(trace: &JobTrace, service: &Service, ports: &BTreeSet<String>, only: bool) -> Truth {
    let id = service.id.value();
    let image = service.container.image.as_ref().map_or("", |image| image.value());
    let mut awaited = Truth::No;
    for act in &trace.acts {
        let Some(what) = waits(act) else { continue };
        let text = mention(trace, act);
        let named = ports.iter().any(|port| has_token(&text, port)) || has_token(&text, id);
        let fits = match what {
            Awaited::Server(server) => server.may_run_as(&[image, id]),
            Awaited::Address => only,
        };
        awaited = awaited.or(if named || fits { Truth::Yes } else { Truth::Unknown });
    }
    awaited
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::testing::read;

    fn shown(run: &str) -> Vec<String> {
        let run: String = run.lines().map(|line| format!("          {line}\n")).collect();
        let read = read(&format!(
            "jobs:\n  a:\n    services:\n      pg:\n        image: postgres:15\n        ports: ['5433:5432']\n    steps:\n      - run: |\n{run}"
        ));
        let facts = service_facts(&read.site());
        facts
            .iter()
            .flat_map(|fact| {
                let fields: &[&str] = match fact.kind.name {
                    "service" => &["name", "awaited", "used", "alias-used"],
                    _ => &["host", "port"],
                };
                read.shown(std::slice::from_ref(fact), fields)
            })
            .collect()
    }

    #[test]
    fn uses_and_waits_are_found() {
        assert_eq!(shown("go test"), ["4 pg ? ? false"]);
        assert_eq!(shown("psql postgres://u@localhost:5433/x"), ["4 pg ? true false", "9 localhost 5433"]);
        assert_eq!(shown("psql postgres://u@pg/x"), ["4 pg ? true true", "9 alias -"]);
        assert_eq!(
            shown("until pg_isready -h 127.0.0.1 -p 5433; do sleep 1; done"),
            ["4 pg true true false", "9 127.0.0.1 5433"]
        );
        assert_eq!(shown("curl localhost:8080\n# localhost:5433"), ["4 pg ? ? false"]);
    }
}
