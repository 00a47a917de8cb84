//! What a check found, as data. `crate::report` makes text of it.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::silenced::Silenced;
use crate::baseline::Entry;
use crate::discover::Skipped;
use crate::finding::{Finding, Level};
use crate::rules::Rule;
use crate::source::{Location, Source, Span};
use crate::suppress::Ignored;

/// Findings that are not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Because too little is known about the runner.
    pub runner: usize,
    /// Those of them in workflows that GitHub runs.
    pub on_github: usize,
    /// Those of them in workflows that Forgejo runs.
    pub on_forgejo: usize,
    /// Because something else is not known.
    pub other: usize,
}

impl Hidden {
    /// All of them.
    pub fn total(self) -> usize {
        self.runner + self.other
    }
}

/// Something that could not be read or analysed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputError {
    /// The file or directory.
    pub path: String,
    /// Where in it.
    pub span: Option<Span>,
    /// What is wrong, and what to do.
    pub message: String,
}

/// A finding that the baseline knows.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownFinding {
    /// The finding, as it is now.
    pub finding: Finding,
    /// Its entry in the baseline.
    pub entry: Entry,
}

/// What a baseline has to do with what was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baselined {
    /// The findings that it knows: they are not told again.
    pub known: Vec<KnownFinding>,
    /// Its entries that match nothing any more.
    pub stale: Vec<Entry>,
}

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The findings, ordered by place.
    pub findings: Vec<Finding>,
    /// What was found besides: in files or of rules that were not asked for, or not sure enough to be shown.
    /// A fix may add none of those either.
    pub others: Vec<Finding>,
    /// What is not sure enough to be shown.
    pub hidden: Hidden,
    /// What the baseline knows, where there is one.
    pub baseline: Option<Baselined>,
    /// How many findings are left out because nothing that they rest on has changed.
    pub untouched: usize,
    /// What comments suppress, ordered by place.
    pub ignored: Vec<Ignored>,
    /// The rules that configurations add.
    pub own_rules: Vec<Rule>,
    /// What configurations keep from being reported.
    pub silenced: Silenced,
    /// How many resources a killed runner would leave that nothing sweeps, where `no-sweeper` is not asked for.
    pub unswept: usize,
    /// How many commands run on another daemon or machine, and were left alone.
    pub elsewhere: usize,
    /// Where something is called that the repository does not have, and what.
    pub absent: Vec<(Location, String)>,
    /// Where a workflow, an action or a compose file has something of the wrong shape, and what: it was not read.
    pub misshapen: Vec<(Location, String)>,
    /// From which level on findings count, where configurations say: the lowest of theirs.
    pub fail_on: Option<Level>,
    /// How many files were read.
    pub files: usize,
    /// What was left out.
    pub skipped: Vec<Skipped>,
    /// What of a configuration counts for nothing: most likely it is misspelled.
    pub warnings: Vec<Skipped>,
    /// What could not be read or analysed.
    pub errors: Vec<InputError>,
    /// A file did not parse: its finding may be switched off, the exit code may not.
    pub broken: bool,
    /// The files, by the paths of findings.
    pub sources: BTreeMap<Arc<str>, Source>,
    /// Where rules have their pages, by what stands before the paths of the repositories whose configurations say so.
    pub rule_urls: BTreeMap<String, String>,
    /// The roots of the repositories, by what stands before their paths where they are shown.
    pub roots: BTreeMap<String, PathBuf>,
}

/// The order of findings: by place, then by rule.
pub(super) fn by_place(one: &Finding, other: &Finding) -> Ordering {
    (&one.location, &one.rule).cmp(&(&other.location, &other.rule))
}

