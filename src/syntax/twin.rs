//! Workflows that stand in the folders of two forges.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::facts::Fact;
use crate::runner::Forge;
use crate::source::Span;
use crate::workflow::{Job, Step, Workflow};
use crate::yaml::Tree;

/// The forge folders, in the order in which Gitea and Forgejo look.
const FOLDERS: [&str; 3] = ["/.forgejo/workflows/", "/.gitea/workflows/", "/.github/workflows/"];

/// Which workflows the forge never reads: Gitea looks into `.github/workflows` only where there is no
/// `.gitea/workflows`.
pub fn shadowed(all: &[(&Tree, Workflow)], forge: Option<Forge>) -> Vec<bool> {
    let folders: Vec<Option<usize>> = all.iter().map(|(tree, _)| place(tree).map(|(folder, _)| folder)).collect();
    let known: BTreeSet<usize> = folders.iter().flatten().copied().collect();
    let has = |folder: usize| known.contains(&folder);
    let never_read = |folder: usize| match forge {
        Some(Forge::Gitea) => folder == 2 && has(1),
        Some(Forge::Forgejo) => folder == 2 && (has(0) || has(1)) || folder == 1 && has(0),
        _ => false,
    };
    folders.iter().map(|folder| folder.is_some_and(never_read)).collect()
}

/// One fact for each workflow that has a twin in another forge's folder, or that its forge never reads: what
/// [`shadowed`] says of each.
pub fn twin_facts(all: &[(&Tree, Workflow)], never_read: &[bool], forge: Option<Forge>) -> Vec<Fact> {
    let places: Vec<Option<(usize, String)>> = all.iter().map(|(tree, _)| place(tree)).collect();
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
        let shadowed = never_read[index];
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
            let read = !never_read[twin] && places[twin].as_ref().is_some_and(|(theirs, _)| folder < theirs);
            // Of two twins the first is told of.
            let difference = read.then(|| difference(workflow, theirs)).flatten();
            fact.set("drifted", difference.is_some());
            if let Some(Difference { at, what }) = difference {
                fact.set("what", what).at("difference", source.location(at));
            }
        }
        facts.push(fact);
    }
    facts
}

