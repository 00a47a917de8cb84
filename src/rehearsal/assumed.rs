//! What a play takes for granted of the runner, because the configuration does not say it.

use super::company::Guess;
use super::staged::Staged;
use crate::runner::{Daemon, Mode, Network};

/// What was taken for granted, each a few words; nothing where the configuration says all of it.
pub(super) fn assumed(job: &Staged<'_>, guess: Guess) -> Vec<String> {
    let on = job.substrate;
    let mut all = Vec::new();
    let program = on.runner.map_or("a runner", crate::runner::Program::name);
    match on.version {
        None if on.runner.is_none_or(|program| program != crate::runner::Program::Github) => {
            all.push(format!("{program} of an unknown version"));
        }
        _ if !on.configured => all.push(program.to_owned()),
        _ => {}
    }
    if !on.configured || on.daemon == Daemon::Unknown {
        all.push("a Docker daemon that other jobs use".to_owned());
    }
    let is_in_container = on.mode == Mode::Container || on.mode == Mode::Unknown && guess.in_container;
    if !on.configured || on.mode == Mode::Unknown {
        all.push(if is_in_container { "steps in a container" } else { "steps on the machine itself" }.to_owned());
    }
    let has_network = is_in_container || !job.job.services.is_empty();
    if has_network && (!on.configured || on.network == Network::Unknown) {
        let network = match on.network {
            Network::Host => "on the host's network".to_owned(),
            Network::Unknown if guess.on_host_network => "on the host's network".to_owned(),
            Network::Bridge => "on Docker's default network".to_owned(),
            Network::Custom(ref name) => format!("on the network `{name}`"),
            Network::Auto | Network::PerJob | Network::Unknown => "on a network of the job's own".to_owned(),
        };
        all.push(network);
    }
    let runs_steps = on.status_rules.cancel_runs_main_steps;
    if runs_steps.is_none() || !on.configured {
        let runs = match runs_steps {
            Some(true) => "`always()` steps run after a cancel",
            Some(false) | None => "no step runs after a cancel",
        };
        all.push(runs.to_owned());
    }
    all
}
