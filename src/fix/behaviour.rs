//! How jobs behave, played as they were and as changed files have them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check::{JobName, Stage};
use crate::rehearsal::{Carry, Original, Verdict};

/// Jobs as they were, played: once for all that is tried on them.
pub type Originals = BTreeMap<JobName, Original>;

/// What is worse of each job that is read from changed files, played as it was and as it is; those of which nothing is
/// worse are left out.
pub fn behaviour(
    first: &Stage,
    then: &Stage,
    changed: &BTreeMap<String, (String, String)>,
    only: Option<&JobName>,
    known: &mut Originals,
) -> Vec<(JobName, Verdict)> {
    let texts = changed.iter().map(|(path, (old, new))| (path.as_str(), old.as_str(), new.as_str()));
    let carry = Carry::of(texts);
    let is_wanted = |job: &JobName| {
        let is_read = |path: &Arc<str>| changed.contains_key(&**path);
        only.is_none_or(|only| only == job) && first.files(job).iter().any(is_read)
    };
    let jobs = first.jobs().into_iter().filter(is_wanted);
    jobs.filter_map(|job| {
        let original = known.entry(job.clone()).or_default();
        let verdict = first.with(&job, |old| then.with(&job, |new| original.against(old, new, &carry)))??;
        (verdict != Verdict::default()).then_some((job, verdict))
    })
    .collect()
}
