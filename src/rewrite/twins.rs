//! Twins in the folders of two forges are mended together, or neither is: a fix in one alone would be missing in
//! the other.

use std::sync::Arc;

use super::{Scene, Withheld};
use crate::edit::{Edit, Fix, Meaning};
use crate::finding::Finding;
use crate::lifecycle::twin;
use crate::source::{Source, Span};

/// Rewrites that mean the same whoever runs the workflow. What others write depends on the runner.
const NEUTRAL: [&str; 13] = [
    "anchor-filter",
    "compose-port",
    "compose-project",
    "condition",
    "curl-status",
    "disconnect",
    "empty-safe",
    "leave-no-volumes",
    "random-port",
    "require-value",
    "scope-removal",
    "teardown",
    "unique-name",
];

/// What was planned for a finding: nothing, a fix, or why there is none.
pub(super) type Planned = Option<Result<Fix, Withheld>>;

/// Two workflows that are the same but for the forge's own lines.
struct Pair<'a> {
    ours: &'a Source,
    twin: &'a Source,
}

/// Extends each fix of a workflow that has a twin to the twin.
pub(super) fn together(scene: &Scene<'_>, planned: Vec<Planned>) -> Vec<Planned> {
    let pairs = pairs(scene);
    if pairs.is_empty() {
        return planned;
    }
    let extend = |(at, one): (usize, &Planned)| match one {
        Some(Ok(fix)) => Some(extended(scene, &pairs, &planned, at, fix)),
        _ => one.clone(),
    };
    planned.iter().enumerate().map(extend).collect()
}

/// The pairs, each both ways.
fn pairs<'a>(scene: &Scene<'a>) -> Vec<Pair<'a>> {
    let placed = scene.workflows.iter().filter_map(|workflow| {
        let tree = scene.trees.get(&workflow.path)?;
        Some((twin::place(tree)?, tree.source()))
    });
    let placed: Vec<_> = placed.collect();
    let mut pairs = Vec::new();
    for ((folder, name), ours) in &placed {
        let twins = placed.iter().filter(|((other, same), _)| other != folder && same == name);
        pairs.extend(twins.filter(|(_, twin)| are_same(ours, twin)).map(|(_, twin)| Pair { ours, twin }));
    }
    pairs
}

/// Whether two files are the same but for `runs-on:` and lines that name a forge.
fn are_same(ours: &Source, twin: &Source) -> bool {
    let own = |line: &str| {
        let line = line.to_ascii_lowercase();
        ["runs-on", "github", "gitea", "forgejo"].iter().any(|word| line.contains(word))
    };
    let (mut ours, mut twin) = (ours.text().lines(), twin.text().lines());
    loop {
        match (ours.next(), twin.next()) {
            (None, None) => return true,
            (Some(ours), Some(twin)) if ours == twin || own(ours) && own(twin) => {}
            _ => return false,
        }
    }
}

impl Pair<'_> {
    /// The same bytes in the twin: lines that are equal.
    fn span(&self, span: Span) -> Option<Span> {
        let (ours, twin) = (self.ours.text(), self.twin.text());
        let number = ours.get(..span.start)?.matches('\n').count();
        let start = ours[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = ours[span.end..].find('\n').map_or(ours.len(), |at| span.end + at);
        let skipped = twin.split_inclusive('\n').take(number).map(str::len).sum::<usize>();
        let lines = &ours[start..end];
        let same = twin.get(skipped..).is_some_and(|rest| rest.starts_with(lines));
        same.then(|| Span::new(skipped + span.start - start, skipped + span.end - start))
    }
}

/// A fix with the same for the twins of the workflows it edits.
fn extended(scene: &Scene<'_>, pairs: &[Pair<'_>], planned: &[Planned], at: usize, fix: &Fix) -> Result<Fix, Withheld> {
    let mut whole = fix.clone();
    for pair in pairs {
        let edits = |path: &Arc<str>| whole.edits.iter().any(|edit| edit.path == *path);
        if !edits(pair.ours.path()) || edits(pair.twin.path()) {
            continue;
        }
        let own = scene.findings.get(at).and_then(|finding| of_twin(scene, planned, pair, finding));
        let theirs = match own {
            Some(Ok(theirs)) => theirs.clone(),
            Some(Err(why)) => {
                let path = pair.twin.path();
                return Err(Withheld::because(format!(
                    "its twin `{path}` would have to be mended as well, and there {why}"
                )));
            }
            None => match copied(pair, fix) {
                Some(copied) if NEUTRAL.contains(&fix.rewrite) => copied,
                Some(_) => {
                    return Err(Withheld::because(format!(
                        "its twin `{}` is the same here and another runner reads it: what is written depends on the runner, \
                         so only one of them would change",
                        pair.twin.path()
                    )));
                }
                // They differ there already.
                None => continue,
            },
        };
        whole = joined(whole, &theirs)?;
    }
    Ok(whole)
}

/// What is planned for the same finding in the twin.
fn of_twin<'p>(
    scene: &Scene<'_>,
    planned: &'p [Planned],
    pair: &Pair<'_>,
    finding: &Finding,
) -> Option<&'p Result<Fix, Withheld>> {
    if finding.location.path != *pair.ours.path() {
        return None;
    }
    let span = pair.span(finding.location.span)?;
    let same = |other: &Finding| {
        other.rule == finding.rule && other.location.path == *pair.twin.path() && other.location.span == span
    };
    planned.get(scene.findings.iter().position(same)?)?.as_ref()
}

/// The part of a fix that is about a workflow, for its twin.
fn copied(pair: &Pair<'_>, fix: &Fix) -> Option<Fix> {
    let own = fix.edits.iter().filter(|edit| edit.path == *pair.ours.path());
    let edit = |edit: &Edit| Some(Edit { path: pair.twin.path().clone(), span: pair.span(edit.span)?, ..edit.clone() });
    let edits: Vec<Edit> = own.map(edit).collect::<Option<_>>()?;
    let meaning: Option<&Meaning> = fix.meaning.get(pair.ours.path());
    let meaning = meaning.map(|meaning| (pair.twin.path().clone(), meaning.clone())).into_iter().collect();
    Some(Fix { edits, meaning, creates: Vec::new(), ..fix.clone() })
}

/// Two fixes as one.
fn joined(mut one: Fix, other: &Fix) -> Result<Fix, Withheld> {
    let conflict = || Withheld::because("it and its twin for another forge want different changes of one file");
    for edit in &other.edits {
        let known = one.edits.iter().any(|known| known == edit);
        let overlap = |known: &Edit| {
            known.path == edit.path && known.span.start < edit.span.end && edit.span.start < known.span.end
        };
        if !known && one.edits.iter().any(overlap) {
            return Err(conflict());
        }
        if !known {
            one.edits.push(edit.clone());
        }
    }
    one.edits.sort();
    for file in &other.creates {
        match one.creates.iter().find(|known| known.path == file.path) {
            Some(known) if known != file => return Err(conflict()),
            Some(_) => {}
            None => one.creates.push(file.clone()),
        }
    }
    for (path, meaning) in &other.meaning {
        match one.meaning.get(path) {
            Some(known) if known != meaning => return Err(conflict()),
            Some(_) => {}
            None => {
                one.meaning.insert(path.clone(), meaning.clone());
            }
        }
    }
    one.applicability = one.applicability.min(other.applicability);
    if one.why.is_none() {
        one.why.clone_from(&other.why);
    }
    Ok(one)
}
