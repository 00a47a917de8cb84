//! Which jobs run something of a file.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::reading::{Reading, Workflows};

/// The jobs that run something of each file, or read it as a compose file: their workflows, and their places among the
/// jobs of these that run.
pub struct RunBy(HashMap<Arc<str>, BTreeSet<(Arc<str>, usize)>>);

impl RunBy {
    /// Those of a repository.
    pub fn of(workflows: &Workflows<'_>, reading: &Reading) -> Rc<Self> {
        reading.of_all(|| {
            let mut all: HashMap<Arc<str>, BTreeSet<(Arc<str>, usize)>> = HashMap::new();
            for analysed in workflows.iter() {
                for (at, job) in analysed.jobs.iter().enumerate() {
                    let run = job.trace.acts.iter().map(|act| &act.frame.source);
                    let composed = job.stacks.values().flat_map(|stack| &stack.sources);
                    for source in run.chain(composed) {
                        all.entry(source.path().clone()).or_default().insert((analysed.path.clone(), at));
                    }
                }
            }
            Self(all)
        })
    }

    /// Those of a file.
    pub fn file(&self, path: &str) -> impl ExactSizeIterator<Item = &(Arc<str>, usize)> {
        static NONE: BTreeSet<(Arc<str>, usize)> = BTreeSet::new();
        self.0.get(path).unwrap_or(&NONE).iter()
    }
}
