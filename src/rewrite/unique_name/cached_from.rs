//! Whether a build takes layers from the image of the run before, by the tag that all runs share.

use super::super::{Place, Scene, Withheld};
use super::Name;
use super::reference::{NameKind, same};
use crate::docker::{Build, Verb};
use crate::symbol::Value;
use crate::trace::Act;
use crate::yaml::Node;

/// The builds of a job that take layers from images, or leave them under a name.
struct Cached(Vec<usize>);

/// Refuses a tag that a build takes its layers from, or leaves them under: `docker build -t app:ci --cache-from app:ci
/// .`. Under a tag of the run's own there is never an image before the build.
///
/// # Errors
/// When a build does, or a service of a compose file.
pub fn is_no_cache(scene: &Scene<'_>, place: &Place<'_>, name: &Name) -> Result<(), Withheld> {
    let is_it = |value: &Value| same(NameKind::Image, value, &name.value);
    let acts = &place.job.trace.acts;
    let cached = place.reading.of_job(place.job, || {
        let has_cache = |index: &usize| build(&acts[*index]).is_some_and(|build| build.cache_images().next().is_some());
        Cached((0..acts.len()).filter(has_cache).collect())
    });
    let mut cached = cached.0.iter().filter_map(|index| acts.get(*index));
    let by_act = cached.find(|act| build(act).is_some_and(|build| build.cache_images().any(|image| is_it(&image))));
    let by = by_act.map(|act| act.text.clone()).or_else(|| by_service(scene, place, name));
    match by {
        None => Ok(()),
        Some(by) => Err(Withheld::because(format!(
            "`{by}` takes the layers of the image that has this tag, and under a tag of each run's own there would be \
             none: build it under another tag, and leave this one to the cache"
        ))),
    }
}

fn build(act: &Act) -> Option<&Build> {
    match act.verb() {
        Some(Verb::Build(build)) => Some(build),
        _ => None,
    }
}

/// The `cache_from:` or `cache_to:` of a compose service that says the image as the file's `image:` does.
fn by_service(scene: &Scene<'_>, place: &Place<'_>, name: &Name) -> Option<String> {
    let services = place.job.stacks.values().flat_map(|stack| &stack.services);
    let own = services.filter(|service| {
        service.builds && service.image.as_ref().is_some_and(|image| same(NameKind::Image, image, &name.value))
    });
    own.filter_map(|service| service.image_at.as_ref()).find_map(|at| {
        let tree = scene.tree(&at.path)?;
        let image = tree.source().slice(at.span).trim_matches(['"', '\'']);
        let entries = tree.nodes().flat_map(|node| node.own_entries().collect::<Vec<_>>());
        let mut caches = entries.filter(|entry| matches!(entry.key.as_str(), Some("cache_from" | "cache_to")));
        let says =
            |node: Node<'_>| node.as_str().is_some_and(|text| text == image || text.contains(&format!("ref={image}")));
        let found = caches.find(|entry| says(entry.value) || entry.value.items().any(says))?;
        Some(format!("{}:", found.key.as_str()?))
    })
}
