//! The texts of a checkout that say names and ports, and those of them that the model follows: what these say is known,
//! and changed along or told by itself.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::follow::{Files, RepoPath};
use crate::rewrite::Scene;
use crate::source::Source;

/// So many bytes of texts are read in one search.
const MOST_BYTES: usize = 1 << 25;

/// The texts that something may read a name or a port in: see [`Files::of_texts`]. They are listed once.
pub(in crate::rewrite) struct Texts {
    paths: Vec<RepoPath>,
    /// There are no others.
    is_all: bool,
}

impl Texts {
    /// Those of a repository.
    pub(in crate::rewrite) fn of(scene: &Scene<'_>, files: &Files) -> Rc<Self> {
        scene.reading.of_all(|| {
            let (paths, is_all) = files.of_texts();
            Self { paths, is_all }
        })
    }

    /// Each that can be read, in one search. Says whether all that there are were.
    pub(in crate::rewrite) fn each(&self, files: &Files, mut read: impl FnMut(&RepoPath, &Source)) -> bool {
        let mut bytes = 0;
        for path in &self.paths {
            let Some(source) = files.glance(path) else { continue };
            bytes += source.text().len();
            if bytes > MOST_BYTES {
                return false;
            }
            read(path, &source);
        }
        self.is_all
    }
}

/// How much of a file the model follows.
#[derive(Clone, Copy, Debug)]
pub(in crate::rewrite) enum As {
    /// All of it.
    Whole,
    /// Its recipes.
    Recipes,
}

/// The files that the model follows.
pub(in crate::rewrite) struct Followed(BTreeMap<Arc<str>, As>);

impl Followed {
    /// Those of a repository.
    pub(in crate::rewrite) fn of(scene: &Scene<'_>) -> Rc<Self> {
        scene.reading.of_all(|| Self::read(scene))
    }

    fn read(scene: &Scene<'_>) -> Self {
        let mut all: BTreeMap<Arc<str>, As> = scene.trees.keys().map(|path| (path.clone(), As::Whole)).collect();
        let mut add = |source: &Source| {
            let how = if source.kind().has_recipes() { As::Recipes } else { As::Whole };
            all.entry(source.path().clone()).or_insert(how);
        };
        for place in scene.jobs() {
            place.job.trace.acts.iter().for_each(|act| add(&act.frame.source));
            place.job.stacks.values().flat_map(|stack| &stack.sources).for_each(&mut add);
        }
        Self(all)
    }

    /// How much of one is.
    pub(in crate::rewrite) fn of_file(&self, path: &Arc<str>) -> Option<As> {
        self.0.get(path).copied()
    }
}
