//! Addresses in variables: URLs, `host:port`, and a host and a port in two variables of one stem.

use super::address::{Address, Env, Origin, Seat};
use super::text::{self, is_host};
use crate::docker::servers::{self, spoken_of};
use crate::symbol::{Part, Value};

/// How a variable's name ends that holds a host alone.
const HOST_ENDS: [&str; 9] =
    ["_HOSTNAME", "HOSTNAME", "_HOST", "HOST", "_SERVER", "_ADDRESS", "_ADDR", "HOSTADDR", "_ENDPOINT"];

/// The addresses in all variables.
pub(super) fn all(env: &Env, seat: &Seat) -> Vec<Address> {
    env.iter().flat_map(|(name, value)| read(name, value, env, seat)).collect()
}

/// Those in one of them; `around` has the others.
pub(super) fn read(name: &str, value: &Value, around: &Env, seat: &Seat) -> Vec<Address> {
    let from = || Origin::Variable(name.to_owned());
    let written = text::read(value);
    if !written.is_empty() {
        return written.into_iter().map(|one| one.address(from(), seat, false)).collect();
    }
    host_alone(name, value, around).into_iter().map(|one| one.address(from(), seat, false)).collect()
}

/// `DB_HOST` with what `DB_PORT` says, else the port of the server that the name speaks of.
fn host_alone(name: &str, value: &Value, around: &Env) -> Option<text::Written> {
    let upper = name.to_ascii_uppercase();
    let stem = HOST_ENDS.iter().find_map(|end| upper.strip_suffix(end))?;
    let is_name = match value.as_literal() {
        Some(text) => is_host(text),
        None => value.parts().iter().all(|part| !matches!(part, Part::Literal(text) if !is_host(text))),
    };
    // The machine's own name is set by bash.
    if !is_name || value.parts().is_empty() || stem.is_empty() && name == "HOSTNAME" {
        return None;
    }
    let beside = [format!("{stem}_PORT"), format!("{stem}PORT"), format!("{stem}_TCP_PORT")];
    let port = around.iter().find(|(other, _)| beside.contains(&other.to_ascii_uppercase()));
    let port =
        port.map(|(_, port)| port.clone()).or_else(|| port_of(stem).map(|port| Value::literal(port.to_string())));
    Some(text::Written { host: value.clone(), port, scheme: None })
}

/// The port of the server that a name speaks of: `PG`, `TEST_REDIS`.
fn port_of(stem: &str) -> Option<u16> {
    let spoken = spoken_of(&stem.replace('_', " "));
    spoken.first().and_then(|server| servers::port_of(server))
}
