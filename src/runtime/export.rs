//! What a sibling's steps get to know of it: `BERTH_<NAME>_HOST` and its like, and `--export`.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};

use super::{Error, Result};
use crate::identity::UNSET_HOST;
use crate::steering::steers;

/// Longest NAME: with prefix and token the container's name still fits a DNS label of 63 bytes.
const LONGEST_NAME: usize = 40;

/// Checks a sibling's NAME.
///
/// # Errors
/// It is not `[a-z][a-z0-9-]*`, or too long (exit code 2).
pub fn check_name(name: &str) -> Result<()> {
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    let rest = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if first && rest && name.len() <= LONGEST_NAME {
        return Ok(());
    }
    Err(Error::usage(
        format!("`{name}` cannot be a name"),
        format!("begin with a small letter, then small letters, digits, `-`; at most {LONGEST_NAME}"),
    ))
}

/// A port of the container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// Its number.
    pub number: u16,
    /// Whether TCP answers there; a UDP port cannot be probed.
    pub tcp: bool,
}

impl Port {
    /// Reads `5432`, `5432/tcp`, `53/udp`.
    ///
    /// # Errors
    /// Says what is allowed.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        match (number.parse::<u16>(), protocol) {
            (Ok(number), "tcp" | "udp") if number > 0 => Ok(Self { number, tcp: protocol == "tcp" }),
            _ => Err(format!("`{text}` is no container port: write 5432 or 53/udp; nothing is published on the host")),
        }
    }

    /// As Docker writes it: `5432/tcp`.
    pub fn docker(self) -> String {
        format!("{}/{}", self.number, if self.tcp { "tcp" } else { "udp" })
    }
}

/// One `--export VAR=template`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    variable: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Host,
    FirstPort,
    Port(u16),
}

impl Template {
    /// Reads `VAR=template`; `{host}`, `{port}` and `{port:N}` are replaced, `{{` and `}}` are
    /// braces.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let Some((variable, template)) = text.split_once('=') else {
            return Err(format!("`{text}` has no `=`: write VAR=template"));
        };
        check_variable(variable)?;
        if template.contains(['\n', '\r', '\0']) {
            return Err(format!("the template of {variable} has a line break"));
        }
        Ok(Self { variable: variable.to_owned(), parts: parts(template)? })
    }

    /// The ports it names.
    fn ports(&self) -> impl Iterator<Item = u16> + '_ {
        self.parts.iter().filter_map(|part| match part {
            Part::Port(port) => Some(*port),
            _ => None,
        })
    }

    fn render(&self, at: &At<'_>, first: Option<u16>) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Host => at.host.to_owned(),
                Part::FirstPort => first.map(|p| at.port(p)).unwrap_or_default(),
                Part::Port(port) => at.port(*port),
            })
            .collect()
    }
}

fn parts(template: &str) -> std::result::Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("{{") {
            text.push('{');
            rest = after;
        } else if let Some(after) = rest.strip_prefix("}}") {
            text.push('}');
            rest = after;
        } else {
            let (inside, after) = rest
                .strip_prefix('{')
                .and_then(|open| open.split_once('}'))
                .ok_or_else(|| format!("`{rest}`: a brace of its own is written twice"))?;
            parts.push(Part::Text(std::mem::take(&mut text)));
            parts.push(placeholder(inside)?);
            rest = after;
        }
    }
    text.push_str(rest);
    parts.push(Part::Text(text));
    Ok(parts)
}

fn placeholder(inside: &str) -> std::result::Result<Part, String> {
    match inside {
        "host" => return Ok(Part::Host),
        "port" => return Ok(Part::FirstPort),
        _ => {}
    }
    inside.strip_prefix("port:").and_then(|port| port.parse().ok()).map(Part::Port).ok_or_else(|| {
        format!(
            "`{{{inside}}}` is no placeholder: there are {{host}}, {{port}} and {{port:8025}}; a brace of \
                     its own is written twice"
        )
    })
}

