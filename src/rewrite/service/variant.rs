//! What a service becomes: it depends on the runner and its network.

use super::scan::What;
use super::uses::{Use, uses};
use crate::rewrite::{Place, Withheld};
use crate::runner::{Mode, Network, Program, Substrate};

/// What a service becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variant {
    /// A container that a step starts beside the job.
    Sibling,
    /// The same service, without `ports:`.
    Unpublish,
    /// The same service under a host port that Docker chooses.
    RandomPort,
}

/// The table of runners and networks.
///
/// # Errors
/// Where no address of its own is known that the job would reach.
pub(super) fn variant(place: &Place<'_>) -> Result<Variant, Withheld> {
    let Substrate { runner, mode, network, .. } = &place.job.substrate;
    let Some(runner) = runner else {
        return Err(Withheld::because("it is not known which runner runs the job: declare it under `runners:`"));
    };
    let in_container = *mode == Mode::Container || place.job.job.container.is_some();
    match (runner, network) {
        (Program::Github, _) if in_container => Ok(Variant::Unpublish),
        (Program::Github, _) => Ok(Variant::RandomPort),
        (_, _) if *mode == Mode::Host && *runner == Program::GiteaRunner => Ok(Variant::Sibling),
        (_, Network::Auto | Network::PerJob) => Ok(Variant::Unpublish),
        (Program::GiteaRunner, Network::Host | Network::Custom(_) | Network::Bridge) => Ok(Variant::Sibling),
        (Program::GiteaRunner, Network::Unknown) => {
            let uses = uses(place);
            // An address of this machine shows a network shared with it. A port that is mapped to another does
            // not: on the host's network Docker discards `ports:`.
            let is_own_port = |found: &Use| found.means.host.is_none_or(|host| host == found.means.container);
            let own = |found: &Use| is_own_port(found) || asks_the_runner(place, &uses, found);
            let is_local = |found: &&Use| found.what == What::Address && found.host.is_some() && !found.by_name;
            let (own, mapped): (Vec<&Use>, Vec<&Use>) = uses.iter().filter(is_local).partition(|found| own(found));
            Ok(if !own.is_empty() && mapped.is_empty() { Variant::Sibling } else { Variant::Unpublish })
        }
        (Program::ForgejoRunner, _) => Err(Withheld::because(
            "forgejo-runner makes no network for services when its configuration names one, and gives jobs no Docker \
             socket by default",
        )),
        (Program::Act, _) => Err(Withheld::because("act runs on a developer's machine")),
    }
}

/// Whether the port of a use is what the runner says of the service (`job.services.db.ports['5432']`), which fits any
/// network.
fn asks_the_runner(place: &Place<'_>, uses: &[Use], found: &Use) -> bool {
    let source = place.tree.source();
    let written = |found: &Use| found.port.as_ref().map(|port| source.slice(port.span));
    let is_number = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
    let of_it = || uses.iter().filter(|other| other.service == found.service).filter_map(written);
    !written(found).is_some_and(is_number) && of_it().any(|text| text.starts_with("${{"))
}
