//! Ports that background processes of a job listen on.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::kill::hunt;
use super::process::{ends_by_itself, finds, finite, left_behind};
use crate::command::{Arg, Invocation, netcat};
use crate::docker::{HostPort, Verb, servers};
use crate::facts::Fact;
use crate::site::{Site, mention};
use crate::source::Location;
use crate::symbol::Value;
use crate::trace::{Act, ActKind, JobTrace, Target};
use crate::truth::Truth;
use crate::workflow::Job;

/// A port that a process listens on.
struct Listens {
    port: u16,
    through: &'static str,
    claim: Option<Location>,
    uses: Vec<(usize, Location)>,
}

/// The fixed ports of background servers. Whether their network is shared with peers
pub fn server_facts(site: &Site<'_>) -> Vec<Fact> {
    let Site { job, trace, .. } = *site;
    let listening = listening(trace, job).into_iter();
    listening.map(|(index, listens)| fact(site, index, &trace.acts[index], listens)).collect()
}

/// The background commands of a job that listen on a fixed port of the machine they run on: their numbers among its
/// acts, and the ports.
pub fn fixed_ports(trace: &JobTrace, job: &Job) -> Vec<(usize, u16)> {
    listening(trace, job).into_iter().map(|(index, listens)| (index, listens.port)).collect()
}

fn listening(trace: &JobTrace, job: &Job) -> Vec<(usize, Listens)> {
    let servers: Vec<(usize, &Act, Vec<Port>)> = trace
        .acts
        .iter()
        .enumerate()
        .filter(|(_, act)| left_behind(act).is_some() && !ends_by_itself(act))
        .filter(|(_, act)| matches!(act.context.target, Target::Here | Target::Unknown))
        .map(|(index, act)| (index, act, arguments(act)))
        .collect();
    let claimed: Vec<u16> = servers.iter().flat_map(|(_, _, ports)| ports).filter_map(Port::number).collect();
    let mut all = Vec::new();
    for (at, (index, _, ports)) in servers.iter().enumerate() {
        let next = servers.get(at + 1).map_or(trace.acts.len(), |(next, ..)| *next);
        all.extend(listens(trace, job, *index, next, ports, &claimed).into_iter().map(|listens| (*index, listens)));
    }
    all
}

fn fact(site: &Site<'_>, index: usize, act: &Act, listens: Listens) -> Fact {
    let trace = site.trace;
    let program = program(act);
    let port = listens.port.to_string();
    let mut fact = site.fact_of("port-claim", format!("{program} {port}"), act);
    fact.set("by", "server").set("host-part", "fixed").set("host-port", port.as_str()).set("port", port.as_str());
    fact.set("name", program).set("through", listens.through).set("detached", true);
    fact.set("command", act.text.as_str()).set_truth("shares-host-network", site.shares_host_network());
    fact.set_truth("reaped", reaped(trace, index, &port));
    if listens.through == "probe" {
        fact.confidence = crate::facts::Confidence::Medium;
    }
    fact.at("claim", listens.claim.unwrap_or_else(|| act.at.clone())).at("command", act.at.clone());
    let mut lines: BTreeSet<(Arc<str>, usize)> = BTreeSet::new();
    for (act, at) in listens.uses.into_iter().chain(uses(trace, index, &port)) {
        // Two commands of a line are one place for who reads it.
        let line = trace.acts[act].frame.source.place(at.span.start).line;
        if lines.insert((at.path.clone(), line)) {
            fact.at("uses", at);
        }
    }
    fact
}

fn program(act: &Act) -> &str {
    match &act.kind {
        ActKind::Command { program, .. } => program,
        _ => "",
    }
}

/// What an argument says of a port.
enum Port {
    Fixed(u16, Arg),
    /// Free, or known only to the run.
    Other,
}

impl Port {
    fn of(value: &Value, arg: &Arg) -> Option<Self> {
        match value.as_literal() {
            Some(text) => match text.parse::<u16>() {
                Ok(0) => Some(Self::Other),
                Ok(port) => Some(Self::Fixed(port, arg.clone())),
                Err(_) => None,
            },
            None => Some(Self::Other),
        }
    }

    fn number(&self) -> Option<u16> {
        match self {
            Self::Fixed(port, _) => Some(*port),
            Self::Other => None,
        }
    }
}

