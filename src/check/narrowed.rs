//! What is found and not told: what a baseline knows, and what no change has touched.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::known::Known;
use super::report::{Baselined, KnownFinding, Report};
use super::{Options, Refusal, Stage};
use crate::baseline::{Baseline, Entry, Key};
use crate::discover::display_path;
use crate::door::git::Changed;
use crate::finding::Finding;

/// A finding, and the number of its repository.
pub(super) type Owned = (usize, Finding);

/// Sets aside what no change has touched, then what the baseline knows. Both are in [`Report::others`] from then on.
///
/// # Errors
/// [`Refusal`] when it is not known what has changed in a repository.
pub(super) fn narrow(
    options: &Options,
    models: &[Arc<Known>],
    mut findings: Vec<Owned>,
    report: &mut Report,
) -> Result<Vec<Owned>, Refusal> {
    if let Some(changed) = &options.changed {
        let touched = models.iter().map(|known| Touched::new(changed, known, options));
        let touched = touched.collect::<Result<Vec<Touched<'_>>, Refusal>>()?;
        let is_untouched = |(owner, finding): &mut Owned| touched.get(*owner).is_some_and(|at| !at.has(finding));
        let untouched: Vec<Owned> = findings.extract_if(.., is_untouched).collect();
        report.untouched = untouched.len();
        report.others.extend(untouched.into_iter().map(|(_, finding)| finding));
    }
    if let Some(baseline) = &options.baseline {
        let entry = |finding: &Finding| baseline.get(&key(baseline, report, finding)?).cloned();
        let (mut known, mut new) = (Vec::new(), Vec::new());
        for (owner, finding) in findings {
            match entry(&finding) {
                Some(entry) => known.push(KnownFinding { finding, entry }),
                None => new.push((owner, finding)),
            }
        }
        findings = new;
        let seen = known.iter().map(|known| &known.finding).chain(&report.others);
        let seen: BTreeSet<Key> = seen.filter_map(|finding| key(baseline, report, finding)).collect();
        // What is not read may hold what an entry stands for, or call it.
        let is_whole = !report.is_incomplete();
        let is_stale =
            |entry: &&Entry| is_whole && !seen.contains(&entry.key()) && is_covered(options, baseline, models, entry);
        let stale = baseline.entries().filter(is_stale).cloned().collect();
        report.others.extend(known.iter().map(|known| known.finding.clone()));
        report.baseline = Some(Baselined { known, stale });
    }
    Ok(findings)
}

/// The baseline as it is after this check: what matches nothing any more is gone, what was found and not known is
/// there.
pub fn renewed(baseline: &Baseline, report: &Report, date: &str) -> Baseline {
    let stale: BTreeSet<Key> = report.baseline.iter().flat_map(|known| &known.stale).map(Entry::key).collect();
    let kept = baseline.entries().filter(|entry| !stale.contains(&entry.key())).cloned();
    let new = report.findings.iter().filter_map(|finding| {
        let (path, fingerprint) = key(baseline, report, finding)?;
        let (rule, message) = (finding.rule.clone(), finding.message.clone());
        Some(Entry { path, rule, message, date: date.to_owned(), fingerprint, notes: Default::default() })
    });
    Baseline::new(baseline.folder(), kept.chain(new).collect::<Vec<_>>())
}

fn key(baseline: &Baseline, report: &Report, finding: &Finding) -> Option<Key> {
    let (root, relative) = report.below_root(&finding.location.path)?;
    Some((display_path(&root.join(relative), baseline.folder()), finding.fingerprint.clone()))
}

/// Whether this check would have found again what an entry stands for.
fn is_covered(options: &Options, baseline: &Baseline, models: &[Arc<Known>], entry: &Entry) -> bool {
    let is_narrowed = !options.select.is_empty()
        || !options.ignore.is_empty()
        || options.no_follow
        || options.stdin.is_some()
        || options.changed.is_some();
    let covers = |known: &Arc<Known>| {
        let repository = &known.repository;
        let relative = match display_path(&repository.root, baseline.folder()).as_str() {
            "." if entry.path.starts_with("../") => None,
            "." => Some(entry.path.as_str()),
            prefix => entry.path.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')),
        };
        let shown = relative.map(|relative| repository.display(Path::new(relative)));
        shown.is_some_and(|shown| repository.only.as_ref().is_none_or(|only| only.has(&shown)))
    };
    !is_narrowed && models.iter().any(covers)
}

/// What a change touches in a repository: its files, and the jobs that are read from them.
struct Touched<'c> {
    files: &'c BTreeSet<PathBuf>,
    known: &'c Known,
    /// `path#job`
    jobs: HashSet<String>,
    /// The configuration has changed: what it makes of a finding may be another thing.
    all: bool,
}

impl<'c> Touched<'c> {
    fn new(changed: &'c Changed, known: &'c Arc<Known>, options: &Options) -> Result<Self, Refusal> {
        let root = &known.repository.root;
        if !root.starts_with(&changed.top) {
            return Err(Refusal::Changed(format!(
                "{} is not in the checkout of the working directory: check it from there",
                display_path(root, &options.here)
            )));
        }
        let all = known.settings.config.files.iter().any(|file| changed.files.contains(file));
        let mut touched = Self { files: &changed.files, known, jobs: HashSet::new(), all };
        let stage = Stage::new(vec![Arc::clone(known)], !options.no_follow);
        for workflow in &known.model.workflows {
            for traced in workflow.jobs.iter() {
                let job = traced.job.id.value();
                let read = stage.files(&(workflow.path.clone(), job.to_owned()));
                if read.iter().any(|file| touched.has_file(file)) {
                    touched.jobs.insert(format!("{}#{job}", workflow.path));
                }
            }
        }
        Ok(touched)
    }

    fn has_file(&self, shown: &str) -> bool {
        let repository = &self.known.repository;
        self.files.contains(&repository.root.join(repository.relative(shown)))
    }

    fn has(&self, finding: &Finding) -> bool {
        let own = finding.job.as_ref().map(|job| format!("{}#{job}", finding.workflow()));
        self.all
            || self.has_file(&finding.location.path)
            || finding.related.iter().any(|related| self.has_file(&related.location.path))
            || finding.chain.iter().any(|link| self.has_file(&link.location.path))
            || finding.callers.iter().chain(&own).any(|caller| self.jobs.contains(caller))
    }
}
