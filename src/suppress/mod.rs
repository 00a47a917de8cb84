//! Comments that suppress findings: `# berthlint: ignore[rule] reason` for the line, or for the node or
//! statement below; `# berthlint: ignore-file[rule]` for the file. One that suppresses nothing is a finding.

mod directive;
mod scope;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::facts::Confidence;
use crate::finding::{Finding, Level};
use crate::names::{Names, TOOL, UNUSED_IGNORE};
use crate::source::{Location, Source, Span};
use crate::yaml::Tree;
use scope::Comment;

/// The comments of all files.
#[derive(Default)]
pub struct Comments {
    files: Vec<(Arc<str>, Vec<Comment>)>,
}

/// A finding that a comment suppresses.
#[derive(Clone, Debug, PartialEq)]
pub struct Ignored {
    /// The finding.
    pub finding: Finding,
    /// The comment.
    pub comment: Location,
    /// Why, as the comment says it; may be empty.
    pub reason: String,
}

/// Findings after the comments have spoken.
#[derive(Debug, Default)]
pub struct Suppressions {
    /// What stays.
    pub kept: Vec<Finding>,
    /// What a comment suppresses.
    pub suppressed: Vec<Ignored>,
    /// The comments that suppress nothing.
    pub unused: Vec<Finding>,
}

impl Suppressions {
    /// As if there were no comments.
    pub fn none(findings: Vec<Finding>) -> Self {
        Self { kept: findings, ..Self::default() }
    }
}

/// Reads the comments of files; those with a tree are YAML, the others scripts.
pub fn collect<'s>(sources: impl Iterator<Item = &'s Source>, trees: &BTreeMap<Arc<str>, Tree>) -> Comments {
    let comments = |source: &Source| match trees.get(source.path()) {
        Some(tree) => scope::of_yaml(tree),
        None => scope::of_script(source),
    };
    let files = sources.map(|source| (source.path().clone(), comments(source)));
    let mut files: Vec<_> = files.filter(|(_, comments)| !comments.is_empty()).collect();
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    Comments { files }
}

impl Comments {
    /// Sorts findings into what stays and what is suppressed. `runs` says whether a rule was looked for
    /// at all: a comment for one that was not is not unused.
    pub fn apply(&self, names: &Names, findings: Vec<Finding>, runs: impl Fn(&str) -> bool) -> Suppressions {
        let mut used: HashSet<(usize, usize, usize)> = HashSet::new();
        let (mut kept, mut suppressed) = (Vec::new(), Vec::new());
        for finding in findings {
            let by: Vec<_> = self.covering(names, &finding).collect();
            match by.first().and_then(|&(file, comment, _)| self.comment(file, comment)) {
                Some((path, comment)) => suppressed.push(Ignored {
                    finding,
                    comment: Location { path: path.clone(), span: comment.span },
                    reason: comment.directive.reason.clone(),
                }),
                None => kept.push(finding),
            }
            used.extend(by);
        }
        let unused = self.unused(names, &used, &runs);
        Suppressions { kept, suppressed, unused }
    }

    fn comment(&self, file: usize, comment: usize) -> Option<(&Arc<str>, &Comment)> {
        let (path, comments) = self.files.get(file)?;
        Some((path, comments.get(comment)?))
    }

    /// The comments' names (file, comment, name) that suppress a finding.
    fn covering(&self, names: &Names, finding: &Finding) -> impl Iterator<Item = (usize, usize, usize)> {
        let Location { path, span } = &finding.location;
        // In the order of their paths.
        let at = self.files.binary_search_by(|(file, _)| file.cmp(path)).ok();
        let files = at.and_then(|at| Some((at, self.files.get(at)?))).into_iter();
        let comments = files.flat_map(|(file, (_, comments))| {
            comments.iter().enumerate().map(move |(index, comment)| (file, index, comment))
        });
        let reaching = comments.filter(|(.., comment)| {
            comment.directive.whole_file || (comment.covers.start <= span.start && span.start < comment.covers.end)
        });
        reaching.flat_map(move |(file, index, comment)| {
            let listed = comment.directive.names.iter().enumerate();
            listed.filter(|(_, name)| names.covers(name, &finding.rule)).map(move |(name, _)| (file, index, name))
        })
    }

    fn unused(
        &self,
        names: &Names,
        used: &HashSet<(usize, usize, usize)>,
        runs: &dyn Fn(&str) -> bool,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (file, (path, comments)) in self.files.iter().enumerate() {
            for (index, comment) in comments.iter().enumerate() {
                if let Some(fault) = comment.directive.fault {
                    findings.push(about(path, comment.span, format!("this comment silences nothing: {fault}"), ""));
                }
                for (at, name) in comment.directive.names.iter().enumerate() {
                    if used.contains(&(file, index, at)) {
                        continue;
                    }
                    let message = if !names.is_known(name) {
                        format!("there is no rule or family `{name}`{}", names.hint(name))
                    } else if names.rules_of(name).any(runs) {
                        format!("this comment suppresses no `{name}`: nothing of the kind is found {}", reach(comment))
                    } else {
                        continue;
                    };
                    findings.push(about(path, comment.span, message, name));
                }
            }
        }
        findings
    }
}

fn reach(comment: &Comment) -> &'static str {
    if comment.directive.whole_file { "in this file" } else { "there" }
}

fn about(path: &Arc<str>, span: Span, message: String, name: &str) -> Finding {
    Finding {
        rule: UNUSED_IGNORE.to_owned(),
        family: TOOL.to_owned(),
        level: Level::Warning,
        confidence: Confidence::High,
        message,
        // A comment that names none is told of with what to write.
        help: (!name.is_empty())
            .then(|| "remove the comment, or the name from it; `berthlint rules` lists the names".to_owned()),
        location: Location { path: path.clone(), span },
        job: None,
        step: None,
        related: Vec::new(),
        chain: Vec::new(),
        callers: Vec::new(),
        subject: name.to_owned(),
        fingerprint: String::new(),
        fix: None,
        withheld: None,
        waits: None,
        label: None,
    }
}