impl Report {
    /// Takes in what was found in one more repository.
    pub(super) fn take_in(&mut self, mut own: Self) {
        self.findings.append(&mut own.findings);
        self.others.append(&mut own.others);
        self.hidden.runner += own.hidden.runner;
        self.hidden.on_github += own.hidden.on_github;
        self.hidden.on_forgejo += own.hidden.on_forgejo;
        self.hidden.other += own.hidden.other;
        self.ignored.append(&mut own.ignored);
        self.own_rules.append(&mut own.own_rules);
        self.fail_on = self.fail_on.into_iter().chain(own.fail_on).min();
        self.silenced.take_in(own.silenced);
        self.unswept += own.unswept;
        self.elsewhere += own.elsewhere;
        self.absent.append(&mut own.absent);
        self.misshapen.append(&mut own.misshapen);
        self.files += own.files;
        self.skipped.append(&mut own.skipped);
        self.warnings.append(&mut own.warnings);
        self.errors.append(&mut own.errors);
        self.broken |= own.broken;
        // Added one by one: `append` would build the whole map anew for each repository.
        self.sources.extend(own.sources);
        self.rule_urls.extend(own.rule_urls);
        self.roots.extend(own.roots);
    }

    /// Lets go of the texts that nothing in the report points at: of many repositories most files are fine. Those that
    /// were followed are named on request, and stay.
    pub(super) fn let_go(&mut self) {
        let told = self.findings.iter().chain(&self.others).chain(self.ignored.iter().map(|ignored| &ignored.finding));
        // One fix may mend a thousand findings with a thousand edits.
        let mut seen = HashSet::new();
        let fixes = self.findings.iter().filter_map(|finding| finding.fix.as_ref());
        let edited = fixes.filter(|fix| seen.insert(Arc::as_ptr(fix))).flat_map(|fix| &fix.edits);
        let comments = self.ignored.iter().map(|ignored| &ignored.comment);
        let unread = self.absent.iter().chain(&self.misshapen).map(|(at, _)| at).chain(comments);
        let places = told.flat_map(Finding::locations).chain(unread).map(|at| &at.path);
        let mut shown: HashSet<&str> = places.chain(edited.map(|edit| &edit.path)).map(|path| &**path).collect();
        shown.extend(self.errors.iter().map(|error| error.path.as_str()));
        self.sources.retain(|path, source| shown.contains(&**path) || source.kind().is_followed());
    }

    /// With all repositories in: what is suppressed and what could not be judged stand in order.
    pub(super) fn settled(mut self) -> Self {
        self.ignored.sort_by(|one, other| by_place(&one.finding, &other.finding));
        self.errors.sort();
        self.skipped.sort();
        self.warnings.sort();
        self
    }

    /// How many findings have this level.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    /// The root of a shown path's repository, and the path below it.
    pub fn below_root<'p>(&self, shown: &'p str) -> Option<(&Path, &'p str)> {
        let holds = |prefix: &&String| shown.starts_with(prefix.as_str());
        let prefix = self.roots.keys().filter(holds).max_by_key(|prefix| prefix.len())?;
        Some((&self.roots[prefix], &shown[prefix.len()..]))
    }

    /// The page of a finding's rule, where the configuration of its repository says where rules have theirs.
    pub fn url(&self, finding: &Finding) -> Option<String> {
        if self.rule_urls.is_empty() {
            return None;
        }
        let (root, _) = self.below_root(&finding.location.path)?;
        let (prefix, _) = self.roots.iter().find(|(_, known)| *known == root)?;
        Some(page_at(self.rule_urls.get(prefix)?, &finding.rule, &finding.family))
    }

    /// The page of a rule, by the first configuration that says where rules have theirs.
    pub fn page(&self, rule: &str, family: &str) -> Option<String> {
        Some(page_at(self.rule_urls.values().next()?, rule, family))
    }

    /// Whether some input could not be judged.
    pub fn is_incomplete(&self) -> bool {
        self.broken || !self.errors.is_empty()
    }
}

/// The address of a rule's page.
fn page_at(address: &str, rule: &str, family: &str) -> String {
    address.replace("{rule}", rule).replace("{family}", family)
}
