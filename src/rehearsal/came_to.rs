//! Which commands were played: how a changed one behaves to which no play comes is not known.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::carry::Carry;
use super::compare::Worse;
use super::plays::{Play, Show};
use super::staged::Staged;
use crate::docker::{ComposeVerb, Verb};
use crate::source::Location;
use crate::trace::{Act, Target};

/// The commands that runs came to, by their places.
#[derive(Debug, Default)]
pub(super) struct CameTo(BTreeSet<(Arc<str>, usize)>);

impl CameTo {
    /// Those of some plays.
    pub(super) fn add(&mut self, shows: &[Show]) {
        self.0.extend(shows.iter().flat_map(|show| &show.log.events).map(|event| place(&event.at)));
    }

    /// A command that starts or makes something, that fixes changed, and that no run came to.
    pub(super) fn missed(&self, job: &Staged<'_>, carry: &Carry) -> Option<Worse> {
        let is_changed = |act: &&Act| makes(act) && act.target() == Target::Here && carry.has_changed(&act.at);
        let missed = job.trace.acts.iter().filter(is_changed).find(|act| !self.0.contains(&place(&act.at)))?;
        let text = &missed.text;
        Some(Worse {
            play: Play::Alone,
            story: format!("no run that was played comes to `{text}`, so what it does there was not seen"),
            at: Some(carry.near(&missed.at)),
            is_bearable: false,
        })
    }
}

/// Whether a command makes something. A removal that nothing was left for was seen, too.
fn makes(act: &Act) -> bool {
    match act.verb() {
        Some(Verb::Run(_) | Verb::Create(_) | Verb::Make(_) | Verb::Build(_)) => true,
        Some(Verb::Compose(compose)) => {
            matches!(compose.verb, ComposeVerb::Up(_) | ComposeVerb::Create(_) | ComposeVerb::Run(_))
        }
        _ => false,
    }
}

fn place(at: &Location) -> (Arc<str>, usize) {
    (at.path.clone(), at.span.start)
}