/// A variable whose meaning belongs to others is refused: a sibling called docker must not
/// redirect the docker command.
fn check_variable(variable: &str) -> std::result::Result<(), String> {
    let first = variable.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    let rest = variable.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !first || !rest {
        return Err(format!("`{variable}` is no variable name"));
    }
    if steers(variable) {
        return Err(format!(
            "{variable} is refused: it steers what other programs run (a shell, an interpreter, the loader, git, docker, \
             the runner), or is berth's own"
        ));
    }
    Ok(())
}

/// Everything one sibling exports.
#[derive(Debug, Clone)]
pub struct Exports {
    /// `BERTH_<NAME>`.
    prefix: String,
    templates: Vec<Template>,
}

impl Exports {
    /// For the sibling `name`, already checked.
    pub fn new(name: &str, templates: Vec<Template>) -> Self {
        let upper = name.to_ascii_uppercase().replace('-', "_");
        Self { prefix: format!("BERTH_{upper}"), templates }
    }

    /// `BERTH_<NAME>_HOST`.
    pub fn host_variable(&self) -> String {
        format!("{}_HOST", self.prefix)
    }

    /// Whether an earlier `up` of this name has exported an address that was its own.
    pub fn stands_in(&self, exported: &BTreeMap<String, String>) -> bool {
        let host = exported.get(&format!("{}_HOST", self.prefix));
        host.is_some_and(|host| !host.is_empty() && host != UNSET_HOST)
    }

    /// The address and the ports that an earlier `up` of this name has exported.
    ///
    /// # Errors
    /// There is none.
    pub fn known(&self, exported: &BTreeMap<String, String>) -> Result<Known> {
        let of = |what: &str| exported.get(&format!("{}_{what}", self.prefix)).filter(|value| !value.is_empty());
        let (Some(host), Some(id)) = (of("HOST").filter(|host| *host != UNSET_HOST), of("ID")) else {
            return Err(Error::failed(
                format!("{}_HOST names no sibling: none was started under this name, or it is gone", self.prefix),
                "start it with `berth-run up` in an earlier step of this job",
            ));
        };
        let start = format!("{}_PORT_", self.prefix);
        let ports = exported.range(start.clone()..).take_while(|(name, _)| name.starts_with(&start));
        Ok(Known {
            host: address(host)?,
            id: id.clone(),
            ports: ports.filter_map(|(name, _)| name.strip_prefix(&start)?.parse().ok()).collect(),
        })
    }

    /// Whether every port a template names is one of `ports`.
    ///
    /// # Errors
    /// It is not (exit code 2).
    pub fn check(&self, ports: &[Port]) -> Result<()> {
        let known: Vec<u16> = ports.iter().map(|port| port.number).collect();
        for template in &self.templates {
            if let Some(unknown) = template.ports().find(|port| !known.contains(port)) {
                return Err(Error::usage(
                    format!("--export {}: {{port:{unknown}}} is no port of this sibling", template.variable),
                    format!("add --port {unknown}"),
                ));
            }
            if known.is_empty() && template.parts.contains(&Part::FirstPort) {
                return Err(Error::usage(
                    format!("--export {}: this sibling has no port", template.variable),
                    "add --port; the image names none",
                ));
            }
        }
        Ok(())
    }

    /// What holds until the sibling is ready.
    pub fn unset(&self, ports: &[Port]) -> Vec<(String, String)> {
        self.lines(&At { host: UNSET_HOST, published: &HashMap::new() }, ports)
    }

    /// What holds once it is.
    pub fn ready(&self, address: &Address, ports: &[Port], id: &str) -> Vec<(String, String)> {
        let host = address.host.to_string();
        let mut lines = self.lines(&At { host: &host, published: &address.published }, ports);
        lines.push((format!("{}_ID", self.prefix), id.to_owned()));
        if !self.templates.is_empty() {
            let names: Vec<&str> = self.templates.iter().map(|template| template.variable.as_str()).collect();
            lines.push((format!("{}_EXPORTS", self.prefix), names.join(",")));
        }
        lines
    }

    fn lines(&self, at: &At<'_>, ports: &[Port]) -> Vec<(String, String)> {
        let first = ports.first().map(|port| port.number);
        let mut lines = vec![(format!("{}_HOST", self.prefix), at.host.to_owned())];
        if let Some(first) = first {
            lines.push((format!("{}_PORT", self.prefix), at.port(first)));
        }
        for port in ports {
            lines.push((format!("{}_PORT_{}", self.prefix, port.number), at.port(port.number)));
        }
        for template in &self.templates {
            lines.push((template.variable.clone(), template.render(at, first)));
        }
        lines
    }
}

