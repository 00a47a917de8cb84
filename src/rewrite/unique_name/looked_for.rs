//! Whether the job finds an image by a pattern that would fit it no longer.

use super::super::{Place, Withheld};
use super::Name;
use crate::lifecycle::removal::{Scope, Shape};

/// Refuses a tag of the run's own where a removal looks for `latest`: it would find nothing, and fail.
///
/// # Errors
/// When one does, and its failure is the step's.
pub fn is_not_looked_for(place: &Place<'_>, name: &Name) -> Result<(), Withheld> {
    let Some(written) = name.value.as_literal() else { return Ok(()) };
    let bare = written.strip_suffix(":latest").unwrap_or(written);
    if bare.rsplit('/').next().is_none_or(|last| last.contains(':')) {
        return Ok(());
    }
    let whole = format!("{bare}:latest");
    let acts = &place.job.trace.acts;
    let looks = place
        .job
        .removals
        .iter()
        .filter(|removal| removal.scope == Scope::Image && removal.shape == Shape::Substitution);
    for removal in looks {
        let Some(act) = acts.get(removal.act).filter(|act| !act.context.tolerated) else { continue };
        let mut patterns =
            removal.selector.patterns.iter().filter(|(_, not)| !not).filter_map(|(text, _)| text.as_literal());
        let is_it = |pattern: &&str| pattern.contains(":latest") && whole.contains(pattern.trim_matches(['^', '$']));
        if let Some(pattern) = patterns.find(is_it) {
            return Err(Withheld::because(format!(
                "`{}` looks for `{pattern}`, would find nothing under a tag of the run, and fails then: remove the \
                 image by its name there",
                act.text
            )));
        }
    }
    Ok(())
}
