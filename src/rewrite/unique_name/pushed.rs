//! The images that a job pushes: others pull them by their tags.

use std::collections::HashSet;

use super::reference::{NameKind, key};
use crate::docker::{Build, Reference, Verb};
use crate::rewrite::Place;
use crate::symbol::Value;
use crate::trace::{Act, ActKind};

/// Whether a job pushes an image of this name.
pub fn is_pushed(place: &Place<'_>, image: &Value) -> bool {
    let pushed = place.reading.of_job(place.job, || Pushed::read(place));
    pushed.images.contains(&key(NameKind::Image, image))
        || pushed.repositories.contains(&Reference::parse(image).repository_key())
}

/// By their keys.
struct Pushed {
    images: HashSet<String>,
    /// Those of which all tags are pushed.
    repositories: HashSet<String>,
}

impl Pushed {
    fn read(place: &Place<'_>) -> Self {
        let tags = |build: &Build| build.tags.iter().map(|tag| tag.value.clone()).collect::<Vec<_>>();
        let by_act = |act: &Act| match (&act.kind, act.verb()) {
            (_, Some(Verb::Push { images, .. })) => images.iter().map(|image| image.value.clone()).collect(),
            (ActKind::Docker(_), Some(Verb::Build(build))) if build.push.may_be() => tags(build),
            (ActKind::Action(_), Some(Verb::Build(build))) if build.push.is_yes() => tags(build),
            _ => Vec::new(),
        };
        let acts = &place.job.trace.acts;
        let whole = acts.iter().filter_map(|act| match act.verb()? {
            Verb::Push { images, all_tags } if all_tags.may_be() => Some(images),
            _ => None,
        });
        Self {
            images: acts.iter().flat_map(by_act).map(|image| key(NameKind::Image, &image)).collect(),
            repositories: whole.flatten().map(|image| Reference::parse(&image.value).repository_key()).collect(),
        }
    }
}