/// What an earlier `up` has exported of a sibling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its address.
    pub host: IpAddr,
    /// Its container.
    pub id: String,
    /// The container's ports that were asked for.
    pub ports: Vec<u16>,
}

/// What holds for every sibling whose address stands in `exported`, once `down` has removed it: the next run's sibling
/// may get that address, and what still asks for it must fail. `value` answers with the value of a variable of the
/// job's own, for what `--export` made.
pub fn withdrawn(exported: &BTreeMap<String, String>, value: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (name, host) in exported {
        let Some(prefix) = name.strip_suffix("_HOST").filter(|prefix| exported.contains_key(&format!("{prefix}_ID")))
        else {
            continue;
        };
        if host.is_empty() || host == UNSET_HOST {
            continue;
        }
        lines.push((name.clone(), UNSET_HOST.to_owned()));
        let templates = exported.get(&format!("{prefix}_EXPORTS")).map(String::as_str).unwrap_or_default();
        for variable in templates.split(',').filter(|name| check_variable(name).is_ok()) {
            if let Some(text) = value(variable).filter(|text| text.contains(host.as_str())) {
                lines.push((variable.to_owned(), text.replace(host.as_str(), UNSET_HOST)));
            }
        }
    }
    lines
}

/// Host and ports in the form in which they are exported.
struct At<'a> {
    host: &'a str,
    published: &'a HashMap<u16, u16>,
}

impl At<'_> {
    fn port(&self, number: u16) -> String {
        self.published.get(&number).unwrap_or(&number).to_string()
    }
}

/// Where the job reaches a sibling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The sibling's own address, or 127.0.0.1 where its ports are published.
    pub host: IpAddr,
    /// Container port to published port; empty where nothing is published.
    pub published: HashMap<u16, u16>,
}

impl Address {
    /// Where the container's port is reached.
    pub fn of(&self, port: Port) -> SocketAddr {
        SocketAddr::new(self.host, *self.published.get(&port.number).unwrap_or(&port.number))
    }
}

