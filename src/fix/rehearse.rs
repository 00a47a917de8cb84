//! Proof (f): the jobs behave, played as they were and as they would be (RULES 10).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::behaviour::behaviour;
use super::candidate::Candidate;
use super::mending::Mending;
use super::prove::Unproven;
use crate::check::{JobName, Refusal};
use crate::edit::{Applicability, Fix};
use crate::rehearsal::Verdict;

/// How often jobs that got worse are mended again without what made them so.
const MOST_TRIES: usize = 24;

/// A job that fixes made worse.
struct Spoilt {
    job: JobName,
    files: BTreeSet<Arc<str>>,
    why: Unproven,
}

impl Mending<'_> {
    /// Plays the jobs that were touched. All fixes of a job are judged together; only where that is worse are they
    /// taken apart, and those that make it worse are left out.
    pub(super) fn rehearse(&mut self, least: Applicability) -> Result<(), Refusal> {
        for _ in 0..MOST_TRIES {
            let Some(spoilt) = self.spoilt(least, None) else { return Ok(()) };
            self.take_apart(least, &spoilt)?;
        }
        // Whatever is still worse is not written at all.
        while let Some(spoilt) = self.spoilt(least, None) {
            let own = self.own(&spoilt);
            if own.is_empty() {
                break;
            }
            self.without(least, own, &spoilt.why)?;
        }
        Ok(())
    }

    /// Leaves out the one fix without which the job is no worse than it was, or else all of the job.
    fn take_apart(&mut self, least: Applicability, spoilt: &Spoilt) -> Result<(), Refusal> {
        let own = self.own(spoilt);
        let known = self.banned();
        if own.len() > 1 {
            for one in own.iter().rev() {
                self.without(least, vec![one.clone()], &spoilt.why)?;
                if self.spoilt(least, Some(&spoilt.job)).is_none() {
                    return Ok(());
                }
                self.allow_again(known);
            }
        }
        self.without(least, own, &spoilt.why)
    }

    fn without(&mut self, least: Applicability, these: Vec<Candidate>, why: &Unproven) -> Result<(), Refusal> {
        self.begin_without(these.into_iter().map(|candidate| (candidate, why.clone())).collect());
        self.mend(least)
    }

    /// The fixes that were made of a job; where none is its own, those that changed what it is read from.
    fn own(&self, spoilt: &Spoilt) -> Vec<Candidate> {
        let all = |is_it: &dyn Fn(&Candidate) -> bool| -> Vec<Candidate> {
            self.kept.iter().filter(|candidate| is_it(candidate)).cloned().collect()
        };
        let own = all(&|candidate| candidate.concerns(&spoilt.job, &spoilt.files));
        if own.is_empty() { all(&|candidate| candidate.edits_any(&spoilt.files)) } else { own }
    }

    /// The first job that is worse than it was; `only` that one, where it is given. What is worse only in some cases
    /// makes its fixes unsafe.
    fn spoilt(&mut self, least: Applicability, only: Option<&JobName>) -> Option<Spoilt> {
        let changed = self.state.overlay.keys().filter_map(|path| self.texts_of(path)).collect();
        let mut doubts = Vec::new();
        let mut originals = std::mem::take(&mut self.originals);
        let found = behaviour(&self.first.stage, &self.state.stage, &changed, only, &mut originals);
        self.originals = originals;
        for (job, Verdict { worse, doubtful }) in found {
            let files = self.first.stage.files(&job);
            let dropped =
                worse.iter().find(|worse| !worse.is_bearable).map(|worst| Unproven::Behaviour(worst.story.clone()));
            let not_safe = || {
                let doubt = worse.first().or(doubtful.first()).filter(|_| least == Applicability::Safe)?;
                Some(Unproven::Unsafe(doubt.story.clone()))
            };
            if let Some(why) = dropped.or_else(not_safe) {
                return Some(Spoilt { job, files, why });
            }
            doubts.extend(worse.into_iter().chain(doubtful).next().map(|worst| (job, files, worst.story)));
        }
        if only.is_none() {
            for (job, files, story) in doubts {
                self.doubt(&job, &files, &story);
            }
        }
        None
    }

    /// The fixes of a job become unsafe, and say why; where one of them is unsafe already, it is that one's doing, and
    /// it has said why.
    fn doubt(&mut self, job: &JobName, files: &BTreeSet<Arc<str>>, story: &str) {
        let has_own = self.kept.iter().any(|candidate| candidate.concerns(job, files));
        let own = |candidate: &Candidate| {
            if has_own { candidate.concerns(job, files) } else { candidate.edits_any(files) }
        };
        if self.kept.iter().any(|candidate| own(candidate) && candidate.fix.applicability == Applicability::Unsafe) {
            return;
        }
        for (candidate, applied) in self.kept.iter().zip(&mut self.outcome.applied) {
            if own(candidate) && applied.fix.applicability == Applicability::Safe {
                let why = Some(story.to_owned());
                applied.fix = Arc::new(Fix { applicability: Applicability::Unsafe, why, ..(*applied.fix).clone() });
            }
        }
    }

    /// A changed file's path, as it was and as it is.
    fn texts_of(&self, path: &str) -> Option<(String, (String, String))> {
        let old = String::from_utf8(self.original(path).unwrap_or_default()).ok()?;
        let new = String::from_utf8(self.state.overlay.get(path)?.clone()).ok()?;
        Some((path.to_owned(), (old, new)))
    }
}
