//! Uses of `localhost` for what listens elsewhere: a service, or a container that the job starts on the host's
//! daemon. In a job that runs in a container `localhost` is that container itself.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::reader::{Address, Origin, Seat, addresses_of};
use super::readers::Readers;
use super::service_use::{Found, HOSTS, hosts};
use crate::docker::images::well_known;
use crate::docker::servers::{self, spoken_of};
use crate::docker::{HostPort, NetworkChoice, Publish, Verb};
use crate::facts::{Fact, Link, StepRef};
use crate::host::process::left_behind;
use crate::runner::table::Trait;
use crate::runner::{Mode, Network, Substrate};
use crate::site::{Site, has_token, step_ref, step_ref_of, words};
use crate::source::{Location, Source, Text};
use crate::stack::{Claimed, Stack};
use crate::symbol::Value;
use crate::trace::{Act, ActKind, JobTrace, Target};
use crate::truth::Truth;
use crate::workflow::{Job, Service, Var};

/// What listens, and by which ports it is meant.
struct Listener {
    of: &'static str,
    /// The service's id, the container's name: what it is called.
    name: String,
    /// Words of its image, by which a client or a variable is told to be its own.
    image: String,
    /// Where it is made.
    at: Location,
    /// Each port that is used for it, and the one it listens on itself.
    ports: Vec<(String, String)>,
}

/// A use of a listener by `localhost`.
struct Use {
    host: &'static str,
    port: String,
    /// The command or key it is about.
    at: Location,
    /// The bytes of the host and of the port, where they are written side by side or in a pair of variables.
    written: Option<(Location, Option<Location>)>,
    step: Option<StepRef>,
    chain: Vec<Link>,
}

/// One fact for each command or key that uses a listener so.
pub fn unreachable_facts(site: &Site<'_>, stacks: &BTreeMap<usize, Stack>) -> Vec<Fact> {
    let Site { job, trace, source, .. } = *site;
    let listeners = listeners(trace, job, source, stacks);
    let mut facts: Vec<Fact> = Vec::new();
    if listeners.is_empty() {
        return facts;
    }
    let ports = listeners.iter().flat_map(|listener| &listener.ports).map(|(port, _)| port.clone()).collect();
    let servers = servers(trace);
    let mut uses = in_variables(trace, job, source, &listeners, &ports);
    uses.extend(in_commands(trace, job, source, &ports));
    // Who is meant by each port: the first that has it, unless the job itself may answer there.
    let mut meant: BTreeMap<&str, (&Listener, &str)> = BTreeMap::new();
    for listener in &listeners {
        for (port, inner) in &listener.ports {
            meant.entry(port).or_insert((listener, inner));
        }
    }
    meant.retain(|port, (listener, _)| !servers.iter().any(|server| server.answers(listener, port)));
    let mut seen: BTreeSet<Location> = BTreeSet::new();
    for found in uses {
        let Some((listener, inner)) = meant.get(found.port.as_str()) else { continue };
        if seen.insert(found.at.clone()) {
            facts.push(fact(site, listener, inner, found));
        }
    }
    facts
}

fn fact(site: &Site<'_>, listener: &Listener, inner: &str, found: Use) -> Fact {
    let mut fact = site.fact("own-localhost", format!("{} {}", listener.name, found.port));
    fact.set("of", listener.of).set("name", listener.name.as_str()).set("host", found.host);
    fact.set("port", found.port.as_str()).set("container-port", inner).set("target", "here");
    let remapped = listener.of == "service" && found.port != inner;
    fact.set("remapped", remapped).set_truth("apart", is_apart(site.substrate, remapped));
    fact.set("followed", !found.chain.is_empty());
    fact.step = found.step;
    fact.chain = found.chain;
    fact.at("use", found.at).at("listener", listener.at.clone());
    if let Some((host, port)) = found.written {
        fact.at("written-host", host);
        if let Some(port) = port {
            fact.at("written-port", port);
        }
    }
    fact
}

/// Whether a job that runs in a container reaches nothing of a listener by `localhost`: its network is not the
/// host's. A service's port that is mapped to another is nowhere to be reached where the host's network discards it.
fn is_apart(substrate: &Substrate, remapped: bool) -> Truth {
    let discards = remapped && substrate.does(Trait::DiscardsPortsOnHost).is_yes();
    match (substrate.mode, &substrate.network) {
        (Mode::Host, _) => Truth::No,
        (_, Network::Host | Network::Unknown) if discards => Truth::Yes,
        (_, Network::Host) => Truth::No,
        (_, Network::Unknown) => Truth::Unknown,
        _ => Truth::Yes,
    }
}

