//! Rounds of check, prove and apply, until there is nothing left to mend.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::apply::{apply, by_file, overlap};
use super::prove::{Unproven, alone};
use crate::check::{Engine, Options, Refusal, Report, check};
use crate::edit::{Applicability, Edit, Fix, NewFile};
use crate::finding::{Finding, Level};
use crate::source::Location;

/// How many rounds there are at most: one for each fix of the job that has the most.
const MOST_ROUNDS: usize = 60;

/// A file that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Its bytes before; none when it is new.
    pub old: Option<Vec<u8>>,
    /// Its bytes after.
    pub new: Vec<u8>,
}

/// A fix that was applied, and what it repairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The fix.
    pub fix: Arc<Fix>,
    /// The findings, as they were: rule and place.
    pub findings: Vec<(String, Location)>,
}

/// A fix that was not, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropped {
    /// The finding's rule.
    pub rule: String,
    /// Its fingerprint.
    pub fingerprint: String,
    /// The proof that failed.
    pub why: String,
}

/// What mending comes to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The files that change, by shown path.
    pub files: BTreeMap<String, Changed>,
    /// The fixes, in the order they were applied.
    pub applied: Vec<Applied>,
    /// The fixes that failed a proof, each finding once.
    pub dropped: Vec<Dropped>,
    /// What is found afterwards.
    pub report: Report,
}

impl Outcome {
    /// The fixes as reports show them.
    pub fn applied(&self) -> Vec<(&Fix, Vec<(&str, &str)>)> {
        self.applied
            .iter()
            .map(|applied| {
                let findings = applied.findings.iter().map(|(rule, at)| (rule.as_str(), at.path.as_ref()));
                (applied.fix.as_ref(), findings.collect())
            })
            .collect()
    }
}

/// A fix with the findings that it is for.
struct Candidate {
    fix: Arc<Fix>,
    findings: Vec<Finding>,
}

impl Candidate {
    /// Whether one may change what the other was made from: they want the same bytes, or are about one job, where
    /// a name that the one changes may stand in what the other adds.
    fn meets(&self, other: &Self) -> bool {
        let job = |ours: &Finding, theirs: &Finding| {
            ours.job == theirs.job && (ours.location.path == theirs.location.path || ours.job.is_some())
        };
        overlap(&self.fix, &other.fix)
            || self.findings.iter().any(|ours| other.findings.iter().any(|theirs| job(ours, theirs)))
    }

    /// The level of the worst it repairs.
    fn level(&self) -> Option<Level> {
        self.findings.iter().map(|finding| finding.level).max()
    }
}

/// How many findings there are of a rule, in a file and a job.
type Counts = BTreeMap<(String, Arc<str>, Option<String>), usize>;

/// Mends what is found, in memory, with fixes that may be trusted at least so far.
///
/// # Errors
/// As [`check`].
pub fn fix(engine: &Engine, options: &Options, least: Applicability) -> Result<Outcome, Refusal> {
    let mut mending = Mending { engine, options: options.clone(), outcome: Outcome::default(), refused: Vec::new() };
    let mut report = check(engine, &mending.options)?;
    for _ in 0..MOST_ROUNDS {
        let candidates = mending.candidates(&report, least);
        let before = mending.all(&report)?;
        if candidates.is_empty() || !mending.round(&report, candidates, &before)? {
            break;
        }
        report = check(engine, &mending.options)?;
    }
    for finding in &mut report.findings {
        let dropped = mending.outcome.dropped.iter().find(|dropped| dropped.fingerprint == finding.fingerprint);
        if let Some(dropped) = dropped.filter(|dropped| dropped.rule == finding.rule) {
            finding.fix = None;
            finding.withheld = Some(dropped.why.clone());
        }
    }
    mending.outcome.report = report;
    Ok(mending.outcome)
}