/// The variables that name the port or address of the server itself.
const VARIABLES: [&str; 12] = [
    "PORT",
    "SERVER_PORT",
    "HTTP_PORT",
    "APP_PORT",
    "API_PORT",
    "LISTEN_PORT",
    "ADDR",
    "LISTEN_ADDR",
    "HTTP_ADDR",
    "SERVER_ADDR",
    "BIND_ADDR",
    "LISTEN",
];

fn listens(trace: &JobTrace, job: &Job, index: usize, next: usize, ports: &[Port], claimed: &[u16]) -> Vec<Listens> {
    let act = &trace.acts[index];
    if !ports.is_empty() {
        let fixed = ports.iter().filter_map(|port| match port {
            Port::Fixed(port, arg) => {
                let claim = Some(act.frame.location(arg.span.clone()));
                Some(Listens { port: *port, through: "argument", claim, uses: Vec::new() })
            }
            Port::Other => None,
        });
        return fixed.collect();
    }
    for name in VARIABLES {
        let Some(value) = act.env.get(name) else { continue };
        let port = value.as_literal().map(|text| text.rsplit(':').next().unwrap_or(text).to_owned());
        return match port.and_then(|port| port.parse::<u16>().ok()) {
            Some(port) if port != 0 => vec![Listens { port, through: "env", claim: None, uses: Vec::new() }],
            _ => Vec::new(),
        };
    }
    probed(trace, job, index, next, claimed).into_iter().collect()
}

/// The port that the job waits for after it started the process, if nothing else holds it.
fn probed(trace: &JobTrace, job: &Job, index: usize, next: usize, claimed: &[u16]) -> Option<Listens> {
    // A stack that something brings up may be what answers.
    let others = trace.acts.iter().any(|act| match &act.kind {
        ActKind::Docker(call) => matches!(call.verb, Verb::Compose(_)),
        ActKind::Program(_) | ActKind::Action(_) => true,
        _ => false,
    });
    if others {
        return None;
    }
    let taken = published(trace, job)?;
    trace.acts.iter().enumerate().take(next).skip(index + 1).find_map(|(at, act)| {
        if !is_probe(act) || act.context.target != Target::Here {
            return None;
        }
        let port = local_port(&mention(trace, act))?;
        let free = !taken.contains(&port) && !claimed.contains(&port);
        free.then(|| Listens { port, through: "probe", claim: None, uses: vec![(at, act.at.clone())] })
    })
}

/// The host ports of services and containers; nothing when one is not known.
fn published(trace: &JobTrace, job: &Job) -> Option<Vec<u16>> {
    let mut taken = Vec::new();
    for service in &job.services {
        for port in service.container.ports.iter().flat_map(|ports| &ports.value) {
            let numbers = port.value().split(|c: char| !c.is_ascii_digit());
            taken.extend(numbers.filter_map(|digits| digits.parse::<u16>().ok()));
        }
    }
    for act in &trace.acts {
        let ActKind::Docker(call) = &act.kind else { continue };
        let Verb::Run(run) = &call.verb else { continue };
        for (_, publish) in run.ports() {
            match publish.host_port() {
                HostPort::Fixed(port) => taken.push(port),
                HostPort::OneOf(ports) => taken.extend(ports),
                HostPort::Range(first, last) => taken.extend(first..=last),
                HostPort::Free => {}
                HostPort::Unknown => return None,
            }
        }
        if run.networks.iter().any(|network| network.is("host")) {
            return None;
        }
    }
    Some(taken)
}

/// Programs that ask whether a port answers.
fn is_probe(act: &Act) -> bool {
    let ActKind::Command { program, argv, .. } = &act.kind else { return false };
    if let Some(netcat) = netcat::of(program, argv) {
        return !netcat.listens;
    }
    match program.as_str() {
        "curl" | "wget" | "wait-on" | "wait-for-it" | "wait-for-it.sh" | "wait-for" | "http" => true,
        "npx" | "bunx" => argv.iter().any(|arg| arg.is("wait-on")),
        _ => false,
    }
}

/// The port of the job's own machine that a command names: `localhost:8080`, `nc -z localhost 8080`.
fn local_port(text: &str) -> Option<u16> {
    for host in ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"] {
        for (at, _) in text.match_indices(host) {
            let rest = &text[at + host.len()..];
            let Some(rest) = rest.strip_prefix([':', ' ']) else { continue };
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            if let Ok(port) = digits.parse::<u16>()
                && port > 0
            {
                return Some(port);
            }
        }
    }
    let (_, tcp) = text.split_once("tcp:")?;
    tcp.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
}

