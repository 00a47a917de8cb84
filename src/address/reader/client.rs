//! Programs that are known to connect, and how each is told where.

use super::address::{Address, Env, Origin, Seat};
use super::text::{self, in_word};
use crate::command::{Arg, netcat};
use crate::docker::servers::{self, ClientOptions};
use crate::symbol::{Part, Value};

/// What a program that is known to connect is told; none for another.
pub(super) fn read(program: &str, argv: &[Arg], env: &Env, seat: &Seat) -> Option<Vec<Address>> {
    if let Some(server) = servers::of_client(program) {
        return Some(of_client(&server.client_options, server.port, argv, env, seat));
    }
    Some(match program {
        "curl" | "wget" | "http" | "https" => of_web(program, argv, seat),
        "nc" | "ncat" | "netcat" | "telnet" => of_netcat(argv, seat),
        "wait-for-it" | "wait-for-it.sh" | "wait-for" | "dockerize" | "wait4x" | "wait-port" | "wait-on" => {
            of_wait(argv, seat)
        }
        "npx" | "bunx" if argv.iter().any(|arg| arg.is("wait-on") || arg.is("wait-port")) => of_wait(argv, seat),
        _ => return None,
    })
}

fn of_client(options: &ClientOptions, default: u16, argv: &[Arg], env: &Env, seat: &Seat) -> Vec<Address> {
    let (host_at, port_at) = (option(argv, options.host), option(argv, options.port));
    // `postgres://…` as a word of its own, or `host=… port=…`.
    let positional = argv.iter().filter(|arg| arg.value.prefix().contains("://") || is_conninfo(arg));
    let addressed = options.address.iter().filter_map(|name| option(argv, &[name]));
    let mut found: Vec<Address> = Vec::new();
    for arg in positional.cloned().chain(addressed) {
        found.extend(conninfo(&arg, default, seat));
        found.extend(in_word(&arg, seat, true));
    }
    if !found.is_empty() {
        found.iter_mut().for_each(|address| address.port = address.port.take().or(Some(number(default))));
        return found;
    }
    let named = host_at.map(|arg| (arg.value.clone(), Origin::Written(text::span(&arg))));
    let variable = || {
        let mut names = options.host_variables.iter();
        names.find_map(|name| Some((env.get(name)?.clone(), Origin::Variable((*name).to_owned()))))
    };
    let own = || options.default_host.map(|host| (Value::literal(host), Origin::Default));
    let Some((host, from)) = named.or_else(variable).or_else(own) else { return found };
    // A directory is where a socket of the machine is.
    if host.prefix().starts_with('/') || host.parts().is_empty() {
        return found;
    }
    let port = port_at.map(|arg| arg.value).or_else(|| env.get(options.port_variable).cloned());
    let (host, own_port) = split_port(host);
    let port = port.or(own_port).unwrap_or_else(|| number(default));
    vec![Address { host, port: Some(port), scheme: None, from, seat: seat.clone(), connects: true }]
}

fn number(port: u16) -> Value {
    Value::literal(port.to_string())
}

/// `--host localhost:27017`.
fn split_port(host: Value) -> (Value, Option<Value>) {
    match host.split_once(':') {
        Some((before, port)) if port.as_literal().is_some_and(|port| port.parse::<u16>().is_ok()) => {
            (before, Some(port))
        }
        _ => (host, None),
    }
}

fn is_conninfo(arg: &Arg) -> bool {
    arg.value.prefix().split_whitespace().any(|word| word.starts_with("host="))
}

/// `host=localhost port=5432`.
fn conninfo(arg: &Arg, default: u16, seat: &Seat) -> Option<Address> {
    let pieces = arg.value.split(' ');
    let value = |name: &str| pieces.iter().find_map(|piece| piece.strip_prefix(name));
    let host = value("host=").or_else(|| value("hostaddr="))?;
    let port = Some(value("port=").unwrap_or_else(|| number(default)));
    let from = Origin::Written(arg.span.clone());
    Some(Address { host, port, scheme: None, from, seat: seat.clone(), connects: true })
}

/// The value of the first option of these names: `-h x`, `-hx`, `--host x`, `--host=x`.
fn option(argv: &[Arg], names: &[&str]) -> Option<Arg> {
    argv.iter().enumerate().find_map(|(at, arg)| {
        if names.iter().any(|name| arg.is(name)) {
            return argv.get(at + 1).cloned();
        }
        names.iter().filter(|name| arg.value.prefix().starts_with(**name)).find_map(|name| {
            let is_long = name.starts_with("--");
            let lead = if is_long { format!("{name}=") } else { (*name).to_owned() };
            let is_other = !is_long && arg.value.prefix().starts_with("--");
            let value = arg.value.strip_prefix(&lead).filter(|_| !is_other)?;
            (!value.parts().is_empty()).then(|| Arg { value, ..arg.clone() })
        })
    })
}

