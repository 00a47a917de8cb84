//! What a step removes, in the words of its name: "Remove the postgres container and the network".

use super::leak::Leak;
use super::naming::basename;
use crate::facts::listed;
use crate::lifecycle::resource::ResourceKind;

/// The kinds in the order in which they are named, and their words.
const KINDS: [(ResourceKind, &str); 6] = [
    (ResourceKind::Container, "container"),
    (ResourceKind::Project, "compose project"),
    (ResourceKind::Cluster, "cluster"),
    (ResourceKind::Builder, "builder"),
    (ResourceKind::Network, "network"),
    (ResourceKind::Volume, "volume"),
];

/// What is removed: of each its kind, and of a container its image's own name where that is known.
#[derive(Debug, Default)]
pub(super) struct Things(Vec<(ResourceKind, Option<String>)>);

impl Things {
    /// Those that leak.
    pub(super) fn of(leaks: &[Leak<'_>]) -> Self {
        let mut things = Self::default();
        leaks.iter().for_each(|leak| things.add(leak));
        things
    }

    /// Adds one.
    pub(super) fn add(&mut self, leak: &Leak<'_>) {
        let image = leak.resource.image.as_ref().filter(|_| leak.resource.kind == ResourceKind::Container);
        let whole = image.filter(|image| {
            let last = image.prefix().rsplit('/').next().unwrap_or_default();
            image.as_literal().is_some() || last.contains([':', '@'])
        });
        let image = whole.map(|image| basename(image.prefix())).filter(|image| !image.is_empty());
        self.0.push((leak.resource.kind, image));
    }

    /// The name of the step.
    pub(super) fn title(&self) -> String {
        let phrases = KINDS.into_iter().filter_map(|(kind, word)| self.phrase(kind, word));
        format!("Remove {}", listed(&phrases.collect::<Vec<_>>(), "and"))
    }

    fn phrase(&self, kind: ResourceKind, word: &str) -> Option<String> {
        let own: Vec<Option<&str>> =
            self.0.iter().filter(|thing| thing.0 == kind).map(|thing| thing.1.as_deref()).collect();
        let plural = if own.len() > 1 { "s" } else { "" };
        let mut images: Vec<&str> = own.iter().copied().flatten().collect();
        images.dedup();
        let known = own.iter().all(Option::is_some) && images.len() <= 2;
        let images: Vec<String> = images.into_iter().map(str::to_owned).collect();
        match own.len() {
            0 => None,
            _ if known && !images.is_empty() => Some(format!("the {} {word}{plural}", listed(&images, "and"))),
            _ => Some(format!("the {word}{plural}")),
        }
    }
}
