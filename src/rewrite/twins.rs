//! Twins in the folders of two forges are mended together, or neither is: a fix in one alone would be missing in
//! the other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::{Rewrite, Scene, Withheld};
use crate::edit::{Edit, Fix, Meaning};
use crate::finding::Finding;
use crate::source::{Location, Source, Span};
use crate::syntax::twin;

/// What was planned for a finding: nothing, a fix, or why there is none.
pub(super) type Planned = Option<Ready>;

type Ready = Result<Arc<Fix>, Withheld>;

/// What the twins of a finding are found by: rule and place.
type Found<'a> = HashMap<(&'a str, &'a Location), usize>;

/// Two workflows that are the same but for the forge's own lines.
struct Pair<'a> {
    ours: &'a Source,
    twin: &'a Source,
}

/// The pairs of a repository.
struct Pairs<'a> {
    /// Those of each name, each both ways.
    of_name: Vec<Vec<Pair<'a>>>,
    /// By the files of them, as shown.
    of_file: HashMap<&'a str, usize>,
}

/// Extends each fix of a workflow that has a twin to the twin.
pub(super) fn together(scene: &Scene<'_>, planned: Vec<Planned>) -> Vec<Planned> {
    let pairs = pairs(scene);
    if pairs.of_file.is_empty() {
        return planned;
    }
    let mut found: Found<'_> = HashMap::new();
    for (at, finding) in scene.findings.iter().enumerate() {
        found.entry((&finding.rule, &finding.location)).or_insert(at);
    }
    let extend = |(at, one): (usize, &Planned)| match one {
        Some(Ok(fix)) => {
            let own = scene.findings.get(at);
            let twin = |pair: &Pair<'_>| planned.get(of_twin(&found, pair, own?)?)?.as_ref();
            Some(extended(&pairs, &twin, fix))
        }
        _ => one.clone(),
    };
    planned.iter().enumerate().map(extend).collect()
}

fn pairs<'a>(scene: &Scene<'a>) -> Pairs<'a> {
    let mut names: BTreeMap<String, Vec<(usize, &'a Source)>> = BTreeMap::new();
    for workflow in scene.workflows.iter() {
        let Some(tree) = scene.trees.get(&workflow.path) else { continue };
        if let Some((folder, name)) = twin::place(tree) {
            names.entry(name).or_default().push((folder, tree.source()));
        }
    }
    let mut pairs = Pairs { of_name: Vec::new(), of_file: HashMap::new() };
    for placed in names.into_values() {
        let mut own = Vec::new();
        for (folder, ours) in &placed {
            let twins = placed.iter().filter(|(other, _)| other != folder);
            own.extend(twins.filter(|(_, twin)| are_same(ours, twin)).map(|(_, twin)| Pair { ours, twin }));
        }
        for pair in &own {
            pairs.of_file.insert(pair.ours.path(), pairs.of_name.len());
        }
        pairs.of_name.push(own);
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

/// A fix with the same for the twins of the workflows it edits. `of_twin` is what is planned for the same finding
/// there.
fn extended<'p>(pairs: &Pairs<'_>, of_twin: &dyn Fn(&Pair<'_>) -> Option<&'p Ready>, fix: &Arc<Fix>) -> Ready {
    let names: BTreeSet<usize> = fix.edits.iter().filter_map(|edit| pairs.of_file.get(&*edit.path)).copied().collect();
    let mut whole = Arc::clone(fix);
    for pair in names.into_iter().flat_map(|name| &pairs.of_name[name]) {
        let edits = |path: &Arc<str>| whole.edits.iter().any(|edit| edit.path == *path);
        if !edits(pair.ours.path()) || edits(pair.twin.path()) {
            continue;
        }
        let theirs = match of_twin(pair) {
            Some(Ok(theirs)) => Fix::clone(theirs),
            Some(Err(why)) => {
                let path = pair.twin.path();
                return Err(Withheld::because(format!("its twin `{path}` needs the same fix, and there {why}")));
            }
            None => match copied(pair, fix) {
                Some(copied) if Rewrite::named(fix.rewrite).is_some_and(|rewrite| rewrite.is_neutral) => copied,
                Some(_) => {
                    return Err(Withheld::because(format!(
                        "its twin `{}` has the same text but another runner, and the fix depends on the runner, so the two would differ",
                        pair.twin.path()
                    )));
                }
                // They differ there already.
                None => continue,
            },
        };
        whole = Arc::new(joined(Fix::clone(&whole), &theirs)?);
    }
    Ok(whole)
}

/// The same finding in the twin.
fn of_twin(found: &Found<'_>, pair: &Pair<'_>, finding: &Finding) -> Option<usize> {
    if finding.location.path != *pair.ours.path() {
        return None;
    }
    let there = Location { path: pair.twin.path().clone(), span: pair.span(finding.location.span)? };
    found.get(&(finding.rule.as_str(), &there)).copied()
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
