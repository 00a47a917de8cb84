//! Addresses of the machine itself that only a shell finds out: `psql -h "$(hostname)" -p 5432`.

use std::collections::HashMap;
use std::sync::Arc;

use crate::address::reader::addresses_of;
use crate::rewrite::{Place, Withheld};
use crate::trace::Act;

/// Refuses another port, or another host, for what a command asks for at an address that the shell computes: nobody sees
/// that it is the machine's own, and nothing answers there any more.
///
/// # Errors
/// When one does.
pub(super) fn refuse(place: &Place<'_>, port: u16) -> Result<(), Withheld> {
    let acts = &place.job.trace.acts;
    let computed = place.reading.of_job(place.job, || Computed::read(acts));
    let Some((act, host)) = computed.0.get(&port).and_then(|(act, host)| Some((acts.get(*act)?, host))) else {
        return Ok(());
    };
    let line = act.frame.source.place(act.at.span.start).line;
    Err(Withheld::because(format!(
        "line {line} of `{}` asks `{host}` for port {port}: where that is this machine, nothing would answer there any \
         more. Let it ask for the host and port that the job says",
        act.at.path
    )))
}

/// For each port the first act of a job that asks for it at a host that the shell computes, and that host.
struct Computed(HashMap<u16, (usize, Arc<str>)>);

impl Computed {
    fn read(acts: &[Act]) -> Self {
        let mut all = HashMap::new();
        for (index, act) in acts.iter().enumerate() {
            for asked in addresses_of(act) {
                let Some(port) = asked.port_number() else { continue };
                let host = asked.host.sources().into_iter().find(|source| is_computed(source));
                if let Some(host) = host {
                    all.entry(port).or_insert((index, host));
                }
            }
        }
        Self(all)
    }
}

/// Whether the shell finds it out. A command that asks docker asks for a container.
fn is_computed(source: &str) -> bool {
    let is_command = source.starts_with("$(") || source.starts_with('`');
    is_command && !source.contains("docker") || source == "$HOSTNAME"
}
