//! A fix with the findings that it is for.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::apply::Taken;
use super::judge::{Failed, key};
use super::prove::Unproven;
use crate::check::JobName;
use crate::edit::{Edit, Fix};
use crate::finding::{Finding, Level};
use crate::rewrite::Rewrite;

/// A fix with the findings that it is for.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) fix: Arc<Fix>,
    pub(super) findings: Vec<Finding>,
}

/// A job that is read from files which changed.
#[derive(Clone, Debug)]
pub(super) struct Touched {
    pub(super) job: JobName,
    pub(super) files: BTreeSet<Arc<str>>,
    /// No fix is its own: those count that change what it is read from.
    pub(super) by_file: bool,
}

impl Touched {
    /// Whether a fix is one of the job's.
    pub(super) fn has(&self, candidate: &Candidate) -> bool {
        match self.by_file {
            false => candidate.concerns(&self.job, &self.files),
            true => candidate.edits_any(&self.files),
        }
    }
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
            self.jobs.extend(jobs.into_iter().map(|job| (job, None)));
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

    /// Whether it is another plan of the same rewrite for one of the same findings, which may stand elsewhere by now.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let subject = |finding: &Finding| (key(finding), finding.subject.clone());
        let own: Vec<_> = self.findings.iter().map(subject).collect();
        self.fix.rewrite == other.fix.rewrite && other.findings.iter().any(|finding| own.contains(&subject(finding)))
    }

    /// Whether it is a plan of the same rewrite for the same kind of finding in the same job: what that is about may
    /// have another name by now, which another fix gave it.
    pub(super) fn is_kin(&self, other: &Self) -> bool {
        let own: Vec<_> = self.findings.iter().map(key).collect();
        self.fix.rewrite == other.fix.rewrite && other.findings.iter().any(|finding| own.contains(&key(finding)))
    }

    /// Whether it gave a thing its name, as far as the words tell that it writes or that its findings are about: all
    /// that stand in the name before the run's numbers.
    pub(super) fn gives_name(&self, name: &str) -> bool {
        let parts = |text: &'_ str| -> Vec<String> {
            text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase).collect()
        };
        let words = |text: &str| -> BTreeSet<String> { parts(text).into_iter().collect() };
        let is_number = |word: &String| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        let name: BTreeSet<String> = parts(name).into_iter().take_while(|word| !is_number(word)).collect();
        let subjects = self.findings.iter().map(|finding| finding.subject.as_str());
        let mut said = subjects.chain(self.fix.edits.iter().map(|edit| edit.new.as_str()));
        Rewrite::named(self.fix.rewrite).is_some_and(|rewrite| rewrite.gives_names)
            && said.any(|text| name.is_subset(&words(text)))
    }

    /// The jobs that it was found in.
    pub(super) fn jobs(&self) -> impl Iterator<Item = JobName> {
        self.findings.iter().filter_map(|finding| Some((finding.workflow().clone(), finding.job.clone()?)))
    }

    /// Whether it is about a job, or a file that the job is read from.
    pub(super) fn concerns(&self, (path, job): &JobName, files: &BTreeSet<Arc<str>>) -> bool {
        let of_job = |finding: &Finding| *finding.workflow() == *path && finding.job.as_ref() == Some(job);
        let edits = |edit: &Edit| edit.path != *path && files.contains(&edit.path);
        self.findings.iter().any(of_job) || self.fix.edits.iter().any(edits)
    }

    /// Whether it changes one of these files.
    pub(super) fn edits_any(&self, files: &BTreeSet<Arc<str>>) -> bool {
        self.fix.edits.iter().any(|edit| files.contains(&edit.path))
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

#[cfg(test)]
mod tests {
    use super::super::testing::{edit, fix};
    use super::*;
    use crate::edit::NewFile;
    use crate::facts::Confidence;
    use crate::source::{Location, Span};

    fn finding(rule: &str, path: &str, job: &str) -> Finding {
        Finding {
            rule: rule.to_owned(),
            family: "names".to_owned(),
            level: Level::Error,
            confidence: Confidence::High,
            message: "it collides".to_owned(),
            help: None,
            location: Location { path: path.into(), span: Span::new(0, 1) },
            job: Some(job.to_owned()),
            step: None,
            related: Vec::new(),
            chain: Vec::new(),
            callers: Vec::new(),
            subject: "pg".to_owned(),
            fix: None,
            withheld: None,
            waits: None,
            label: None,
            fingerprint: String::new(),
        }
    }

    fn candidate(edits: Vec<Edit>, findings: Vec<Finding>) -> Candidate {
        Candidate { fix: Arc::new(fix(edits, vec![])), findings }
    }

    fn failed(unproven: Unproven, rule: &str, path: &str, job: &str) -> Failed {
        Failed {
            unproven: Box::new(unproven),
            at: Some((rule.to_owned(), path.into(), Some(job.to_owned()))),
            remain: Default::default(),
        }
    }

    #[test]
    fn the_same_change_may_have_moved_but_not_become_another() {
        let one = candidate(vec![edit("w.yml", 3, "pg", "pg-1")], vec![finding("a", "w.yml", "j")]);
        let moved = candidate(vec![edit("w.yml", 9, "pg", "pg-1")], vec![finding("a", "w.yml", "j")]);
        assert!(one.is_same(&moved) && one.is_part_of(&moved) && one.is_like(&moved));
        let others = [
            vec![edit("v.yml", 3, "pg", "pg-1")],
            vec![edit("w.yml", 3, "db", "pg-1")],
            vec![edit("w.yml", 3, "pg", "pg-2")],
            vec![edit("w.yml", 3, "pg", "pg-1"), edit("w.yml", 20, "pg", "pg-1")],
            vec![],
        ];
        for edits in others {
            let other = candidate(edits, vec![finding("a", "w.yml", "j")]);
            assert!(!one.is_same(&other) && !one.is_part_of(&other), "{other:?}");
            assert!(one.is_like(&other), "another plan for the same finding");
        }
        let mut more = one.clone();
        let file = NewFile { path: "n.yml".into(), text: String::new() };
        more.fix = Arc::new(Fix { creates: vec![file], ..(*one.fix).clone() });
        let mut renamed = one.clone();
        renamed.fix = Arc::new(Fix { rewrite: "other", ..(*one.fix).clone() });
        assert!(!one.is_same(&more) && !one.is_same(&renamed) && !one.is_like(&renamed));
    }

    #[test]
    fn a_plan_for_some_of_the_findings_is_a_part() {
        let edits = || vec![edit("w.yml", 3, "pg", "pg-1")];
        let both = candidate(edits(), vec![finding("a", "w.yml", "j"), finding("b", "w.yml", "j")]);
        let one = candidate(edits(), vec![finding("b", "w.yml", "j")]);
        let other = candidate(edits(), vec![finding("b", "w.yml", "k")]);
        assert!(one.is_part_of(&both) && !both.is_part_of(&one) && !one.is_same(&both));
        assert!(!other.is_part_of(&both) && !other.is_like(&both));
    }

    #[test]
    fn who_has_to_do_with_a_failure_is_suspected() {
        let own = candidate(vec![edit("w.yml", 3, "pg", "pg-1")], vec![finding("a", "w.yml", "j")]);
        let remains = |rule: &str, path: &str, job: &str| failed(Unproven::Remains, rule, path, job);
        assert!(own.is_suspect(&remains("a", "w.yml", "j")));
        for other in [remains("b", "w.yml", "j"), remains("a", "v.yml", "j"), remains("a", "w.yml", "k")] {
            assert!(!own.is_suspect(&other), "{other:?}");
        }
        // A new finding comes from who is near, or from who edits the file.
        let new = |path: &str, job: &str| failed(Unproven::NewFinding("z".to_owned(), path.into()), "z", path, job);
        assert!(own.is_suspect(&new("w.yml", "j")) && own.is_suspect(&new("w.yml", "k")));
        assert!(!own.is_suspect(&new("v.yml", "j")));
        let near = candidate(vec![], vec![finding("a", "w.yml", "j")]);
        assert!(near.is_suspect(&new("w.yml", "j")) && !near.is_suspect(&new("w.yml", "k")));
        assert!(!own.is_suspect(&Failed::from(Unproven::Remains)));
    }

    #[test]
    fn a_fix_concerns_the_job_it_is_found_in_and_those_that_read_what_it_edits() {
        let job = |path: &str, id: &str| (Arc::from(path), id.to_owned());
        let files = BTreeSet::from([Arc::from("w.yml"), Arc::from("x.sh")]);
        let own = candidate(vec![], vec![finding("a", "w.yml", "j")]);
        assert!(own.concerns(&job("w.yml", "j"), &files) && !own.concerns(&job("w.yml", "k"), &files));
        let script = candidate(vec![edit("x.sh", 0, "a", "b")], vec![finding("a", "v.yml", "j")]);
        assert!(script.concerns(&job("w.yml", "k"), &files));
        let neighbour = candidate(vec![edit("w.yml", 0, "a", "b")], vec![finding("a", "w.yml", "k")]);
        assert!(!neighbour.concerns(&job("w.yml", "j"), &files));
    }
}