/// All listeners of a job whose ports are known.
fn listeners(trace: &JobTrace, job: &Job, source: &Source, stacks: &BTreeMap<usize, Stack>) -> Vec<Listener> {
    let mut all: Vec<Listener> = job.services.iter().map(|service| of_service(service, source)).collect();
    for (index, act) in trace.acts.iter().enumerate() {
        if act.target() != Target::Here {
            continue;
        }
        match act.verb() {
            Some(Verb::Run(run)) if matches!(run.network(), NetworkChoice::Default | NetworkChoice::Named(_)) => {
                let name = run.name.as_ref().or(run.image.as_ref()).map(|arg| arg.value.to_string());
                all.push(Listener {
                    of: "container",
                    name: name.unwrap_or_else(|| "the container".to_owned()),
                    image: run.image.as_ref().map(|image| image.value.to_string()).unwrap_or_default(),
                    at: act.at.clone(),
                    ports: run.ports().filter_map(|(_, publish)| published(&publish)).collect(),
                });
            }
            Some(Verb::Compose(_)) => {
                for claim in stacks.get(&index).into_iter().flat_map(|stack| &stack.claims) {
                    let Claimed::Port(publish) = &claim.what else { continue };
                    all.push(Listener {
                        of: "compose",
                        name: claim.service.clone(),
                        image: claim.service.clone(),
                        at: claim.at.clone(),
                        ports: published(publish).into_iter().collect(),
                    });
                }
            }
            _ => {}
        }
    }
    all.retain(|listener| !listener.ports.is_empty());
    all
}

/// A fixed host port, and the container's.
fn published(publish: &Publish) -> Option<(String, String)> {
    let HostPort::Fixed(port) = publish.host_port() else { return None };
    let inner = publish.container.as_literal()?.split('/').next().unwrap_or_default().to_owned();
    Some((port.to_string(), inner))
}

/// A service by its host ports, and by those that it listens on: both are used, and neither is this container's.
fn of_service(service: &Service, source: &Source) -> Listener {
    let mut ports: Vec<(String, String)> = Vec::new();
    for port in service.container.ports.iter().flat_map(|ports| &ports.value) {
        let publish = Publish::parse(&Value::literal(port.value()));
        let inner = publish.container.as_literal().and_then(|inner| inner.split('/').next());
        ports.extend(published(&publish));
        ports.extend(inner.map(|inner| (inner.to_owned(), inner.to_owned())));
    }
    let image = service.container.image.as_ref().map_or("", |image| image.value());
    if let Some((known, certain)) = well_known(&Value::literal(image))
        && certain.may_be()
    {
        ports.extend(known.ports.iter().map(|port| (port.to_string(), port.to_string())));
    }
    let digits = |port: &str| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    ports.retain(|(port, inner)| digits(port) && digits(inner));
    Listener {
        of: "service",
        name: service.id.value().to_owned(),
        image: format!("{} {image}", service.id.value()),
        at: source.location(service.id.span),
        ports,
    }
}

