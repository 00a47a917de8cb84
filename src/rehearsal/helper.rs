//! berth-run, as far as the steps call it that fixes write: `up` and `down`, and the guard that takes what is left.

use super::by_hand::docker;
use super::cast::Cast;
use super::machine::{Effect, Machine, Maker};

/// Its name.
pub(super) const PROGRAM: &str = "berth-run";

/// What a call of it did.
#[derive(Clone, Debug, Default)]
pub(super) struct Done {
    pub status: u8,
    pub error: String,
    pub effects: Vec<Effect>,
    /// What it wrote to `$GITHUB_ENV`.
    pub exports: Vec<(String, String)>,
}

/// What all that a job starts through it carries.
pub(super) fn token(cast: &Cast, job: usize) -> String {
    format!("berth.token={}-{job}", cast.who())
}

/// Does what its command line asks for; what it is asked for otherwise goes well and changes nothing.
pub(super) fn run(machine: &mut Machine, words: &[String], maker: Maker, token: &str, network: &str) -> Done {
    match words.split_first() {
        Some((verb, rest)) if verb == "up" => up(machine, rest, maker, token, network),
        Some((verb, _)) if verb == "down" => Done { effects: down(machine, maker, token), ..Done::default() },
        _ => Done::default(),
    }
}

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
    let own = format!("berth-{name}-{}", token.rsplit('=').next().unwrap_or_default());
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
