//! Workflows that stand in the folders of two forges.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::facts::Fact;
use crate::runner::Forge;
use crate::source::Span;
use crate::workflow::{Job, Step, Workflow};
use crate::yaml::Tree;

/// The forge folders, in the order in which Gitea and Forgejo look.
const FOLDERS: [&str; 3] = ["/.forgejo/workflows/", "/.gitea/workflows/", "/.github/workflows/"];

/// One fact for each workflow that has a twin in another forge's folder, or that its forge never reads.
pub fn facts(all: &[(&Tree, Workflow)], forge: Option<Forge>) -> Vec<Fact> {
    let places: Vec<Option<(usize, String)>> = all.iter().map(|(tree, _)| place(tree)).collect();
    let folders: BTreeSet<usize> = places.iter().flatten().map(|(folder, _)| *folder).collect();
    let has = |folder: usize| folders.contains(&folder);
    // Gitea looks into `.github/workflows` only where there is no `.gitea/workflows`.
    let never_read = |folder: usize| match forge {
        Some(Forge::Gitea) => folder == 2 && has(1),
        Some(Forge::Forgejo) => folder == 2 && (has(0) || has(1)) || folder == 1 && has(0),
        _ => false,
    };
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, place) in places.iter().enumerate() {
        if let Some((_, name)) = place {
            by_name.entry(name).or_default().push(index);
        }
    }
    let mut facts = Vec::new();
    for (index, place) in places.iter().enumerate() {
        let Some((folder, name)) = place else { continue };
        let mut alike = by_name.get(name.as_str()).into_iter().flatten().copied();
        let twin = alike.find(|other| places[*other].as_ref().is_some_and(|(theirs, _)| theirs != folder));
        let shadowed = never_read(*folder);
        if twin.is_none() && !shadowed {
            continue;
        }
        let (tree, workflow) = &all[index];
        let source = tree.source();
        let mut fact = Fact::new("workflow-file", name.as_str());
        fact.set("forge", Forge::of(source.path(), forge).name()).set("shadowed", shadowed);
        let first = source.text().lines().next().unwrap_or_default().len();
        fact.at("file", source.location(Span::new(source.bom(), first.max(source.bom()))));
        if let Some(twin) = twin {
            let (other, theirs) = &all[twin];
            fact.set("twin", other.source().path().as_ref());
            fact.at("twin", other.source().location(Span::new(0, 0)));
            let read = places[twin].as_ref().is_some_and(|(theirs, _)| !never_read(*theirs) && folder < theirs);
            // Of two twins the first is told of.
            let difference = read.then(|| difference(workflow, theirs)).flatten();
            fact.set("drifted", difference.is_some());
            if let Some(span) = difference {
                fact.at("difference", source.location(span));
            }
        }
        facts.push(fact);
    }
    facts
}

/// In which folder a workflow stands, and its path in there.
fn place(tree: &Tree) -> Option<(usize, String)> {
    let path = format!("/{}", tree.source().path().replace('\\', "/"));
    let found = FOLDERS.iter().enumerate().find_map(|(index, folder)| Some((index, path.split_once(folder)?)));
    found.map(|(index, (root, name))| {
        (index, format!("{root}/{}", name.trim_end_matches(".yaml").trim_end_matches(".yml")))
    })
}

/// Whether two workflows of one name are the same at heart: most of what one runs, the other runs too.
fn are_twins(one: &Workflow, other: &Workflow) -> bool {
    let all = |workflow: &Workflow| -> Vec<Vec<String>> {
        let steps = workflow.jobs.iter().flat_map(|job| &job.steps);
        steps.filter(|step| step.run.is_some()).map(what).filter(|what| !what.is_empty()).collect()
    };
    let (ours, theirs) = (all(one), all(other));
    let jobs = by_id(other);
    let same_jobs = one.jobs.iter().all(|job| jobs.contains_key(job.id.value())) && one.jobs.len() == other.jobs.len();
    let known: HashSet<&Vec<String>> = theirs.iter().collect();
    let shared = ours.iter().filter(|what| known.contains(what)).count();
    2 * shared >= ours.len().min(theirs.len()) || same_jobs && ours.len() == theirs.len()
}

/// Where the first of them runs something else than the second: at the step, else at the job.
fn difference(one: &Workflow, other: &Workflow) -> Option<Span> {
    if !are_twins(one, other) {
        return None;
    }
    let (ours, theirs) = (by_id(one), by_id(other));
    for job in &one.jobs {
        let Some(twin) = theirs.get(job.id.value()) else { return Some(job.id.span) };
        if let Some(span) = in_job(job, twin) {
            return Some(span);
        }
    }
    let missing = other.jobs.iter().any(|job| !ours.contains_key(job.id.value()));
    missing.then(|| one.jobs.last().map(|job| job.id.span)).flatten()
}

/// The jobs of a workflow; of one id the first.
fn by_id(workflow: &Workflow) -> HashMap<&str, &Job> {
    workflow.jobs.iter().rev().map(|job| (job.id.value(), job)).collect()
}

fn in_job(job: &Job, twin: &Job) -> Option<Span> {
    let ours: Vec<(&Step, Vec<String>)> = job.steps.iter().map(|step| (step, what(step))).collect();
    let theirs: Vec<Vec<String>> = twin.steps.iter().map(what).filter(|what| !what.is_empty()).collect();
    let mut theirs = theirs.into_iter();
    for (step, ours) in ours.into_iter().filter(|(_, what)| !what.is_empty()) {
        if theirs.next() != Some(ours) {
            return Some(step.run.as_ref().or(step.uses.as_ref()).map_or(step.span, |field| field.key));
        }
    }
    theirs.next().map(|_| job.id.span)
}

/// A line without the names of secrets and variables: each forge's settings have their own.
fn without_names(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = ["secrets.", "vars."].iter().filter_map(|key| Some(rest.find(key)? + key.len())).min() {
        out.push_str(&rest[..at]);
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        rest = rest[at..].trim_start_matches(name);
    }
    out + rest
}

/// What a step runs, without what one forge needs and the other has no use for.
fn what(step: &Step) -> Vec<String> {
    if let (None, Some(uses)) = (&step.run, &step.uses) {
        // Another forge may have it from another server, and in another version.
        let name = uses.value.value().split('@').next().unwrap_or_default();
        let (_, name) = name.split_once("://").and_then(|(_, rest)| rest.split_once('/')).unwrap_or(("", name));
        return vec![name.to_owned()];
    }
    let text = step.run.as_ref().map(|field| field.value.value()).unwrap_or_default();
    let own = |line: &str| {
        let line = line.to_lowercase();
        ["github", "gitea", "forgejo"].iter().any(|forge| line.contains(forge))
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    // The name of a secret is not the forge's own line: `secrets.GITHUB_TOKEN`.
    lines.map(without_names).filter(|line| !own(line)).collect()
}