/// A command by which the job itself may listen on a port.
enum Server {
    /// In the background or through a tunnel: what it says of its ports.
    Says { text: String, tunnels: bool },
    /// A service of its machine, by the kinds of server it speaks of.
    OfKind(Vec<&'static str>),
}

/// The servers that the job itself starts.
fn servers(trace: &JobTrace) -> Vec<Server> {
    // A tunnel's own end is here, whatever its command does there.
    let is_ssh = |act: &Act| matches!(&act.kind, ActKind::Command { program, .. } if program == "ssh");
    let here = trace.acts.iter().filter(|act| act.context.target == Target::Here || is_ssh(act));
    let server = |act: &Act| {
        let ActKind::Command { program, argv, .. } = &act.kind else { return None };
        let text = || format!("{} {}", act.text, words(argv).join(" "));
        let tunnels = matches!(program.as_str(), "socat" | "ssh" | "autossh" | "kubectl" | "ncat" | "iptables");
        if left_behind(act).is_some() || tunnels {
            return Some(Server::Says { text: text(), tunnels });
        }
        let starts = match program.as_str() {
            "service" | "systemctl" | "pg_ctlcluster" | "pg_ctl" | "rc-service" => has_token(&text(), "start"),
            program if servers::is_server(program) => true,
            _ => act.text.contains("/etc/init.d/"),
        };
        starts.then(|| Server::OfKind(spoken_of(&text())))
    };
    here.filter_map(server).collect()
}

impl Server {
    /// Whether it may be what answers on a listener's port.
    fn answers(&self, listener: &Listener, port: &str) -> bool {
        match self {
            Self::Says { text, tunnels } => {
                let says_none = !tunnels && !text.contains(|c: char| c.is_ascii_digit());
                has_token(text, port) || (says_none && listener.of != "service")
            }
            Self::OfKind(own) => spoken_of(&listener.image).iter().any(|kind| own.contains(kind)),
        }
    }
}

/// Ports by which anything of interest is meant.
type Ports = BTreeSet<String>;

/// Uses in `env:` of the job, its container and its steps, and in `with:`.
fn in_variables(trace: &JobTrace, job: &Job, source: &Source, listeners: &[Listener], ports: &Ports) -> Vec<Use> {
    let container = job.container.iter().flat_map(|container| &container.value.env.entries);
    let outer: Vec<&Var> = job.env.entries.iter().chain(container).collect();
    let readers = OnceCell::new();
    let mut uses = Vec::new();
    let mut read = |vars: &[&Var], around: &[&Var], step: Option<StepRef>| {
        for var in vars {
            let Some(text) = &var.text else { continue };
            let found = hosts(text, source, &HOSTS, ports).into_iter();
            let mut own: Vec<Use> = found.map(|found| of_found(found, var.span, source, step.clone())).collect();
            own.extend(of_pair(var, text, &[vars, around].concat(), source, listeners, step.clone()));
            let are_containers = || {
                let readers = readers.get_or_init(|| Readers::of(trace));
                readers.are_containers(step.as_ref().map(|step| step.index), var.name.value())
            };
            if !own.is_empty() && !are_containers() {
                uses.extend(own);
            }
        }
    };
    read(&outer, &[], None);
    for step in &job.steps {
        let own: Vec<&Var> = step.env.entries.iter().collect();
        let with: Vec<&Var> = step.with.entries.iter().collect();
        read(&own, &outer, Some(step_ref_of(step)));
        read(&with, &[], Some(step_ref_of(step)));
    }
    uses
}

fn of_found(found: Found, at: crate::source::Span, source: &Source, step: Option<StepRef>) -> Use {
    Use {
        host: found.host,
        port: found.port,
        at: source.location(at),
        written: Some((found.at, found.port_at)),
        step,
        chain: Vec::new(),
    }
}

/// `DB_HOST: localhost` beside `DB_PORT: 5432`; without a port where the name itself tells whose it is.
fn of_pair(
    var: &Var,
    text: &Text,
    around: &[&Var],
    source: &Source,
    listeners: &[Listener],
    step: Option<StepRef>,
) -> Option<Use> {
    let name = var.name.value().to_ascii_uppercase();
    let host = HOSTS.iter().find(|(_, written)| text.value().trim() == *written)?.0;
    let stem = ["_HOSTNAME", "HOSTNAME", "_HOST", "HOST", "_SERVER", "_ADDRESS", "_ADDR"]
        .iter()
        .find_map(|end| name.strip_suffix(end))?;
    let ports = [format!("{stem}_PORT"), format!("{stem}PORT"), format!("{stem}_TCP_PORT")];
    let at = |text: &Text| source.location(text.span(0..text.value().len()));
    let beside = around.iter().find(|other| ports.contains(&other.name.value().to_ascii_uppercase()));
    let (port, port_at) = match beside {
        Some(other) => {
            let text = other.text.as_ref()?;
            (text.value().trim().to_owned(), Some(at(text)))
        }
        None => {
            let meant = spoken_of(stem);
            let whose = |listener: &&Listener| spoken_of(&listener.image).iter().any(|kind| meant.contains(kind));
            let listener = listeners.iter().find(whose)?;
            // Its client takes the port that the server has by itself.
            (listener.ports.iter().find(|(port, inner)| port == inner)?.0.clone(), None)
        }
    };
    Some(Use { host, port, at: source.location(var.span), written: Some((at(text), port_at)), step, chain: Vec::new() })
}

/// Uses in the text of scripts, and those that commands come to when their variables are filled in.
fn in_commands(trace: &JobTrace, job: &Job, source: &Source, ports: &Ports) -> Vec<Use> {
    let mut uses = Vec::new();
    let mut acts: Vec<&Act> = trace.acts.iter().collect();
    acts.sort_by_key(|act| (act.at.path.clone(), act.at.span.start));
    let mut read: BTreeSet<Location> = BTreeSet::new();
    for (text, source, step) in texts(trace, job, source) {
        if !read.insert(source.location(text.whole())) {
            continue;
        }
        for found in hosts(text, source, &HOSTS, ports) {
            let act = innermost(&acts, &found.at);
            if act.is_some_and(|act| !speaks_from_here(act)) {
                continue;
            }
            let chain = act.map(|act| act.chain.to_vec()).or_else(|| chain_of(trace, source)).unwrap_or_default();
            let step = act.and_then(|act| trace.steps.get(act.step)).map(step_ref).or_else(|| step.clone());
            let at = act.map_or_else(|| found.at.clone(), |act| act.at.clone());
            let written = Some((found.at, found.port_at));
            uses.push(Use { host: found.host, port: found.port, at, written, step, chain });
        }
    }
    for act in trace.acts.iter().filter(|act| speaks_from_here(act)) {
        // Variables of the environment are read where they are set.
        let is_own = |address: &Address| {
            address.is_own() && address.seat == Seat::Job && !matches!(address.from, Origin::Variable(_))
        };
        let mut own = addresses_of(act).into_iter().filter(is_own);
        let known = own.find_map(|address| {
            let host = HOSTS.iter().find(|(name, _)| address.host_text() == Some(name))?.0;
            let port = address.port_number()?.to_string();
            ports.contains(&port).then_some((host, port))
        });
        let Some((host, port)) = known else { continue };
        let step = trace.steps.get(act.step).map(step_ref);
        uses.push(Use { host, port, at: act.at.clone(), written: None, step, chain: act.chain.to_vec() });
    }
    uses
}

/// The texts of a job's scripts, those that are followed included.
fn texts<'a>(trace: &'a JobTrace, job: &'a Job, source: &'a Source) -> Vec<(&'a Text, &'a Source, Option<StepRef>)> {
    let runs = job.steps.iter().filter_map(|step| Some((step, step.run.as_ref()?)));
    let own = runs.map(|(step, run)| (&run.value.text, source, Some(step_ref_of(step))));
    let followed = trace.acts.iter().filter(|act| !act.chain.is_empty());
    own.chain(followed.map(|act| (&act.frame.text, &act.frame.source, None))).collect()
}

