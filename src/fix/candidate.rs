//! A fix with the findings that it is for.

use std::sync::Arc;

use super::apply::overlap;
use super::judge::{Failed, key};
use super::prove::Unproven;
use crate::edit::Fix;
use crate::finding::{Finding, Level};

/// A fix with the findings that it is for.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) fix: Arc<Fix>,
    pub(super) findings: Vec<Finding>,
}

impl Candidate {
    /// Whether one may change what the other was made from: they want the same bytes, or are about one job, where
    /// a name that the one changes may stand in what the other adds.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let job = |ours: &Finding, theirs: &Finding| {
            ours.job == theirs.job && (ours.location.path == theirs.location.path || ours.job.is_some())
        };
        overlap(&self.fix, &other.fix)
            || self.findings.iter().any(|ours| other.findings.iter().any(|theirs| job(ours, theirs)))
    }

    /// The level of the worst it repairs.
    pub(super) fn level(&self) -> Option<Level> {
        self.findings.iter().map(|finding| finding.level).max()
    }

    /// Whether two plans, made before and after others were applied, are one: places may have moved.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let keys = |candidate: &Self| candidate.findings.iter().map(key).collect::<Vec<_>>();
        same_change(&self.fix, &other.fix) && keys(self) == keys(other)
    }

    /// The same, for a plan with some of the other's findings.
    pub(super) fn is_part_of(&self, other: &Self) -> bool {
        let has = |finding: &Finding| other.findings.iter().any(|known| key(known) == key(finding));
        same_change(&self.fix, &other.fix) && self.findings.iter().all(has)
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
    let edits = |fix: &Fix| -> Vec<_> {
        fix.edits.iter().map(|edit| (edit.path.clone(), edit.old.clone(), edit.new.clone())).collect()
    };
    one.rewrite == other.rewrite && edits(one) == edits(other) && one.creates == other.creates
}
