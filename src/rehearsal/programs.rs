//! What commands are to the machine: how they are called in pairs, what they enter, which addresses they use.

use super::log::Used;
use super::machine::{Caller, Machine, Maker, Object, Place, Reached, What};
use crate::address::reader::{Address, Seat, connections_of};
use crate::docker::{Compose, ComposeVerb, DockerCall, Verb};
use crate::symbol::Value;
use crate::trace::{Act, ActKind};
use crate::truth::Truth;

/// The program, and docker's verb: what pairs commands inside an edit.
pub(super) fn verb(act: &Act) -> String {
    match &act.kind {
        ActKind::Docker(call) => {
            let text = act.frame.text.value();
            let written = text.get(call.at.clone()).unwrap_or_default();
            let words: Vec<&str> = written.split_whitespace().filter(|word| !word.starts_with('-')).collect();
            match &call.verb {
                // `docker container run` is `docker run`.
                Verb::Run(_) => "docker run".to_owned(),
                Verb::Create(_) => "docker create".to_owned(),
                Verb::Exec(_) => "docker exec".to_owned(),
                Verb::Compose(compose) => format!("docker compose {}", compose_verb(&compose.verb)),
                _ => words.join(" "),
            }
        }
        ActKind::Program(program) => program.program.to_owned(),
        ActKind::Action(_) => "action".to_owned(),
        ActKind::Uses { name } => name.clone(),
        ActKind::Command { program, .. } => program.clone(),
    }
}

/// Whether docker's verb changes nothing at the daemon, whatever is there.
pub(super) fn only_looks(verb: &str) -> bool {
    const LOOKS: [&str; 15] = [
        "config", "diff", "exec", "history", "images", "info", "inspect", "list", "logs", "ls", "port", "ps", "stats",
        "top", "version",
    ];
    verb.rsplit(' ').next().is_some_and(|verb| LOOKS.contains(&verb))
}

fn compose_verb(verb: &ComposeVerb) -> &'static str {
    match verb {
        ComposeVerb::Up(_) | ComposeVerb::Create(_) => "up",
        ComposeVerb::Run(_) => "run",
        ComposeVerb::Exec { .. } => "exec",
        ComposeVerb::Down { .. } => "down",
        ComposeVerb::Remove { .. } => "rm",
        _ => "other",
    }
}

/// The container that `docker exec` runs its command in, while the job waits for it.
pub(super) fn entered(call: &DockerCall) -> Option<&Value> {
    match &call.verb {
        Verb::Exec(exec) if !exec.detach.is_yes() => exec.container.as_ref().map(|container| &container.value),
        _ => None,
    }
}

/// The service whose container `docker compose exec` runs its command in.
pub(super) fn entered_service(compose: &Compose) -> Option<&Value> {
    match &compose.verb {
        ComposeVerb::Exec { service, detach, .. } if !detach.is_yes() => service.as_ref().map(|service| &service.value),
        _ => None,
    }
}

/// The machine while the container of a `docker run` runs that the job waits for, and the place inside it: once it has
/// ended nobody can ask what it reached.
pub(super) fn while_it_runs(machine: &Machine, call: &DockerCall, caller: &Caller<'_>) -> Option<(Machine, Place)> {
    let Verb::Run(run) = &call.verb else { return None };
    if !run.detach.is_no() {
        return None;
    }
    let mut run = run.clone();
    (run.detach, run.rm, run.command) = (Truth::Yes, Truth::No, Vec::new());
    let mut then = machine.clone();
    let reply = then.docker(&DockerCall { verb: Verb::Run(run), ..call.clone() }, caller);
    let made = reply.effects.iter().rev().find(|effect| effect.what == What::Made)?;
    let place = then.place_in(&made.object.id)?;
    Some((then, place))
}

/// Whether a program prints what is another text each time.
pub(super) fn is_random(program: &str, words: &[String]) -> bool {
    let reads = |path: &str| words.iter().any(|word| word.contains(path));
    match program {
        "uuidgen" | "mktemp" | "pwgen" => true,
        "openssl" => words.first().is_some_and(|verb| verb == "rand"),
        "date" => reads("%N"),
        _ => reads("/dev/urandom") || reads("/dev/random") || reads("/proc/sys/kernel/random/uuid"),
    }
}

/// How a program ends that does not reach what it asks.
pub(super) fn failure_of(program: &str) -> u8 {
    match program {
        // CURLE_COULDNT_CONNECT
        "curl" => 7,
        "wget" => 4,
        "psql" | "pg_isready" => 2,
        _ => 1,
    }
}

/// The addresses that a command uses, and what is there.
pub(super) fn used(
    act: &Act,
    text: &dyn Fn(&Value) -> String,
    machine: &Machine,
    place: &Place,
    maker: Maker,
) -> Vec<Used> {
    let asked = connections_of(act).into_iter().filter(|address| address.seat != Seat::Elsewhere);
    let one = |address: Address| {
        let host = text(&address.host);
        let port: u16 = text(address.port.as_ref()?).parse().ok()?;
        let reached = machine.reach(place, &host, port);
        if !reached.is_there() && is_elsewhere(&host) {
            return None;
        }
        let ids: &[String] = match &reached {
            Reached::Container { id, .. } => std::slice::from_ref(id),
            Reached::OneOf(ids, _) => ids,
            Reached::Process(_) | Reached::Nothing(_) => &[],
        };
        let objects: Vec<Object> = ids.iter().filter_map(|id| machine.container_object(id)).collect();
        let process = match &reached {
            Reached::Process(other) => Some(other.run),
            _ => None,
        };
        let own = objects.iter().map(|object| object.maker.run).chain(process).all(|run| run == maker.run);
        let image = objects.first().map(|object| object.image.as_deref().unwrap_or_else(|| object.name()).to_owned());
        let inner = match &reached {
            Reached::Container { port, .. } | Reached::OneOf(_, port) => *port,
            Reached::Process(_) | Reached::Nothing(_) => port,
        };
        let (project, service) =
            objects.first().map(|object| (object.project.clone(), object.service.clone())).unwrap_or_default();
        Some(Used { written: format!("{host}:{port}"), reached, own, image, project, service, port: inner })
    };
    asked.filter_map(one).collect()
}

/// Whether a host is one of the wide world: it has a domain, and is no address.
fn is_elsewhere(host: &str) -> bool {
    host.contains('.') && host.parse::<std::net::IpAddr>().is_err()
}