/// In which folder a workflow stands, and its path in there.
pub fn place(tree: &Tree) -> Option<(usize, String)> {
    let path = format!("/{}", tree.source().path().replace('\\', "/"));
    FOLDERS.iter().enumerate().find_map(|(index, folder)| {
        let at = memchr::memmem::find(path.as_bytes(), folder.as_bytes())?;
        let (root, name) = (&path[..at], &path[at + folder.len()..]);
        Some((index, format!("{root}/{}", name.trim_end_matches(".yaml").trim_end_matches(".yml"))))
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

/// Where one workflow begins to run something else than its twin, and what that is.
struct Difference {
    at: Span,
    what: String,
}

/// Where the first of them runs something else than the second: at the line, else at the step or job.
fn difference(one: &Workflow, other: &Workflow) -> Option<Difference> {
    if !are_twins(one, other) {
        return None;
    }
    let (ours, theirs) = (by_id(one), by_id(other));
    for job in &one.jobs {
        let Some(twin) = theirs.get(job.id.value()) else {
            return Some(Difference { at: job.id.span, what: format!("the twin has no job `{}`", job.id.value()) });
        };
        if let Some(found) = in_job(job, twin) {
            return Some(found);
        }
    }
    let missing = other.jobs.iter().find(|job| !ours.contains_key(job.id.value()))?;
    let what = format!("the twin has a job `{}` besides", missing.id.value());
    one.jobs.last().map(|job| Difference { at: job.id.span, what })
}

/// The jobs of a workflow; of one id the first.
fn by_id(workflow: &Workflow) -> HashMap<&str, &Job> {
    workflow.jobs.iter().rev().map(|job| (job.id.value(), &**job)).collect()
}

fn in_job(job: &Job, twin: &Job) -> Option<Difference> {
    let ours: Vec<(&Step, Vec<String>)> = job.steps.iter().map(|step| (step, what(step))).collect();
    let theirs: Vec<Vec<String>> = twin.steps.iter().map(what).filter(|what| !what.is_empty()).collect();
    let mut theirs = theirs.into_iter();
    for (step, ours) in ours.into_iter().filter(|(_, what)| !what.is_empty()) {
        let twin = theirs.next();
        if twin.as_ref() != Some(&ours) {
            return Some(in_step(step, &ours, twin.as_deref()));
        }
    }
    let more = theirs.next()?;
    Some(Difference { at: job.id.span, what: format!("the twin goes on with `{}`", first_line(&more)) })
}

/// Where a step differs from the one that stands in its place: at the first line that does.
fn in_step(step: &Step, ours: &[String], theirs: Option<&[String]>) -> Difference {
    let whole = step.run.as_ref().or(step.uses.as_ref()).map_or(step.span, |field| field.key);
    let Some(theirs) = theirs else {
        return Difference { at: whole, what: format!("the twin does not run `{}`", first_line(ours)) };
    };
    let same = ours.iter().zip(theirs).take_while(|(ours, theirs)| ours == theirs).count();
    let (line, twin) = (ours.get(same), theirs.get(same));
    let at = line.and_then(|line| line_span(step, line)).unwrap_or(whole);
    let what = match (line, twin) {
        (Some(line), Some(twin)) => format!("`{line}` here, `{twin}` there"),
        (Some(line), None) => format!("the twin does not run `{line}`"),
        (None, Some(twin)) => format!("the twin goes on with `{twin}`"),
        (None, None) => format!("`{}` here", first_line(ours)),
    };
    Difference { at, what }
}

fn first_line(lines: &[String]) -> &str {
    lines.first().map_or("", String::as_str)
}

/// The bytes of a line of a script.
fn line_span(step: &Step, line: &str) -> Option<Span> {
    let text = &step.run.as_ref()?.value.text;
    if !text.value().trim_end().contains('\n') {
        return None;
    }
    let mut at = 0;
    for written in text.value().split_inclusive('\n') {
        let trimmed = written.trim();
        if without_names(trimmed) == line {
            let start = at + written.len() - written.trim_start().len();
            return Some(text.span(start..start + trimmed.len()));
        }
        at += written.len();
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    /// The line at which a workflow begins to differ from its twin, and what is said of it.
    fn drift(ours: &str, theirs: &str) -> Option<(usize, String)> {
        let trees = [(".gitea", ours), (".github", theirs)].map(|(folder, steps)| {
            let text = format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make\n{steps}");
            let path = format!("{folder}/workflows/w.yml");
            crate::yaml::parse(&Source::new(path, text.into_bytes()).expect("UTF-8")).expect("YAML")
        });
        let read = |tree: &Tree| Workflow::read(tree).expect("a workflow");
        let all: Vec<(&Tree, Workflow)> = trees.iter().map(|tree| (tree, read(tree))).collect();
        let fact = twin_facts(&all, &shadowed(&all, None), None)
            .into_iter()
            .find(|fact| fact.spans.contains_key("difference"))?;
        let place = fact.spans.get("difference")?.first()?;
        Some((trees[0].source().place(place.span.start).line, fact.text("what")?.to_owned()))
    }

    #[test]
    fn the_first_line_that_differs_is_told() {
        let run = |lines: &str| format!("      - run: |\n          go vet\n          {lines}\n");
        let told = |line, what: &str| Some((line, what.to_owned()));
        assert_eq!(drift(&run("go test"), &run("go test")), None);
        assert_eq!(drift(&run("go test"), &run("go test -race")), told(9, "`go test` here, `go test -race` there"));
        assert_eq!(drift(&run("go test"), "      - run: go vet\n"), told(9, "the twin does not run `go test`"));
        assert_eq!(drift("      - run: go vet\n", &run("go test")), told(7, "the twin goes on with `go test`"));
        assert_eq!(drift("", "      - run: go vet\n"), told(3, "the twin goes on with `go vet`"));
        assert_eq!(drift("      - run: go vet\n", ""), told(7, "the twin does not run `go vet`"));
    }
}
