//! Images that a project of each run's own builds: they are named after it, and go with it.

use super::super::shell_text::ShellText;
use super::super::{Draft, Place, Withheld};
use super::Name;
use super::left::made_by;
use crate::docker::{ComposeVerb, Verb};

/// Lets the project's last removal take the images along. Gives back whether one does.
///
/// # Errors
/// When it cannot be edited.
pub fn remove_with_project(
    draft: &mut Draft<'_>,
    place: &Place<'_>,
    name: &Name,
    texts: &[ShellText],
) -> Result<bool, Withheld> {
    let made = made_by(place, name.act);
    let last = made.map_or(name.act, |made| made.last());
    let mut done = false;
    for (index, act) in place.job.trace.acts.iter().enumerate().skip(last + 1) {
        let here = |text: &&ShellText| {
            text.is_workflow
                && *text.source.path() == act.at.path
                && text.text.whole().start <= act.at.span.start
                && act.at.span.end <= text.text.whole().end
        };
        if !place.job.removals.iter().any(|removal| removal.act == index) {
            continue;
        }
        for text in texts.iter().filter(here) {
            for (call, written) in text.calls() {
                let Verb::Compose(compose) = &call.verb else { continue };
                let ComposeVerb::Down { services, rmi, .. } = &compose.verb else { continue };
                let at = text.text.span(written.statement.clone());
                if !act.at.span.contains(at) && !at.contains(act.at.span) || !services.is_empty() {
                    continue;
                }
                done = true;
                if rmi.is_some() {
                    continue;
                }
                let end = written.words.last().and_then(|word| text.location(word.span.clone()));
                let end = end.ok_or_else(|| {
                    Withheld::because("its `down` is written in a way that cannot be edited: change it by hand")
                })?;
                draft.append(&end, " --rmi local")?;
            }
        }
    }
    Ok(done)
}