struct Mending<'e> {
    engine: &'e Engine,
    /// With the overlay of what was mended so far.
    options: Options,
    outcome: Outcome,
    /// What failed a proof; it is not tried again.
    refused: Vec<(Vec<Edit>, Vec<NewFile>)>,
}

impl Mending<'_> {
    /// The fixes to try, each with all its findings.
    fn candidates(&self, report: &Report, least: Applicability) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = Vec::new();
        for finding in &report.findings {
            let Some(fix) = finding.fix.as_ref().filter(|fix| fix.applicability >= least) else { continue };
            if self.refused.iter().any(|(edits, creates)| *edits == fix.edits && *creates == fix.creates) {
                continue;
            }
            match all.iter_mut().find(|known| Arc::ptr_eq(&known.fix, fix)) {
                Some(known) => known.findings.push(finding.clone()),
                None => all.push(Candidate { fix: fix.clone(), findings: vec![finding.clone()] }),
            }
        }
        // What mends most comes first: a service that becomes a sibling needs no better spelling of its address.
        all.sort_by_key(|candidate| std::cmp::Reverse(candidate.level()));
        all
    }

    /// Applies what can be applied together. Whether anything was.
    fn round(&mut self, report: &Report, candidates: Vec<Candidate>, before: &Counts) -> Result<bool, Refusal> {
        let text_of = |path: &str| report.sources.get(path).map(|source| source.text().to_owned());
        let text_of = |path: &str| text_of(path).or_else(|| self.read(path));
        let mut chosen: Vec<Candidate> = Vec::new();
        let mut failed = Vec::new();
        for candidate in candidates {
            if chosen.iter().any(|known| known.meets(&candidate)) {
                continue;
            }
            match alone(&candidate.fix, &text_of) {
                Ok(_) => chosen.push(candidate),
                Err(unproven) => failed.push((candidate, unproven)),
            }
        }
        for (candidate, unproven) in failed {
            self.drop(&candidate, &unproven);
        }
        if chosen.is_empty() {
            return Ok(false);
        }
        if self.together(report, &chosen, before)?.is_none() {
            return Ok(true);
        }
        // One of them fails: each by itself, the next one on top of those that held.
        for candidate in chosen {
            let now = check(self.engine, &self.options)?;
            let counts = self.all(&now)?;
            let planned = self.candidates(&now, Applicability::Display);
            let same =
                |other: &&Candidate| self.is_same(&other.fix, &candidate.fix, &other.findings, &candidate.findings);
            let Some(again) = planned.iter().find(same) else { continue };
            if let Some(unproven) = self.together(&now, std::slice::from_ref(again), &counts)? {
                self.drop(again, &unproven);
            }
        }
        Ok(true)
    }

    /// Whether two plans, made before and after others were applied, are one.
    fn is_same(&self, one: &Fix, other: &Fix, ours: &[Finding], theirs: &[Finding]) -> bool {
        let prints =
            |findings: &[Finding]| findings.iter().map(|finding| finding.fingerprint.clone()).collect::<Vec<_>>();
        one.rewrite == other.rewrite && one.title == other.title && prints(ours) == prints(theirs)
    }

    /// Applies fixes that do not overlap, and keeps them when proof (d) holds; else says why not.
    fn together(
        &mut self,
        report: &Report,
        chosen: &[Candidate],
        before: &Counts,
    ) -> Result<Option<Unproven>, Refusal> {
        let files = match self.texts(report, chosen) {
            Ok(files) => files,
            Err(unproven) => return Ok(Some(unproven)),
        };
        let mut options = self.options.clone();
        options.overlay.extend(files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())));
        let mending = Options { select: Vec::new(), ignore: Vec::new(), ..options.clone() };
        let after = check(self.engine, &mending)?;
        if let Some(unproven) = judged(chosen, before, &after) {
            return Ok(Some(unproven));
        }
        for (path, new) in files {
            let old = self.original(report, &path);
            let changed = self.outcome.files.entry(path).or_insert(Changed { old, new: Vec::new() });
            changed.new = new.into_bytes();
        }
        self.options = options;
        let applied = chosen.iter().map(|candidate| Applied {
            fix: candidate.fix.clone(),
            findings: candidate
                .findings
                .iter()
                .map(|finding| (finding.rule.clone(), finding.location.clone()))
                .collect(),
        });
        self.outcome.applied.extend(applied);
        Ok(None)
    }

    fn texts(&self, report: &Report, chosen: &[Candidate]) -> Result<BTreeMap<String, String>, Unproven> {
        let fixes = || chosen.iter().map(|candidate| candidate.fix.as_ref());
        let mut files = BTreeMap::new();
        for (path, edits) in by_file(fixes()) {
            let known = report.sources.get(&path).map(|source| source.text().to_owned());
            let text = known.or_else(|| self.read(&path)).ok_or_else(|| Unproven::NoFile(path.to_string()))?;
            files.insert(path.to_string(), apply(&text, edits)?);
        }
        files.extend(fixes().flat_map(|fix| &fix.creates).map(|file| (file.path.to_string(), file.text.clone())));
        Ok(files)
    }

    /// A file that no finding pointed at.
    fn read(&self, path: &str) -> Option<String> {
        let bytes = match self.options.overlay.get(path) {
            Some(bytes) => bytes.clone(),
            None => std::fs::read(self.options.here.join(path)).ok()?,
        };
        String::from_utf8(bytes).ok()
    }

    /// A file as it was before anything was mended.
    fn original(&self, report: &Report, path: &str) -> Option<Vec<u8>> {
        let known = report.sources.get(path).map(|source| source.text().as_bytes().to_vec());
        known.or_else(|| self.read(path).map(String::into_bytes))
    }

    /// The counts of all findings, also of rules that were not asked for: a fix may make none of those either.
    fn all(&self, report: &Report) -> Result<Counts, Refusal> {
        if self.options.select.is_empty() && self.options.ignore.is_empty() {
            return Ok(counts(report));
        }
        let options = Options { select: Vec::new(), ignore: Vec::new(), ..self.options.clone() };
        Ok(counts(&check(self.engine, &options)?))
    }

    fn drop(&mut self, candidate: &Candidate, unproven: &Unproven) {
        self.refused.push((candidate.fix.edits.clone(), candidate.fix.creates.clone()));
        let dropped = candidate.findings.iter().map(|finding| Dropped {
            rule: finding.rule.clone(),
            fingerprint: finding.fingerprint.clone(),
            why: format!("a fix ({}) was made and dropped: {unproven}", candidate.fix.title),
        });
        self.outcome.dropped.extend(dropped);
    }
}

fn key(finding: &Finding) -> (String, Arc<str>, Option<String>) {
    (finding.rule.clone(), finding.location.path.clone(), finding.job.clone())
}

fn counts(report: &Report) -> Counts {
    let mut counts = Counts::new();
    for finding in &report.findings {
        *counts.entry(key(finding)).or_default() += 1;
    }
    counts
}

/// (d) The findings are gone, and no others have come but those that a fix announces.
fn judged(chosen: &[Candidate], before: &Counts, after: &Report) -> Option<Unproven> {
    let mut expected = before.clone();
    for finding in chosen.iter().flat_map(|candidate| &candidate.findings) {
        if let Some(count) = expected.get_mut(&key(finding)) {
            *count = count.saturating_sub(1);
        }
    }
    let announced = |rule: &str| chosen.iter().any(|candidate| candidate.fix.follow_ups.contains(&rule));
    for (key, found) in counts(after) {
        if found <= expected.get(&key).copied().unwrap_or_default() || announced(&key.0) {
            continue;
        }
        let was_there = before.get(&key).is_some_and(|count| found <= *count);
        return Some(if was_there { Unproven::Remains } else { Unproven::NewFinding(key.0) });
    }
    None
}
