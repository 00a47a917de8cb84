//! Keys of a workflow that its server or runner silently ignores.

use std::collections::HashMap;

use crate::facts::Fact;
use crate::runner::table::KEYS;
use crate::runner::{Forge, Substrate, Version, ignored, ignored_by, serialises_twins};
use crate::shell::{self, StatementKind};
use crate::source::Location;
use crate::workflow::{Job, Step, Workflow};
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
pub fn key_facts(tree: &Tree, workflow: &Workflow, jobs: &[Reader<'_>], gitea: Option<Version>) -> Vec<Fact> {
    let Some(root) = tree.root() else { return Vec::new() };
    let by_id = jobs_by_id(root);
    let mut found = Found::default();
    for reader in jobs {
        let Substrate { forge, runner, version, .. } = *reader.substrate;
        let rows = KEYS.iter().filter(|row| row.key != "jobs.*.container.network");
        for row in rows.filter(|row| ignored(row.key, forge, gitea, runner, version).is_yes()) {
            let path: Vec<&str> = row.key.split('.').collect();
            let depended = match row.key.rsplit('.').next() {
                // Honoured, it would keep the runs of this job apart.
                Some("concurrency") => serialises_twins(workflow, reader.job, Forge::Github, None).is_yes(),
                Some("environment") => is_approval(reader.job),
                _ => false,
            };
            let places = match path.as_slice() {
                ["jobs", "*", rest @ ..] => {
                    let own = by_id.get(reader.job.id.value()).into_iter().flatten();
                    own.flat_map(|entry| below(*entry, rest)).collect()
                }
                path => entries(root, path),
            };
            for entry in places {
                let job = row.key.starts_with("jobs.").then(|| reader.job.id.value());
                let by = ignored_by(row.key, forge, gitea, runner, version);
                found.add(row.key, by, tree.source().location(entry.key.full_span()), job, depended);
            }
        }
    }
    found.facts
}

/// Whether a job does nothing but wait for its environment: all that it runs are words.
fn is_approval(job: &Job) -> bool {
    let says = |step: &Step| step.uses.is_none() && step.run.as_ref().is_some_and(|run| only_says(run.value.value()));
    !job.steps.is_empty() && job.steps.iter().all(says)
}

/// Whether a script only prints, and for nobody but people.
fn only_says(script: &str) -> bool {
    let script = shell::parse(script);
    let mut says = script.errors.is_empty();
    script.visit(&mut |node| {
        let shell::Node::Statement(statement) = node else { return };
        says &= match &statement.kind {
            StatementKind::Command(command) => {
                let program = command.words.first().and_then(shell::Word::literal);
                command.redirects.is_empty()
                    && program.is_some_and(|program| matches!(&*program, "echo" | "printf" | "true" | ":" | "exit"))
            }
            _ => false,
        };
    });
    says
}

/// The keys that were found, each place once.
#[derive(Default)]
struct Found {
    facts: Vec<Fact>,
    seen: HashMap<Location, usize>,
}

impl Found {
    fn add(&mut self, key: &str, by: Option<String>, at: Location, job: Option<&str>, depended: bool) {
        if let Some(seen) = self.seen.get(&at).and_then(|index| self.facts.get_mut(*index)) {
            if depended {
                seen.set("depended-on", true);
            }
            return;
        }
        let key = key.trim_start_matches("jobs.*.");
        let mut fact = Fact::new("key", key);
        fact.job = job.map(str::to_owned);
        if let Some(job) = job {
            fact.set("job-id", job);
        }
        self.seen.insert(at.clone(), self.facts.len());
        fact.set("key", key).set_some("by", by).set("ignored", true).set("depended-on", depended).at("key", at);
        self.facts.push(fact);
    }
}

/// The entries of the jobs, by their ids.
fn jobs_by_id<'t>(root: Node<'t>) -> HashMap<&'t str, Vec<Entry<'t>>> {
    let mut jobs: HashMap<&str, Vec<Entry<'_>>> = HashMap::new();
    for entry in entries(root, &["jobs", "*"]) {
        if let Some(id) = entry.key.as_str() {
            jobs.entry(id).or_default().push(entry);
        }
    }
    jobs
}

/// The entries at a path, in which `*` is any key.
fn entries<'t>(node: Node<'t>, path: &[&str]) -> Vec<Entry<'t>> {
    let [first, rest @ ..] = path else { return Vec::new() };
    let wanted = |entry: &Entry<'_>| entry.key.as_str().is_some_and(|key| key == *first || *first == "*");
    node.resolved().entries().filter(wanted).flat_map(|entry| below(entry, rest)).collect()
}

/// The entries at a path below an entry; without a path itself.
fn below<'t>(entry: Entry<'t>, path: &[&str]) -> Vec<Entry<'t>> {
    if path.is_empty() { vec![entry] } else { entries(entry.value, path) }
}
