//! The images that a job pushes: others pull them by their tags.

use std::collections::HashSet;

use super::reference::{NameKind, key};
use crate::docker::{Build, Verb};
use crate::rewrite::Place;
use crate::symbol::Value;
use crate::trace::{Act, ActKind};

/// Whether a job pushes an image of this name.
pub fn is_pushed(place: &Place<'_>, image: &Value) -> bool {
    let pushed = place.reading.of_job(place.job, || Pushed::read(place));
    pushed.0.contains(&key(NameKind::Image, image))
}

/// By their keys.
struct Pushed(HashSet<String>);

impl Pushed {
    fn read(place: &Place<'_>) -> Self {
        let tags = |build: &Build| build.tags.iter().map(|tag| tag.value.clone()).collect::<Vec<_>>();
        let by_act = |act: &Act| match (&act.kind, act.verb()) {
            (_, Some(Verb::Push { images })) => images.iter().map(|image| image.value.clone()).collect(),
            (ActKind::Docker(_), Some(Verb::Build(build))) if build.push.may_be() => tags(build),
            (ActKind::Action(_), Some(Verb::Build(build))) if build.push.is_yes() => tags(build),
            _ => Vec::new(),
        };
        let images = place.job.trace.acts.iter().flat_map(by_act);
        Self(images.map(|image| key(NameKind::Image, &image)).collect())
    }
}