/// The fixed port that a program's arguments say it listens on.
pub(crate) fn named_port(program: &str, argv: &[Arg]) -> Option<u16> {
    argument(program, argv).iter().find_map(Port::number)
}

/// The port of a command that says it listens on an address of IPv4: `--host 0.0.0.0 --port 8000`, `--bind
/// 0.0.0.0:8000`.
pub fn bound_to_ipv4(words: &[Arg]) -> Option<u16> {
    const ADDRESS: [&str; 12] = [
        "--host",
        "--bind",
        "-b",
        "--bind-address",
        "--address",
        "--addr",
        "-addr",
        "--listen",
        "-listen",
        "--listen-address",
        "--http-addr",
        "--ip",
    ];
    let invocation = Invocation::parse(words)?;
    let port = named_port(&invocation.program, &invocation.argv)?;
    let is_ipv4 = |value: &str| value.split(':').next().is_some_and(|host| host.parse::<std::net::Ipv4Addr>().is_ok());
    let mut addresses = values(&invocation.argv, |name| ADDRESS.contains(&name));
    let bound = addresses.any(|(_, value)| value.as_literal().is_some_and(is_ipv4));
    bound.then_some(port)
}

/// The port of a server among the commands that an exec (the act at `exec`) runs in a container: one in the background
/// there that says its port, or that is waited for on one. With `stays` the exec itself is left running, and so is
/// whatever it runs last.
pub fn listens_inside(trace: &JobTrace, exec: usize, stays: bool) -> Option<u16> {
    let rest = trace.acts[exec + 1..].iter();
    let end = exec + 1 + rest.take_while(|act| act.context.target == Target::Container).count();
    let left = |act: &Act| left_behind(act).is_some() || stays && !act.context.substituted;
    (exec + 1..end).filter(|&at| left(&trace.acts[at])).find_map(|at| {
        let act = &trace.acts[at];
        if ends_by_itself(act) || finite(trace, at).is_yes() {
            return None;
        }
        let ports = arguments(act);
        if !ports.is_empty() || left_behind(act).is_none() {
            return ports.iter().find_map(Port::number);
        }
        let mut waits = trace.acts[at + 1..end].iter().filter(|later| later.context.in_loop && is_probe(later));
        waits.find_map(|later| local_port(&mention(trace, later)))
    })
}

fn arguments(act: &Act) -> Vec<Port> {
    match &act.kind {
        ActKind::Command { program, argv, .. } => argument(program, argv),
        _ => Vec::new(),
    }
}

/// The ports that a server's arguments name; more than one for what forwards several.
fn argument(program: &str, argv: &[Arg]) -> Vec<Port> {
    match program {
        "kubectl" | "oc" => return forwarded(argv),
        "Xvfb" | "Xvnc" | "xvfb-run" | "ffmpeg" => return vec![Port::Other],
        program if looks_on(program) => return vec![Port::Other],
        "python" | "python3" | "py" => {
            if let Some(at) = argv.iter().position(|arg| arg.is("http.server") || arg.is("SimpleHTTPServer")) {
                let port = argv[at + 1..].iter().find(|arg| !arg.value.prefix().starts_with('-'));
                return port.and_then(|arg| Port::of(&arg.value, arg)).into_iter().collect();
            }
        }
        _ => {}
    }
    if let Some(netcat) = netcat::of(program, argv) {
        let port = netcat.port.filter(|_| netcat.listens).and_then(|(at, port)| {
            let arg = argv.get(at)?;
            // What is not said in full may be in a variable.
            let is_known = port.is_some() || arg.value.as_literal().is_none();
            is_known.then(|| port.map_or(Port::Other, |port| Port::Fixed(port, arg.clone())))
        });
        return vec![port.unwrap_or(Port::Other)];
    }
    // Who asks a server has that one's port among its words.
    if servers::of_client(program).is_some() {
        return vec![Port::Other];
    }
    by_option(program, argv).or_else(|| address(argv)).into_iter().collect()
}

const OPTIONS: [&str; 16] = [
    "--port",
    "-port",
    "--http-port",
    "--server.port",
    "-server.port",
    "-Dserver.port",
    "--listen",
    "-listen",
    "--addr",
    "-addr",
    "--address",
    "--bind",
    "-b",
    "--http-addr",
    "--listen-address",
    "--urls",
];

