//! How jobs behave, played as they were and as changed files have them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::check::{JobName, Stage};
use crate::rehearsal::{Carry, Depth, Original, Shape, Verdict};

/// So many jobs are played whole, whatever they do.
const PLAYED_WHOLE: usize = 16;

/// What was played of jobs: each once as it was, and once for each text that was tried.
#[derive(Debug, Default)]
pub struct Played {
    originals: BTreeMap<JobName, Original>,
    verdicts: BTreeMap<(JobName, Digested, Depth), Verdict>,
}

/// The digest of changed texts.
type Digested = [u8; 32];

impl Played {
    /// What is worse of each job that is read from changed files, played as it was and as it is; those of which nothing
    /// is worse are left out.
    pub fn behaviour(
        &mut self,
        first: &Stage,
        then: &Stage,
        changed: &BTreeMap<String, (String, String)>,
        only: Option<&JobName>,
    ) -> Vec<(JobName, Verdict)> {
        let texts = changed.iter().map(|(path, (old, new))| (path.as_str(), old.as_str(), new.as_str()));
        let carry = Carry::of(texts);
        let is_wanted = |job: &JobName| {
            let is_read = |path: &Arc<str>| changed.contains_key(&**path);
            only.is_none_or(|only| only == job) && first.files(job).iter().any(is_read)
        };
        let wanted: Vec<JobName> = first.jobs().into_iter().filter(is_wanted).collect();
        let digests = digests([first, then], changed, &wanted);
        let depths = depths(first, &wanted, &|path| changed.contains_key(path));
        let mut all = Vec::new();
        for (job, depth) in wanted.into_iter().zip(depths) {
            let key = (job.clone(), digests.get(&job.0).copied().unwrap_or_default(), depth);
            let verdict = match self.verdicts.get(&key) {
                Some(known) => known.clone(),
                None => {
                    let original = self.originals.entry(job.clone()).or_default();
                    let played =
                        first.with(&job, |old| then.with(&job, |new| original.against(old, new, &carry, depth)));
                    let verdict = played.flatten().unwrap_or_default();
                    self.verdicts.insert(key, verdict.clone());
                    verdict
                }
            };
            if verdict != Verdict::default() {
                all.push((job, verdict));
            }
        }
        all
    }
}

/// How much of each job is played: where very many call what is changed (one script that all workflows of a repository
/// run), those that do the same at the daemon by it as another one are played less.
fn depths(stage: &Stage, jobs: &[JobName], is_changed: &dyn Fn(&str) -> bool) -> Vec<Depth> {
    if jobs.len() <= PLAYED_WHOLE {
        return vec![Depth::Whole; jobs.len()];
    }
    let mut whole: Vec<Shape> = Vec::new();
    let depth = |(number, job): (usize, &JobName)| {
        let Some(shape) = stage.with(job, |staged| Shape::of(staged, is_changed)) else { return Depth::Whole };
        let is_known = whole.contains(&shape);
        if !is_known {
            whole.push(shape);
        }
        if is_known && number >= PLAYED_WHOLE { Depth::Well } else { Depth::Whole }
    };
    jobs.iter().enumerate().map(depth).collect()
}

/// By workflow of those jobs, the changed files that its jobs are read from, before or now: by their names and texts.
/// Jobs of one workflow may be played together.
fn digests(
    stages: [&Stage; 2],
    changed: &BTreeMap<String, (String, String)>,
    wanted: &[JobName],
) -> BTreeMap<Arc<str>, Digested> {
    let mut read: BTreeMap<Arc<str>, BTreeSet<Arc<str>>> =
        wanted.iter().map(|(workflow, _)| (workflow.clone(), BTreeSet::new())).collect();
    for stage in stages {
        for job in stage.jobs() {
            if let Some(files) = read.get_mut(&job.0) {
                files.extend(stage.files(&job));
            }
        }
    }
    let digest = |files: BTreeSet<Arc<str>>| -> Digested {
        let mut digest = Sha256::new();
        for (path, (_, new)) in changed.iter().filter(|(path, _)| files.contains(path.as_str())) {
            for part in [path, new] {
                digest.update(part.len().to_le_bytes());
                digest.update(part);
            }
        }
        digest.finalize().into()
    };
    read.into_iter().map(|(workflow, files)| (workflow, digest(files))).collect()
}
