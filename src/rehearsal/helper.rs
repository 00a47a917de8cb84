//! berth-run, as far as the steps call it that fixes write: `up` and `down`, `labels` and `name`, the guard that takes
//! what is left, `reap` and `port`.

use super::by_hand::docker;
use super::cast::Cast;
use super::machine::{Effect, LABEL_FILE, Machine, Maker, Place};

/// Its name.
pub(super) const PROGRAM: &str = "berth-run";

/// What a call of it did.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    pub status: u8,
    pub error: String,
    /// What it printed.
    pub output: Option<String>,
    pub effects: Vec<Effect>,
    /// What it wrote to `$GITHUB_ENV`.
    pub exports: Vec<(String, String)>,
}

/// What all that a job starts through it carries.
pub(super) fn token(cast: &Cast, job: usize) -> String {
    format!("berth.token={}-{job}", cast.who())
}

/// Where it is called, and by whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'c> {
    pub maker: Maker,
    /// What all that the job starts through it carries.
    pub token: &'c str,
    pub place: &'c Place,
    /// The network of the job.
    pub network: &'c str,
}

/// Does what its command line asks for; what it is asked for otherwise goes well and changes nothing.
pub(super) fn run(machine: &mut Machine, words: &[String], call: Call<'_>) -> Done {
    let Some((verb, rest)) = words.split_first() else { return Done::default() };
    match verb.as_str() {
        "labels" => labels(rest, call.token),
        "name" => name(rest, call.token),
        "up" => up(machine, rest, call.maker, call.token, call.network),
        "down" => Done { effects: down(machine, call.maker, call.token), ..Done::default() },
        "reap" => reap(machine, rest, call.place),
        "port" => port(machine, rest, call),
        _ => Done::default(),
    }
}

/// The value of an option: `--port 8080`, `--port=8080`.
fn value<'w>(words: &'w [String], option: &str) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix(option)? {
        "" => words.get(at + 1).map(String::as_str),
        rest => rest.strip_prefix('='),
    })
}

/// Prints where the job's labels stand, or the labels as options.
fn labels(words: &[String], token: &str) -> Done {
    match value(words, "--format").unwrap_or("file") {
        "file" => Done { output: Some(format!("{LABEL_FILE}{token}\n")), ..Done::default() },
        "args" => Done { output: Some(format!("--label {token}\n")), ..Done::default() },
        _ => Done::default(),
    }
}

/// Prints a name of the job's own.
fn name(words: &[String], token: &str) -> Done {
    let Some(base) = words.first() else { return Done { status: 2, ..Done::default() } };
    Done { output: Some(format!("{}\n", own_name(base, token))), ..Done::default() }
}

fn own_name(base: &str, token: &str) -> String {
    format!("berth-{base}-{}", token.rsplit('=').next().unwrap_or_default())
}

/// Whether a call has a guard remove all that carries the job's labels, when the job ends. Leases are given back then,
/// too.
pub(super) fn starts_guard(words: &[String]) -> bool {
    let has = |option: &str| words.iter().any(|word| word == option);
    match words.first().map(String::as_str) {
        Some("labels") => has("--guard"),
        Some("up") => !has("--no-guard"),
        verb => verb == Some("port"),
    }
}

/// Ends the processes of a program whose jobs are over, then asks for the port. From a container only the container's
/// own processes can be seen; and a runner that was killed has deleted nothing, so what its jobs left looks alive.
fn reap(machine: &mut Machine, words: &[String], place: &Place) -> Done {
    let Some(exe) = value(words, "--exe") else { return Done { status: 2, ..Done::default() } };
    if *place == Place::Host {
        machine.end_stale(exe.rsplit('/').next().unwrap_or(exe));
    }
    match value(words, "--port").and_then(|port| port.parse().ok()) {
        Some(port) if machine.is_on_host(place) && machine.is_taken("0.0.0.0", port) => {
            let error = format!("port {port} is held by a process that nothing shows to be stale");
            Done { status: 1, error, ..Done::default() }
        }
        _ => Done::default(),
    }
}

