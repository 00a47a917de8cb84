//! An address that a program is given.

use std::ops::Range;

use crate::docker::NetworkChoice;
use crate::symbol::{Value, Variables};

/// An address that a program is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    /// The host, without brackets: a name, an address, or what only the run knows.
    pub host: Value,
    /// The port, that of the scheme or the client where none is written.
    pub port: Option<Value>,
    /// What stands before `://`.
    pub scheme: Option<String>,
    /// Where the host comes from.
    pub from: Origin,
    /// From where it is looked up.
    pub seat: Seat,
    /// The program is known to connect there; else the address is handed to it, and it may.
    pub connects: bool,
}

/// Where an address comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From a word of the command, by its bytes in the act's frame.
    Written(Range<usize>),
    /// From a variable of its environment.
    Variable(String),
    /// The program takes it by itself.
    Default,
}

/// From where an address is looked up: its own `localhost` is another at each.
#[derive(Clone, Debug, PartialEq)]
pub enum Seat {
    /// Where the job's own commands run.
    Job,
    /// In a container that the command makes, on this network.
    Made(NetworkChoice),
    /// In a container that is there already, or one of a compose project.
    Other,
    /// On another machine, or nobody can tell.
    Elsewhere,
}

impl Address {
    /// The host's text, where it is known.
    pub fn host_text(&self) -> Option<&str> {
        self.host.as_literal()
    }

    /// The port's number, where it is known.
    pub fn port_number(&self) -> Option<u16> {
        self.port.as_ref()?.as_literal()?.parse().ok()
    }

    /// Whether the host is the machine or container that asks.
    pub fn is_own(&self) -> bool {
        self.host_text().is_some_and(is_own_host)
    }
}

/// Whether a host name or address is that of who asks: `localhost`, `127.0.0.1`, `::1`.
pub fn is_own_host(host: &str) -> bool {
    let lower = host.to_ascii_lowercase();
    matches!(lower.as_str(), "localhost" | "::1" | "0.0.0.0") || lower.starts_with("127.") && is_ipv4(&lower)
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<std::net::Ipv4Addr>().is_ok()
}

/// The variables that a program is given.
pub(super) type Env = Variables;
