//! Keys of a workflow that its server or runner silently ignores.

use crate::facts::Fact;
use crate::runner::{Forge, KEYS, Substrate, Version, ignored, serialises_twins};
use crate::source::Location;
use crate::workflow::{Job, Workflow};
use crate::yaml::{Entry, Node, Tree};

/// What decides about the keys of one job.
pub struct Reader<'a> {
    /// The job.
    pub job: &'a Job,
    /// Where it runs.
    pub substrate: &'a Substrate,
}

/// The keys that are known to be ignored where they stand: one fact each. `container.network` is an option
/// of its own.
pub fn facts(tree: &Tree, workflow: &Workflow, jobs: &[Reader<'_>], gitea: Option<Version>) -> Vec<Fact> {
    let Some(root) = tree.root() else { return Vec::new() };
    let mut facts: Vec<Fact> = Vec::new();
    for reader in jobs {
        let Substrate { forge, runner, version, .. } = *reader.substrate;
        let rows = KEYS.iter().filter(|row| row.key != "jobs.*.container.network");
        for row in rows.filter(|row| ignored(row.key, forge, gitea, runner, version).is_yes()) {
            let path: Vec<&str> = row.key.split('.').collect();
            // Honoured, it would keep the runs of this job apart.
            let depended = row.key.ends_with("concurrency")
                && serialises_twins(workflow, reader.job, Forge::Github, None).is_yes();
            for entry in entries(root, &path, reader.job.id.value()) {
                add(&mut facts, row.key, tree.source().location(entry.key.full_span()), depended);
            }
        }
    }
    facts
}

fn add(facts: &mut Vec<Fact>, key: &str, at: Location, depended: bool) {
    let seen = facts.iter_mut().find(|fact| fact.spans.get("key").is_some_and(|places| places.contains(&at)));
    if let Some(seen) = seen {
        if depended {
            seen.set("depended-on", true);
        }
        return;
    }
    let key = key.trim_start_matches("jobs.*.");
    let mut fact = Fact::new("key", key);
    fact.set("key", key).set("ignored", true).set("depended-on", depended).at("key", at);
    facts.push(fact);
}

/// The entries at a path, of which the first `*` is the job.
fn entries<'t>(node: Node<'t>, path: &[&str], job: &str) -> Vec<Entry<'t>> {
    let [first, rest @ ..] = path else { return Vec::new() };
    let star = *first == "*";
    let wanted = |entry: &Entry<'_>| match entry.key.as_str() {
        Some(key) => key == *first || star && (job.is_empty() || key == job),
        None => false,
    };
    let found = node.resolved().entries().filter(wanted);
    if rest.is_empty() {
        return found.collect();
    }
    found.flat_map(|entry| entries(entry.value, rest, if star { "" } else { job })).collect()
}
