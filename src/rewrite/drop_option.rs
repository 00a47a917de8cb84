//! `drop-option`: an option that the runner ignores goes.

use super::{Draft, Scene, Withheld};
use crate::edit::{Applicability, Fix};
use crate::finding::{Finding, Level};
use crate::lifecycle::option_words;
use crate::source::Location;
use crate::workflow::Container;

/// The fix of a finding.
///
/// # Errors
/// When it is written in a way that cannot be edited.
pub fn drop_option(scene: &Scene<'_>, finding: &Finding) -> Result<Fix, Withheld> {
    let place = scene.place(finding)?;
    let job = &place.job.job;
    let path = place.tree.source().path();
    let own = job.container.iter().map(|container| &container.value);
    let all = own.chain(job.services.iter().map(|service| &service.container));
    let mut draft = Draft::new(scene);
    for container in all {
        if let Some(network) = container.network.as_ref().filter(|field| field.key == finding.location.span) {
            let comments = draft.remove_entry(path, network.node, false)?;
            if !comments.is_empty() {
                return Err(commented());
            }
            return draft.finish("drop-option", Applicability::Safe, "drop `network:`, which the runner ignores", None);
        }
        if let Some(title) = within(&mut draft, container, finding)? {
            return draft.finish("drop-option", Applicability::Safe, title, None);
        }
    }
    Err(Withheld::because("it is no option of a container of this job"))
}

fn commented() -> Withheld {
    Withheld::because("a comment stands beside it, and would lose what it is about: drop it by hand")
}

fn within(draft: &mut Draft<'_>, container: &Container, finding: &Finding) -> Result<Option<String>, Withheld> {
    let Some(options) = &container.options else { return Ok(None) };
    let text = &options.value.text;
    let words = option_words(text.value());
    let Some(at) = words.iter().position(|(range, _)| text.span(range.clone()) == finding.location.span) else {
        return Ok(None);
    };
    let Some((range, word)) = words.get(at) else { return Ok(None) };
    let value = words.get(at + 1).filter(|(_, next)| !word.contains('=') && !next.starts_with('-'));
    let end = value.map_or(range.end, |(value, _)| value.end);
    let kills = finding.level == Level::Error;
    let why = if kills { "of which the job dies" } else { "which the runner ignores" };
    let title = format!("drop `{}`, {why}", word.split('=').next().unwrap_or(word));
    let path = &finding.location.path;
    if words.len() == 1 + usize::from(value.is_some()) {
        let comments = draft.remove_entry(path, options.node, false)?;
        if !comments.is_empty() {
            return Err(commented());
        }
        return Ok(Some(title));
    }
    // The blank before it goes along, of the first word the one behind it.
    let next = words.iter().find(|(word, _)| word.start >= end).map(|(word, _)| word.start);
    let cut = match (at, next) {
        (0, Some(next)) => range.start..next,
        _ => words.get(at - 1).map_or(range.start, |(before, _)| before.end)..end,
    };
    let span = text.exact(cut).ok_or_else(Withheld::torn)?;
    draft.replace(&Location { path: path.clone(), span }, "")?;
    Ok(Some(title))
}
