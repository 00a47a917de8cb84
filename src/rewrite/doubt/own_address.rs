//! Addresses of the machine itself that only a shell finds out: `psql -h "$(hostname)" -p 5432`.

use crate::address::reader::addresses_of;
use crate::rewrite::{Place, Withheld};

/// Refuses another port, or another host, for what a command asks for at an address that the shell computes: nobody sees
/// that it is the machine's own, and nothing answers there any more.
///
/// # Errors
/// When one does.
pub(super) fn refuse(place: &Place<'_>, port: u16) -> Result<(), Withheld> {
    // A command that asks docker asks for a container.
    let is_computed =
        |source: &str| (source.starts_with("$(") || source.starts_with('`')) && !source.contains("docker");
    for act in &place.job.trace.acts {
        let asked = addresses_of(act).into_iter().filter(|asked| asked.port_number() == Some(port));
        let mut hosts = asked.flat_map(|asked| asked.host.sources());
        let Some(host) = hosts.find(|source| is_computed(source) || &**source == "$HOSTNAME") else { continue };
        let line = act.frame.source.place(act.at.span.start).line;
        return Err(Withheld::because(format!(
            "line {line} of `{}` asks `{host}` for port {port}: where that is this machine, nothing would answer there any \
             more. Let it ask for the host and port that the job says",
            act.at.path
        )));
    }
    Ok(())
}
