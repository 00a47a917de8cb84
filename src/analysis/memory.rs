//! What is known of a repository's workflows from one look at it to the next. While fixes are tried, only the workflows
//! that reach an edited file are looked at again.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::callers::Callers;
use super::model::{TracedJob, WorkflowFacts};
use crate::follow::{Asked, Files};
use crate::source::Source;

/// What is known from the last look.
#[derive(Debug, Default)]
pub struct Memory {
    files: Mutex<HashMap<PathBuf, Arc<Files>>>,
    workflows: Mutex<HashMap<Arc<str>, Known>>,
}

/// A workflow's jobs, and what they were read from.
#[derive(Debug)]
struct Known {
    source: Source,
    callers: Option<Callers>,
    asked: Asked,
    jobs: Arc<Vec<TracedJob>>,
    /// Its facts, with the workflows that sweep.
    facts: Option<(Vec<Arc<Vec<TracedJob>>>, WorkflowFacts)>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    /// The files of the repository at `root`, with these in place of those on disk; `new` makes them.
    pub fn files(&self, root: &Path, overlay: &BTreeMap<String, Vec<u8>>, new: impl FnOnce() -> Files) -> Arc<Files> {
        let mut known = lock(&self.files);
        let files = match known.get(root) {
            Some(before) => before.again(overlay),
            None => new().with(overlay),
        };
        let files = Arc::new(files);
        known.insert(root.to_owned(), files.clone());
        files
    }

    /// The jobs of a workflow, traced unless nothing has changed that they were read from.
    pub(super) fn jobs(
        &self,
        files: &Files,
        source: &Source,
        callers: Option<&Callers>,
        trace: impl FnOnce() -> Vec<TracedJob>,
    ) -> Arc<Vec<TracedJob>> {
        let known = lock(&self.workflows);
        let same = |known: &&Known| {
            known.source.text() == source.text() && known.callers.as_ref() == callers && files.are_still(&known.asked)
        };
        if let Some(known) = known.get(source.path()).filter(same) {
            return known.jobs.clone();
        }
        drop(known);
        files.forget_asked();
        let jobs = Arc::new(trace());
        let (source, callers, asked) = (source.clone(), callers.cloned(), files.asked());
        let new = Known { source, callers, asked, jobs: jobs.clone(), facts: None };
        lock(&self.workflows).insert(new.source.path().clone(), new);
        jobs
    }

    /// The facts of a workflow with these jobs, where those of `sweepers` sweep.
    pub(super) fn facts(
        &self,
        path: &Arc<str>,
        jobs: &Arc<Vec<TracedJob>>,
        sweepers: &[Arc<Vec<TracedJob>>],
        derive: impl FnOnce() -> WorkflowFacts,
    ) -> WorkflowFacts {
        let same = |known: &[Arc<Vec<TracedJob>>]| {
            known.len() == sweepers.len() && known.iter().zip(sweepers).all(|(one, other)| Arc::ptr_eq(one, other))
        };
        let own = |known: &&mut Known| Arc::ptr_eq(&known.jobs, jobs);
        let known = lock(&self.workflows).get_mut(path).filter(own).and_then(|known| known.facts.clone());
        if let Some((_, facts)) = known.filter(|(sweepers, _)| same(sweepers)) {
            return facts;
        }
        let facts = derive();
        if let Some(known) = lock(&self.workflows).get_mut(path).filter(own) {
            known.facts = Some((sweepers.to_vec(), facts.clone()));
        }
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::model::Analysis;
    use crate::analysis::{AnalysisInput, analyse};
    use crate::yaml::Tree;

    const SCRIPT: &str = "docker run -d --name pg postgres:16\n";

    fn tree(path: &str, run: &str) -> Tree {
        let text = format!("on: push\njobs:\n  {}:\n    runs-on: x\n    steps:\n      - run: {run}\n", &path[..1]);
        crate::yaml::parse(&Source::new(path, text.into_bytes()).expect("UTF-8")).expect("YAML")
    }

    fn look(files: &Files, trees: &[Tree], memory: Option<&Memory>) -> Analysis {
        let trees: Vec<&Tree> = trees.iter().collect();
        analyse(&AnalysisInput { memory, ..AnalysisInput::unconfigured(files, &trees) })
    }

    fn names(analysis: &Analysis) -> Vec<String> {
        let claims = analysis.facts.iter().filter(|fact| fact.kind.name == "name-claim");
        claims.map(|fact| fact.subject.clone()).collect()
    }

    #[test]
    fn only_what_reaches_an_edited_file_is_looked_at_again() {
        let files = Files::in_memory([("ci/a.sh", SCRIPT), ("ci/b.sh", "bash ci/new.sh\n")]);
        let trees = ["a.yml", "b.yml", "c.yml"].map(|path| tree(path, &format!("bash ci/{}.sh", &path[..1])));
        let memory = Memory::default();
        let before = look(&files, &trees, Some(&memory));
        for (path, text, changed) in [
            ("ci/a.sh", "docker run -d --name redis redis:7\n", [true, false, false]),
            ("ci/new.sh", SCRIPT, [false, true, false]),
            ("ci/other.sh", SCRIPT, [false, false, false]),
        ] {
            let files = files.again(&BTreeMap::from([(path.to_owned(), text.as_bytes().to_vec())]));
            // Each edit is held against what was there before it.
            let base = look(&files.again(&BTreeMap::new()), &trees, Some(&memory));
            let after = look(&files, &trees, Some(&memory));
            let again: Vec<bool> = base
                .workflows
                .iter()
                .zip(&after.workflows)
                .map(|(one, other)| !Arc::ptr_eq(&one.jobs, &other.jobs))
                .collect();
            assert_eq!(again, changed, "{path}");
            assert_eq!(names(&after), names(&look(&files, &trees, None)), "{path}");
        }
        assert_eq!(names(&before), ["container pg"]);
    }

    #[test]
    fn an_edited_workflow_is_looked_at_again() {
        let files = Files::in_memory([("ci/a.sh", SCRIPT)]);
        let memory = Memory::default();
        let before = look(&files, &[tree("a.yml", "bash ci/a.sh"), tree("b.yml", "true")], Some(&memory));
        let after =
            look(&files, &[tree("a.yml", "bash ci/a.sh"), tree("b.yml", "docker run --name x y")], Some(&memory));
        assert!(Arc::ptr_eq(&before.workflows[0].jobs, &after.workflows[0].jobs));
        assert_eq!(names(&after), ["container pg", "container x"]);
    }
}