fn chain_of(trace: &JobTrace, source: &Source) -> Option<Vec<Link>> {
    trace.acts.iter().find(|act| act.frame.source.path() == source.path()).map(|act| act.chain.to_vec())
}

/// How many commands before a place are looked at for the one it stands in.
const NEAR: usize = 64;

/// The command that a place stands in: the shortest of those around it. `acts` are in the order of their places.
fn innermost<'t>(acts: &[&'t Act], at: &Location) -> Option<&'t Act> {
    let end = acts.partition_point(|act| (&act.at.path, act.at.span.start) <= (&at.path, at.span.start));
    let before = acts[..end].iter().copied().rev().take(NEAR);
    let around = before.filter(|act| act.at.path == at.path && act.at.span.contains(at.span));
    around.min_by_key(|act| (act.at.span.end - act.at.span.start, act.context.target == Target::Here))
}

/// Whether what a command says of `localhost` is meant from the job itself: docker's own values are for other
/// containers, and what is printed is read by people.
fn speaks_from_here(act: &Act) -> bool {
    let ActKind::Command { program, .. } = &act.kind else { return matches!(act.kind, ActKind::Uses { .. }) };
    let into_file = act.context.output.as_ref().is_some_and(|output| {
        let output = output.to_string();
        !matches!(output.as_str(), "|" | "$()" | "/dev/null" | "/dev/stderr" | "$GITHUB_STEP_SUMMARY")
    });
    act.context.target == Target::Here && (!matches!(program.as_str(), "echo" | "printf" | "cat" | "grep") || into_file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::testing::read;

    /// What is used by `localhost` in a job with a service on 5433 and the rest of the job.
    fn shown(rest: &str) -> Vec<String> {
        let read = read(&format!(
            "jobs:\n  a:\n    services:\n      pg:\n        image: postgres:15\n        ports: ['5433:5432']\n{rest}"
        ));
        let facts = unreachable_facts(&read.site(), &BTreeMap::new());
        read.shown(&facts, &["of", "name", "port", "container-port", "remapped"])
    }

    fn run(lines: &str) -> Vec<String> {
        let run: String = lines.lines().map(|line| format!("          {line}\n")).collect();
        shown(&format!("    steps:\n      - run: |\n{run}"))
    }

    #[test]
    fn uses_in_scripts_are_found() {
        assert_eq!(run("psql postgres://u@localhost:5433/x"), ["9 service pg 5433 5432 true"]);
        assert_eq!(run("psql -U u -h 127.0.0.1 -c 'select 1'"), ["9 service pg 5432 5432 false"]);
        assert_eq!(run("PORT=5433\nnc -z localhost:$PORT"), ["10 service pg 5433 5432 true"]);
        assert_eq!(run("export URL=postgres://localhost:5432/x"), ["9 service pg 5432 5432 false"]);
        assert_eq!(run("echo URL=postgres://localhost:5432/x >> .env"), ["9 service pg 5432 5432 false"]);
        assert_eq!(run("curl --resolve localhost:5433:10.0.0.7 http://x"), ["9 service pg 5433 5432 true"]);
        assert_eq!(
            run("docker run -d --name web -p 8080:80 nginx\ncurl localhost:8080"),
            ["10 container web 8080 80 false"]
        );
    }

    #[test]
    fn uses_in_variables_are_found() {
        assert_eq!(shown("    env:\n      URL: postgres://localhost:5432/x\n"), ["8 service pg 5432 5432 false"]);
        let pair = "    env:\n      DB_HOST: 127.0.0.1\n      DB_PORT: 5433\n";
        assert_eq!(shown(pair), ["8 service pg 5433 5432 true"]);
        assert_eq!(shown("    env:\n      PGHOST: localhost\n"), ["8 service pg 5432 5432 false"]);
        assert_eq!(shown("    env:\n      REDIS_HOST: localhost\n"), [""; 0]);
        assert_eq!(shown("    env:\n      APP_HOST: localhost\n"), [""; 0]);
    }

    #[test]
    fn variables_for_containers_alone_are_none() {
        let step = |run: &str| {
            shown(&format!("    steps:\n      - env: {{URL: 'postgres://localhost:5432/x'}}\n        run: {run}\n"))
        };
        for lines in [
            "docker run --rm --network host -e URL app",
            "docker build --network host --build-arg URL .",
            "docker compose run --rm app",
            "cd ci && docker run --rm --net=host -e URL app",
        ] {
            assert_eq!(step(lines), [""; 0], "{lines}");
        }
        for lines in ["docker run --rm -e URL app && ./migrate", "psql $URL", "ci/test.sh"] {
            assert!(!step(lines).is_empty(), "{lines}");
        }
        let with = "    steps:\n      - uses: docker/build-push-action@v6\n        with: {network: host, build-args: 'URL=postgres://localhost:5432/x'}\n";
        assert_eq!(shown(with), [""; 0]);
    }

    #[test]
    fn what_is_meant_from_elsewhere_is_none() {
        for lines in [
            "curl localhost:8080",
            "# localhost:5433",
            "echo see localhost:5433",
            "docker exec pg psql -h localhost -p 5432",
            "docker run --rm -e URL=postgres://localhost:5432/x app",
            "docker run -d --health-cmd 'curl localhost:5432' app",
            "ssh host 'psql -h localhost'",
            "FLAGS=\"-p 127.0.0.1:5433:5432\"\ndocker run $FLAGS app",
            "FLAGS=(-d --publish=127.0.0.1:5433:5432/tcp)",
            "echo \"FLAGS=-p 127.0.0.1:5433:$INNER\" >> $GITHUB_ENV",
            "HOST=127.0.0.1\nexport FLAGS=\"-p $HOST:5433:5432\"",
            "socat TCP-LISTEN:5432,fork TCP:pg:5432 &\npsql -h localhost",
            "ssh -fNL 5432:pg:5432 gate\npsql -h localhost",
            "service postgresql start\npsql -h localhost",
            "docker run -d --network host nginx\ncurl localhost:80",
            "docker run -d --network container:x -p 8080:80 nginx\ncurl localhost:8080",
        ] {
            assert_eq!(run(lines), [""; 0], "{lines}");
        }
    }
}