/// `--host X --port N` of a program that nobody knows.
pub(super) fn host_and_port(argv: &[Arg], seat: &Seat) -> Option<Address> {
    let host = option(argv, &["--host", "-host", "--hostname", "--db-host"])?;
    let port = option(argv, &["--port", "-port", "--db-port"])?;
    let is_host = host.value.as_literal().is_none_or(text::is_host);
    let from = Origin::Written(host.span.clone());
    is_host.then(|| Address {
        host: host.value,
        port: Some(port.value),
        scheme: None,
        from,
        seat: seat.clone(),
        connects: false,
    })
}

/// curl's and wget's URLs; one without a scheme is `http`.
fn of_web(program: &str, argv: &[Arg], seat: &Seat) -> Vec<Address> {
    // Options whose value is no address of the server.
    const WITH_VALUE: [&str; 34] = [
        "-H",
        "--header",
        "-d",
        "--data",
        "--data-raw",
        "--data-binary",
        "--data-urlencode",
        "--json",
        "-F",
        "--form",
        "-o",
        "--output",
        "-O",
        "-X",
        "--request",
        "-u",
        "--user",
        "-w",
        "--write-out",
        "-m",
        "--max-time",
        "-A",
        "--user-agent",
        "-e",
        "--referer",
        "--retry",
        "--retry-delay",
        "--connect-timeout",
        "-b",
        "-c",
        "-T",
        "-t",
        "--resolve",
        "--cacert",
    ];
    let mut found = Vec::new();
    let mut words = argv.iter().peekable();
    while let Some(arg) = words.next() {
        // curl's `-O` and wget's `-c` are switches.
        let switch = if program == "curl" { "-O" } else { "-c" };
        if arg.text().is_some_and(|text| WITH_VALUE.contains(&text) && text != switch) {
            words.next();
            continue;
        }
        let url = arg.value.strip_prefix("--url=").unwrap_or_else(|| arg.value.clone());
        if url.prefix().starts_with('-') {
            continue;
        }
        let arg = Arg { value: url, ..arg.clone() };
        let mut own = in_word(&arg, seat, true);
        // A URL whose port nobody can tell is no host without a scheme.
        let is_url = |part: &Part| matches!(part, Part::Literal(text) if text.contains("://"));
        if own.is_empty() && !arg.value.parts().iter().any(is_url) {
            let whole = Arg { value: Value::literal("http://").then(arg.value.clone()), ..arg.clone() };
            own = in_word(&whole, seat, true);
        }
        own.iter_mut().filter(|address| address.scheme.is_none()).for_each(|address| {
            address.scheme = Some("http".to_owned());
        });
        found.extend(own);
    }
    found
}

/// `nc -z host port`.
fn of_netcat(argv: &[Arg], seat: &Seat) -> Vec<Address> {
    if netcat::of("nc", argv).is_some_and(|netcat| netcat.listens) {
        return Vec::new();
    }
    let mut plain: Vec<&Arg> = Vec::new();
    let mut words = argv.iter();
    while let Some(arg) = words.next() {
        let text = arg.value.prefix();
        if let Some(letters) = text.strip_prefix('-') {
            if letters.ends_with(['w', 'i', 'q', 'p', 's', 'G', 'X', 'x']) && !letters.starts_with('-') {
                words.next();
            }
            continue;
        }
        plain.push(arg);
    }
    let [host, port, ..] = plain.as_slice() else {
        return plain.first().map_or_else(Vec::new, |arg| in_word(arg, seat, true));
    };
    let from = Origin::Written(host.span.clone());
    let (host, port) = (host.value.clone(), Some(port.value.clone()));
    vec![Address { host, port, scheme: None, from, seat: seat.clone(), connects: true }]
}

/// What waits for an address: `localhost:5432`, `tcp:5432`, `tcp://db:5432`, `http-get://localhost:3000`.
fn of_wait(argv: &[Arg], seat: &Seat) -> Vec<Address> {
    let mut found = Vec::new();
    for arg in argv {
        let bare = arg.value.strip_prefix("tcp:").and_then(|rest| rest.as_literal()?.parse::<u16>().ok());
        if let Some(port) = bare {
            let from = Origin::Written(arg.span.clone());
            let (host, port) = (Value::literal("localhost"), Some(number(port)));
            found.push(Address {
                host,
                port,
                scheme: Some("tcp".to_owned()),
                from,
                seat: seat.clone(),
                connects: true,
            });
            continue;
        }
        let value = arg.value.strip_prefix("tcp:").filter(|rest| !rest.prefix().starts_with("//"));
        let arg = value.map_or_else(|| arg.clone(), |value| Arg { value, ..arg.clone() });
        found.extend(in_word(&arg, seat, true));
    }
    found
}
