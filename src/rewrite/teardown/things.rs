//! What a step removes, in the words of its name: "Remove the pg container and the network".

use super::leak::Leak;
use super::naming::basename;
use crate::facts::listed;
use crate::lifecycle::resource::ResourceKind;
use crate::symbol::Value;

/// The kinds in the order in which they are named, and their words.
const KINDS: [(ResourceKind, &str); 6] = [
    (ResourceKind::Container, "container"),
    (ResourceKind::Project, "compose project"),
    (ResourceKind::Cluster, "cluster"),
    (ResourceKind::Builder, "builder"),
    (ResourceKind::Network, "network"),
    (ResourceKind::Volume, "volume"),
];

/// What of a name reads as one: what stands before the run in it, unless that says no more than where it runs.
fn word(name: &Value) -> Option<String> {
    let word = name.prefix().trim_end_matches(|c: char| !c.is_alphanumeric());
    if name.as_literal().is_none() && matches!(word, "ci" | "test" | "tests" | "tmp" | "build" | "run" | "job") {
        return None;
    }
    // "Remove the web container" is said of `web_container`.
    let ends = ["_container", "-container"].iter().find_map(|end| word.strip_suffix(end));
    let word = ends.filter(|word| word.len() > 1).unwrap_or(word);
    let is_word = word.len() > 1 && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    is_word.then(|| word.to_owned())
}

/// What is removed: of each its kind, and of a container its own name, or its image's, where that is known.
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
        let own = leak.resource.name.as_ref().filter(|_| leak.resource.kind == ResourceKind::Container);
        let own = own.and_then(word);
        self.0.push((leak.resource.kind, own.or(image)));
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
