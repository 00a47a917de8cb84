//! The client that an added command says.

use crate::trace::Act;

/// Docker, as an act calls it: with `sudo` where that stands before it.
pub(super) fn client(act: &Act) -> String {
    let sudo = if act.text.trim_start().starts_with("sudo ") { "sudo " } else { "" };
    format!("{sudo}docker")
}

/// The command before a creation whose name a second attempt has again.
pub(in crate::rewrite) fn clearing(client: &str, name: &str) -> String {
    format!("{client} rm -fv {name} 2>/dev/null || true # left by an attempt that was cancelled")
}