fn by_option(program: &str, argv: &[Arg]) -> Option<Port> {
    // What `-p` is a port of; elsewhere it may be a package, a project or a path.
    let short = [
        "serve",
        "flask",
        "http-server",
        "next",
        "vite",
        "redis-server",
        "postgres",
        "ng",
        "webpack-dev-server",
        "hugo",
        "mongod",
        "rails",
        "php",
        "gunicorn",
        "uvicorn",
        "npx",
        "json-server",
        "prism",
        "memcached",
    ]
    .contains(&program);
    let is_port = |name: &str| OPTIONS.contains(&name) || (short && matches!(name, "-p" | "-l" | "-S"));
    values(argv, is_port).find_map(|(arg, value)| Port::of(&last_piece(&value), arg))
}

/// The values of the options of these names, each with the option's own word: `--port=80`, `--port 80`.
fn values<'a>(argv: &'a [Arg], is_it: impl Fn(&str) -> bool + 'a) -> impl Iterator<Item = (&'a Arg, Value)> {
    argv.iter().enumerate().filter_map(move |(at, arg)| {
        let (name, attached) = match arg.value.split_once('=') {
            Some((name, value)) if arg.value.prefix().starts_with('-') => (name, Some(value)),
            _ => (arg.value.clone(), None),
        };
        if !is_it(name.as_literal().unwrap_or_default()) {
            return None;
        }
        let value = attached.or_else(|| argv.get(at + 1).map(|next| next.value.clone()))?;
        Some((arg, value))
    })
}

/// What stands behind the last colon: `0.0.0.0:8080`, `:8080`, `http://localhost:5000`.
fn last_piece(value: &Value) -> Value {
    value.split(':').pop().unwrap_or_default()
}

/// `:8080` or `0.0.0.0:8080` as a word of its own.
fn address(argv: &[Arg]) -> Option<Port> {
    argv.iter().find_map(|arg| {
        let text = arg.text()?;
        let (host, port) = text.rsplit_once(':')?;
        matches!(host, "" | "0.0.0.0" | "127.0.0.1" | "localhost" | "[::]" | "[::1]")
            .then(|| Port::of(&Value::literal(port), arg))
            .flatten()
    })
}

/// Programs that show or keep what others do, and listen nowhere: a `PORT` around them is not theirs.
fn looks_on(program: &str) -> bool {
    const LOOK_ON: [&str; 14] = [
        "tail",
        "tee",
        "watch",
        "journalctl",
        "dmesg",
        "inotifywait",
        "fswatch",
        "tcpdump",
        "top",
        "vmstat",
        "iostat",
        "nvidia-smi",
        "ssh-agent",
        "yes",
    ];
    LOOK_ON.contains(&program)
}

/// `kubectl port-forward svc/x 8080:80`; `:80` takes a free one. Its other commands but `proxy` listen nowhere.
fn forwarded(argv: &[Arg]) -> Vec<Port> {
    if argv.iter().any(|arg| arg.is("proxy")) {
        return by_option("kubectl", argv).into_iter().collect();
    }
    if !argv.iter().any(|arg| arg.is("port-forward")) {
        return vec![Port::Other];
    }
    let pairs = argv.iter().filter_map(|arg| {
        let text = arg.text()?;
        let (local, _) = text.split_once(':').unwrap_or((text, ""));
        let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == ':');
        digits.then(|| if local.is_empty() { Port::Other } else { port(local, arg) })
    });
    let found: Vec<Port> = pairs.collect();
    if found.is_empty() { vec![Port::Other] } else { found }
}

fn port(text: &str, arg: &Arg) -> Port {
    Port::of(&Value::literal(text), arg).unwrap_or(Port::Other)
}

/// Whether an earlier command of the job stops who still holds the port.
fn reaped(trace: &JobTrace, index: usize, port: &str) -> Truth {
    let started = &trace.acts[index];
    let mut reaped = Truth::No;
    for act in &trace.acts[..index] {
        if act.context.target != Target::Here {
            continue;
        }
        let ActKind::Command { program: name, argv, .. } = &act.kind else { continue };
        let reaps = act.helper_call("reap").is_some()
            || name == "kill-port"
            || (name == "npx" && argv.iter().any(|arg| arg.is("kill-port")));
        let found = if reaps {
            let text = mention(trace, act);
            (crate::site::has_token(&text, port) || text.contains(program(started))).into()
        } else {
            match hunt(trace, act) {
                Some(hunt) if hunt.how == "port" => match hunt.pattern.as_ref().and_then(|value| value.as_literal()) {
                    Some(pattern) => crate::site::has_token(pattern, port).into(),
                    None => Truth::Unknown,
                },
                Some(hunt) => finds(&hunt, started, program(started)),
                None => Truth::No,
            }
        };
        reaped = reaped.or(found);
    }
    reaped
}

