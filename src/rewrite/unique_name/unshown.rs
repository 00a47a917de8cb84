//! Things that the job makes for somebody whom it does not show: a program of its own may say their names.

use super::super::Place;
use super::super::doubt::unseen;
use super::super::shell_text::ShellText;
use super::reference::kind;
use super::uses::Use;
use super::{Name, NameKind};
use crate::docker::{NetworkChoice, Verb};

/// Who may use a container, network or volume by its name, in words, where nothing in the job is seen to use it: no
/// command, no port and no network.
pub fn user(place: &Place<'_>, texts: &[ShellText], name: &Name, uses: &[Use]) -> Option<String> {
    if !matches!(name.kind, NameKind::Container | NameKind::Network | NameKind::Volume) || is_reached(place, name) {
        return None;
    }
    let is_use = |used: &Use| {
        let mut commands = texts.get(used.text).into_iter().flat_map(|text| text.commands());
        let call = commands.find(|command| command.statement == used.statement).and_then(|own| own.call.as_ref());
        call.is_none_or(|call| !matches!(call.verb, Verb::Remove(_) | Verb::Make(_)) && !names_itself(&call.verb, name))
    };
    if uses.iter().any(is_use) {
        return None;
    }
    let who = unseen::reader(place, name.act)?;
    let thing = kind(name.kind)?.name();
    Some(format!(
        "nothing in the job shows what uses the {thing} `{}`, and {who} may have that name in a file of its own",
        name.value
    ))
}

/// Whether a container is used by an address: a port of the host's, or a name on a network.
fn is_reached(place: &Place<'_>, name: &Name) -> bool {
    let made = place.job.trace.acts.get(name.act).and_then(|act| act.verb());
    match made {
        Some(Verb::Run(run) | Verb::Create(run)) if name.kind == NameKind::Container => {
            run.network() != NetworkChoice::Default || run.ports().next().is_some()
        }
        _ => false,
    }
}

/// Whether a call says a container's name to make it, start it or end it.
fn names_itself(verb: &Verb, name: &Name) -> bool {
    name.kind == NameKind::Container && matches!(verb, Verb::Run(_) | Verb::Create(_) | Verb::Control(_))
}
