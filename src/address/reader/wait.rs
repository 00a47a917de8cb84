//! Commands that wait until something answers.

use crate::docker::servers::{self, Server};
use crate::trace::{Act, ActKind};

/// What a command waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// What an address says.
    Address,
    /// The server whose own client it is.
    Server(&'static Server),
}

/// Whether a command waits or asks again and again, and for what.
pub fn waits(act: &Act) -> Option<Awaited> {
    let output = act.context.output.as_ref().map(ToString::to_string).unwrap_or_default();
    let (program, has_retry) = match &act.kind {
        ActKind::Command { program, argv, .. } => {
            (program.as_str(), argv.iter().any(|arg| arg.value.prefix().starts_with("--retry")))
        }
        ActKind::Docker(_) => ("docker", false),
        ActKind::Uses { name } => {
            return (name.contains("wait-") || name.contains("-wait")).then_some(Awaited::Address);
        }
        _ => return None,
    };
    let looped = act.context.in_loop;
    match program {
        "wait-for-it" | "wait-for-it.sh" | "wait-for" | "wait-on" | "dockerize" | "wait4x" | "wait-port" => {
            Some(Awaited::Address)
        }
        "curl" | "wget" if looped || has_retry => Some(Awaited::Address),
        "nc" | "ncat" | "docker" | "python" | "python3" | "node" if looped => Some(Awaited::Address),
        _ => match servers::waited_for_by(program) {
            Some(server) if looped => Some(Awaited::Server(server)),
            _ => (looped && output.contains("/dev/tcp/")).then_some(Awaited::Address),
        },
    }
}