/// Later commands that name the port on the job's own machine, and where they stand.
fn uses(trace: &JobTrace, index: usize, port: &str) -> Vec<(usize, Location)> {
    let names = |(_, act): &(usize, &Act)| {
        ["localhost", "127.0.0.1"].iter().any(|host| {
            act.text
                .match_indices(&format!("{host}:{port}"))
                .any(|(at, found)| !act.text[at + found.len()..].starts_with(|c: char| c.is_ascii_digit()))
        })
    };
    let later = trace.acts.iter().enumerate().skip(index + 1);
    later.filter(names).map(|(at, act)| (at, act.at.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::testing::read;

    fn one(lines: &str) -> Vec<String> {
        let run: String = lines.lines().map(|line| format!("          {line}\n")).collect();
        let read = read(&format!("jobs:\n  a:\n    steps:\n      - run: |\n{run}"));
        read.shown(&server_facts(&read.site()), &["port", "through", "reaped"])
    }

    #[test]
    fn fixed_ports_are_found() {
        for (line, port) in [
            ("./server --port 8080 &", "8080"),
            ("./server --port=8080 &", "8080"),
            ("./server -addr :8080 &", "8080"),
            ("./server --listen 0.0.0.0:8080 &", "8080"),
            ("python3 -m http.server 8000 &", "8000"),
            ("php -S localhost:8000 -t public &", "8000"),
            ("flask run -p 5001 &", "5001"),
            ("uvicorn app:main --port 8001 &", "8001"),
            ("npx serve -l 3000 &", "3000"),
            ("kubectl port-forward svc/x 8080:80 &", "8080"),
            ("java -jar x.jar --server.port=9000 &", "9000"),
            ("kubectl proxy --port=8005 &", "8005"),
            ("nc -lk 8006 &", "8006"),
            ("ncat -l 0.0.0.0 8007 --keep-open &", "8007"),
            ("socat TCP-LISTEN:8008,fork TCP:db:80 &", "8008"),
        ] {
            assert_eq!(one(line), [format!("5 {port} argument false")], "{line}");
        }
        assert_eq!(one("PORT=3000 node server.js &"), ["5 3000 env false"]);
        assert_eq!(one("npm run dev &\ncurl -f http://localhost:5173/health"), ["5 5173 probe false"]);
        assert_eq!(one("fuser -k 8080/tcp\n./server --port 8080 &"), ["6 8080 argument true"]);
        assert_eq!(one("pkill -f server\n./server --port 8080 &"), ["6 8080 argument true"]);
    }

    #[test]
    fn what_gives_a_background_command_its_words_is_no_server() {
        for lines in [
            "ssh -p 29120 \"$(whoami)@node2\" ./serve --port 29120 &\nuntil nc -z 127.0.0.1 29120; do sleep 1; done",
            "export PORT=8080\nssh -f \"$(id -un)@$(whereami)\" ./serve &",
            "export PORT=8080\ntail -f server.log &",
            "kubectl logs -f deploy/api &\ncurl localhost:8080",
        ] {
            assert_eq!(one(lines), [""; 0], "{lines}");
        }
        // Of a command with both, the program alone is one.
        assert_eq!(one("PORT=8080 ./serve --as \"$(whoami)\" &"), ["5 8080 env false"]);
        // What is put into the background inside a substitution is left behind.
        assert_eq!(one("pid=$(PORT=8080 ./serve >log & echo $!)"), ["5 8080 env false"]);
    }

    #[test]
    fn free_and_unknown_ports_are_none() {
        for line in [
            "./server &",
            "./server --port 0 &",
            "./server --port $PORT &",
            "PORT=$FREE ./server &\ncurl localhost:8080",
            "kubectl port-forward svc/x :80 &",
            "Xvfb :99 &",
            "nc -z localhost 8080 &",
            "nc localhost 8080 < request &",
            "nc -w1 localhost 8080 < request &",
            "ncat --send-only localhost 8080 < request &",
            "socat - TCP:localhost:8080 &",
            "nc -l -p $PORT &",
            "mongosh --port 27017 --eval 'db.watch()' &",
            "./server --port 8080",
            "docker run -d -p 8080:80 nginx\n./worker &\ncurl localhost:8080",
            "docker compose up -d\n./worker &\ncurl localhost:8080",
            "cargo run -p 8080 &",
        ] {
            assert_eq!(one(line), [""; 0], "{line}");
        }
    }
}
