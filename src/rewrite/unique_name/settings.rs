//! Files of settings that ask for a container by its name: programs read them where nobody sees it.

use super::super::doubt::settings::asks_for_host;
use super::super::{Place, Scene, Withheld};
use super::{Name, NameKind};
use crate::docker::{NetworkChoice, Verb};

/// Refuses a container whose name such a file has for a host: on a network that somebody made others find it by that.
///
/// # Errors
/// When there is one.
pub fn do_not_name_it(scene: &Scene<'_>, place: &Place<'_>, name: &Name) -> Result<(), Withheld> {
    let run = match place.job.trace.acts.get(name.act).and_then(|act| act.verb()) {
        Some(Verb::Run(run) | Verb::Create(run)) if name.kind == NameKind::Container => run,
        _ => return Ok(()),
    };
    let (NetworkChoice::Named(_), Some(host)) = (run.network(), name.value.as_literal()) else { return Ok(()) };
    match asks_for_host(scene, place, host) {
        Some(line) => Err(Withheld::because(format!(
            "{line} asks for the host `{host}`, and what reads it would find nothing: give each run a network of its \
             own, and the container the alias `{host}` there"
        ))),
        None => Ok(()),
    }
}
