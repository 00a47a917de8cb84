//! Commands that wait until something answers.

use crate::docker::servers;
use crate::trace::{Act, ActKind};

/// Parts of the names of images and services that a command waits for; none where it says by an address what it waits
/// for.
pub type Waits = &'static [&'static str];

/// Whether a command waits or asks again and again; the images whose own client it is.
pub fn waits(act: &Act) -> Option<Waits> {
    let output = act.context.output.as_ref().map(ToString::to_string).unwrap_or_default();
    let (program, has_retry) = match &act.kind {
        ActKind::Command { program, argv, .. } => {
            (program.as_str(), argv.iter().any(|arg| arg.value.prefix().starts_with("--retry")))
        }
        ActKind::Docker(_) => ("docker", false),
        ActKind::Uses { name } => return (name.contains("wait-") || name.contains("-wait")).then_some(&[]),
        _ => return None,
    };
    let looped = act.context.in_loop;
    match program {
        "wait-for-it" | "wait-for-it.sh" | "wait-for" | "wait-on" | "dockerize" | "wait4x" | "wait-port" => Some(&[]),
        "curl" | "wget" if looped || has_retry => Some(&[]),
        "nc" | "ncat" | "docker" | "python" | "python3" | "node" if looped => Some(&[]),
        _ => match servers::waited_for_by(program) {
            Some(server) if looped => Some(server.awaited_as),
            _ => (looped && output.contains("/dev/tcp/")).then_some(&[]),
        },
    }
}