/// The ports that `port` chooses from, and what a lease is called before its number (`src/runtime/port.rs`).
const FIRST: u16 = 20_000;
const LAST: u16 = 29_999;
const LEASE: &str = "berth-port-";

/// Leases ports: each lease is a container that is never started, named after the port.
fn port(machine: &mut Machine, words: &[String], call: Call<'_>) -> Done {
    let count = value(words, "--count").map_or(Some(1), |count| count.parse::<usize>().ok());
    let Some(count) = count else { return Done { status: 2, ..Done::default() } };
    let mut done = Done::default();
    let (mut output, mut leased) = (String::new(), 0);
    for number in FIRST..=LAST {
        if leased == count {
            break;
        }
        if machine.is_taken("0.0.0.0", number) {
            continue;
        }
        let name = format!("{LEASE}{number}");
        let words = ["create", "--name", &name, "--label", call.token, LEASED_FROM, "berth-port"];
        let made = docker(machine, call.maker, &words).unwrap_or_default();
        if made.status == 0 {
            output.push_str(&format!("{number}\n"));
            leased += 1;
            done.effects.extend(made.effects);
        }
    }
    Done { output: Some(output), ..done }
}

/// The image of a lease: one that is there anyway.
const LEASED_FROM: &str = "runner/job";

fn up(machine: &mut Machine, words: &[String], maker: Maker, token: &str, network: &str) -> Done {
    let Some((name, options)) = words.split_first() else { return Done { status: 2, ..Done::default() } };
    let value = |option: &str| options.iter().position(|word| word == option).and_then(|at| options.get(at + 1));
    let values = |option: &str| {
        let at = options.iter().enumerate().filter(|(_, word)| *word == option);
        at.filter_map(|(at, _)| options.get(at + 1).cloned()).collect::<Vec<_>>()
    };
    let Some(image) = value("--image") else { return Done { status: 2, ..Done::default() } };
    let asked = value("--network").cloned();
    // On the host's network, and on the host itself: the default bridge, which is reached by address.
    let network = asked.unwrap_or_else(|| if network == "host" { "bridge".to_owned() } else { network.to_owned() });
    let own = own_name(name, token);
    let started =
        docker(machine, maker, &["run", "-d", "--name", &own, "--label", token, "--network", &network, image]);
    let started = started.unwrap_or_default();
    if started.status != 0 {
        return Done { status: 1, error: started.error, effects: started.effects, ..Done::default() };
    }
    let format = format!("{{{{(index .NetworkSettings.Networks \"{network}\").IPAddress}}}}");
    let inspected = docker(machine, maker, &["inspect", "-f", &format, &own]).unwrap_or_default();
    let host = inspected.output.trim().to_owned();
    let ports = values("--port");
    let port = ports.first().cloned().unwrap_or_default();
    let prefix = format!("BERTH_{}", name.to_uppercase().replace('-', "_"));
    let mut exports = vec![(format!("{prefix}_HOST"), host.clone()), (format!("{prefix}_ID"), own)];
    exports.extend((!port.is_empty()).then(|| (format!("{prefix}_PORT"), port.clone())));
    exports.extend(ports.iter().map(|port| (format!("{prefix}_PORT_{port}"), port.clone())));
    for template in values("--export") {
        if let Some((variable, text)) = template.split_once('=') {
            let mut text = text.replace("{host}", &host).replace("{port}", &port);
            for port in &ports {
                text = text.replace(&format!("{{port:{port}}}"), port);
            }
            exports.push((variable.to_owned(), text));
        }
    }
    Done { effects: started.effects, exports, ..Done::default() }
}

/// Removes what carries the token: `down`, and the guard once its job is gone.
pub(super) fn down(machine: &mut Machine, maker: Maker, token: &str) -> Vec<Effect> {
    let filter = format!("label={token}");
    let listed = docker(machine, maker, &["ps", "-aq", "--filter", &filter]).unwrap_or_default();
    let ids: Vec<&str> = listed.output.split_whitespace().collect();
    if ids.is_empty() {
        return Vec::new();
    }
    docker(machine, maker, &[&["rm", "-fv"][..], &ids].concat()).unwrap_or_default().effects
}
