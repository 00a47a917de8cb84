//! Other names that `docker tag` gives an image: what every run calls the same is shared under these as before.

use super::Name;
use super::pushed::is_pushed;
use super::reference::{NameKind, same};
use crate::docker::Verb;
use crate::rewrite::{Place, Withheld};

/// The `docker tag`s of a job.
struct Tags(Vec<usize>);

/// What is told of an image's other names.
///
/// # Errors
/// When the job itself goes on with one that every run has: then nothing is gained.
pub fn other_names(place: &Place<'_>, name: &Name) -> Result<Option<String>, Withheld> {
    let mut told = None;
    let acts = &place.job.trace.acts;
    let tags = place.reading.of_job(place.job, || {
        let is_tag = |index: &usize| matches!(acts[*index].verb(), Some(Verb::Tag { .. }));
        Tags((0..acts.len()).filter(is_tag).collect())
    });
    for act in tags.0.iter().filter_map(|index| acts.get(*index)) {
        let Some(Verb::Tag { source, target }) = act.verb() else { continue };
        let is_it =
            same(NameKind::Image, &source.value, &name.value) && !same(NameKind::Image, &target.value, &name.value);
        if !is_it || !target.value.unique().is_static().may_be() {
            continue;
        }
        let shown = &target.value;
        if !is_pushed(place, shown) {
            return Err(Withheld::because(format!(
                "`docker tag` gives it the name `{shown}` as well, which other runs may have, too: put the run's id into both"
            )));
        }
        told.get_or_insert_with(|| {
            format!("two runs still share the tag `{shown}`, and one may push the image of the other")
        });
    }
    Ok(told)
}