/// The address in Docker's answer, which is empty for a container that has died. Nothing that does
/// not parse is ever written to `$GITHUB_ENV`.
///
/// # Errors
/// It is no IP address.
pub fn address(text: &str) -> Result<IpAddr> {
    text.parse().map_err(|_| {
        Error::failed(
            format!("the container's address reads `{text}`, which is no IP address"),
            "it may have stopped, or its network has no addresses left: docker network inspect",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PG: Port = Port { number: 5432, tcp: true };

    #[test]
    fn names() {
        for fine in ["pg", "a", "my-db-2"] {
            assert!(check_name(fine).is_ok(), "{fine}");
        }
        for wrong in ["", "Pg", "2pg", "-pg", "pg_1", "pg.1", "pg/1", &"a".repeat(41)] {
            let error = check_name(wrong).expect_err("refused");
            assert_eq!(error.exit_code(), 2, "{wrong}");
        }
    }

    #[test]
    fn ports() {
        assert_eq!(Port::parse("5432"), Ok(PG));
        assert_eq!(Port::parse("53/udp").map(|p| p.tcp), Ok(false));
        for wrong in ["", "0", "70000", "8080:80", "80/sctp", "http"] {
            assert!(Port::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn templates_are_rendered_before_and_after() {
        let template = Template::parse("URL=http://{host}:{port}/{{x}}?b={port:8025}").expect("fine");
        let exports = Exports::new("my-db", vec![template]);
        let mail = Port { number: 8025, tcp: true };
        let unset = exports.unset(&[PG, mail]);
        assert!(unset.contains(&("BERTH_MY_DB_HOST".into(), "unset.invalid".into())));
        assert!(unset.contains(&("URL".into(), "http://unset.invalid:5432/{x}?b=8025".into())));
        let here = Address { host: address("172.17.0.9").expect("an address"), published: HashMap::new() };
        let ready = exports.ready(&here, &[PG, mail], "abc");
        assert!(ready.contains(&("BERTH_MY_DB_HOST".into(), "172.17.0.9".into())));
        assert!(ready.contains(&("BERTH_MY_DB_PORT".into(), "5432".into())));
        assert!(ready.contains(&("BERTH_MY_DB_PORT_8025".into(), "8025".into())));
        assert!(ready.contains(&("BERTH_MY_DB_ID".into(), "abc".into())));
        assert!(ready.contains(&("URL".into(), "http://172.17.0.9:5432/{x}?b=8025".into())));
    }

    #[test]
    fn what_down_withdraws_is_the_address_in_every_form() {
        let of = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let exported = of(&[
            ("BERTH_PG_HOST", "172.17.0.9"),
            ("BERTH_PG_ID", "abc"),
            ("BERTH_PG_PORT_5432", "5432"),
            ("BERTH_PG_EXPORTS", "URL,PATH,OTHER"),
            ("BERTH_GONE_HOST", "unset.invalid"),
            ("BERTH_GONE_ID", "abd"),
            ("BERTH_FORGED_HOST", "1.2.3.4"),
        ]);
        let value = |name: &str| Some(format!("{name}://172.17.0.9:5432")).filter(|_| name != "OTHER");
        let lines = withdrawn(&exported, value);
        assert_eq!(
            lines,
            [
                ("BERTH_PG_HOST".to_owned(), "unset.invalid".to_owned()),
                ("URL".to_owned(), "URL://unset.invalid:5432".to_owned()),
            ]
        );
        let known = Exports::new("pg", Vec::new()).known(&exported).expect("known");
        assert_eq!((known.host.to_string().as_str(), known.ports), ("172.17.0.9", vec![5432]));
        assert!(Exports::new("gone", Vec::new()).known(&exported).is_err());
        assert!(!Exports::new("gone", Vec::new()).stands_in(&exported));
    }

    #[test]
    fn others_variables_are_refused() {
        for wrong in [
            "DOCKER_HOST={host}",
            "docker_host={host}",
            "GITHUB_ENV=x",
            "RUNNER_TEMP=x",
            "LD_PRELOAD=x",
            "PATH=x",
            "BASH_ENV=x",
            "ENV=x",
            "NODE_OPTIONS=x",
            "PYTHONPATH=x",
            "PERL5LIB=x",
            "GIT_SSH_COMMAND=x",
            "IFS=x",
            "JOB_CONTAINER_NAME=x",
            "BERTH_TOKEN=x",
            "BERTH_OTHER_HOST={host}",
            "A-B=x",
            "=x",
            "NOTHING",
            "A={hots}",
            "A={host",
            "A=}",
            "A=1\nPATH=2",
        ] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Template::parse("PATHS={host}").is_ok());
    }

    #[test]
    fn a_port_nobody_declared_is_refused() {
        let exports = Exports::new("pg", vec![Template::parse("A={port:1}").expect("fine")]);
        assert!(exports.check(&[PG]).is_err());
        let exports = Exports::new("pg", vec![Template::parse("A={port}").expect("fine")]);
        assert!(exports.check(&[PG]).is_ok());
        assert!(exports.check(&[]).is_err());
    }

    #[test]
    fn published_ports_take_the_place_of_the_containers() {
        let exports = Exports::new("pg", vec![Template::parse("A={host}:{port}:{port:5432}").expect("fine")]);
        let published = HashMap::from([(5432, 32768)]);
        let here = Address { host: address("127.0.0.1").expect("an address"), published };
        let lines = exports.ready(&here, &[PG], "id");
        assert!(lines.contains(&("BERTH_PG_PORT".into(), "32768".into())));
        assert!(lines.contains(&("BERTH_PG_PORT_5432".into(), "32768".into())));
        assert!(lines.contains(&("A".into(), "127.0.0.1:32768:32768".into())));
        assert_eq!(here.of(PG).to_string(), "127.0.0.1:32768");
    }

    #[test]
    fn only_an_address_is_exported() {
        for wrong in ["", "localhost", "172.17.0.2172.18.0.2", "1.2.3.4\nPATH=x"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
