//! A fix with the findings that it is for.

use std::collections::HashMap;
use std::sync::Arc;

use super::apply::Taken;
use super::judge::{Failed, key};
use super::prove::Unproven;
use crate::edit::{Edit, Fix};
use crate::finding::{Finding, Level};
use crate::rewrite::Rewrite;

/// A fix with the findings that it is for.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) fix: Arc<Fix>,
    pub(super) findings: Vec<Finding>,
}

/// Candidates none of which may change what another was made from: no two want the same bytes, and in one job, where a
/// name that one changes may stand in what another adds, there are only those that are about their own words.
#[derive(Default)]
pub(super) struct Apart {
    taken: Taken,
    /// By job the rewrite of what is changed there, as long as others of it may join; what belongs to no job counts
    /// by its file.
    jobs: HashMap<(Arc<str>, Option<String>), Option<&'static str>>,
}

impl Apart {
    /// Adds a candidate, unless it meets one that is there.
    pub(super) fn add(&mut self, candidate: &Candidate) -> bool {
        let rewrite = candidate.fix.rewrite;
        let is_about_its_own = Rewrite::named(rewrite).is_some_and(|rewrite| rewrite.is_about_its_own);
        let meets = |job: &(Arc<str>, Option<String>)| {
            self.jobs.get(job).is_some_and(|known| *known != Some(rewrite) || !is_about_its_own)
        };
        let jobs: Vec<_> = candidate.findings.iter().map(|one| (one.workflow().clone(), one.job.clone())).collect();
        if self.taken.meets(&candidate.fix) || jobs.iter().any(meets) {
            // In a job nothing overtakes what waits.
            for job in jobs {
                self.jobs.entry(job).and_modify(|known| *known = None);
            }
            return false;
        }
        self.taken.take(&candidate.fix);
        self.jobs.extend(jobs.into_iter().map(|job| (job, Some(rewrite))));
        true
    }
}

impl Candidate {
    /// The level of the worst it repairs.
    pub(super) fn level(&self) -> Option<Level> {
        self.findings.iter().map(|finding| finding.level).max()
    }

    /// Whether two plans, made before and after others were applied, are one: places may have moved.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let keys = |candidate: &Self| candidate.findings.iter().map(key).collect::<Vec<_>>();
        self.findings.len() == other.findings.len() && same_change(&self.fix, &other.fix) && keys(self) == keys(other)
    }

    /// The same, for a plan with some of the other's findings.
    pub(super) fn is_part_of(&self, other: &Self) -> bool {
        let has = |finding: &Finding| other.findings.iter().any(|known| key(known) == key(finding));
        same_change(&self.fix, &other.fix) && self.findings.iter().all(has)
    }

    /// The same fix for the others of its findings, where only some of them would still be there.
    pub(super) fn without(&self, failed: &Failed) -> Option<Self> {
        let at = failed.at.as_ref().filter(|_| *failed.unproven == Unproven::Remains)?;
        let remains = |finding: &Finding| key(finding) == *at && failed.remain.contains(&finding.subject);
        let (stay, go): (Vec<Finding>, Vec<Finding>) = self.findings.iter().cloned().partition(remains);
        (!stay.is_empty() && !go.is_empty()).then(|| Self { fix: self.fix.clone(), findings: go })
    }

    /// Whether it has to do with what failed.
    pub(super) fn is_suspect(&self, failed: &Failed) -> bool {
        let Some((rule, path, job)) = &failed.at else { return false };
        let is_near = |finding: &Finding| finding.location.path == *path && finding.job == *job;
        match *failed.unproven {
            Unproven::Remains => self.findings.iter().any(|finding| finding.rule == *rule && is_near(finding)),
            _ => self.findings.iter().any(is_near) || self.fix.edits.iter().any(|edit| edit.path == *path),
        }
    }
}

/// The fixes of candidates.
pub(super) fn fixes(chosen: &[Candidate]) -> Vec<&Fix> {
    chosen.iter().map(|candidate| candidate.fix.as_ref()).collect()
}

/// Whether two fixes replace the same texts by the same, wherever.
fn same_change(one: &Fix, other: &Fix) -> bool {
    let is_same = |(one, other): (&Edit, &Edit)| one.path == other.path && one.old == other.old && one.new == other.new;
    one.rewrite == other.rewrite
        && one.edits.len() == other.edits.len()
        && one.edits.iter().zip(&other.edits).all(is_same)
        && one.creates == other.creates
}
