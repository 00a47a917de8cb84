//! Names whose claimants all wait in one concurrency group: a repository's own runs do not meet there.

use std::collections::{BTreeMap, HashMap};

use crate::facts::{Datum, Fact, Field};
use crate::runner::Queue;

/// A job of a repository, as far as its runs wait for others.
pub(super) struct Waiting<'a> {
    /// Its workflow, by its place among them.
    pub workflow: usize,
    /// Its id.
    pub job: &'a str,
    /// The groups it waits in.
    pub queues: Vec<Queue>,
    /// Whether its matrix makes several jobs, which no group of theirs keeps apart.
    pub several_legs: bool,
}

/// Whether two jobs of a workflow, by its place and their ids, come one before the other.
type InTurn<'a> = &'a dyn Fn(usize, &str, &str) -> bool;

/// A name of a kind: what is claimed.
type Claim = (String, String);

/// Who claims a name, counted by the groups they wait in.
#[derive(Default)]
struct Claimants<'w> {
    count: usize,
    /// How many of them wait in a group of a name.
    waiting: HashMap<&'w str, usize>,
    /// The same, by workflow.
    by_workflow: HashMap<usize, Own<'w>>,
}

/// The claimants of one workflow.
#[derive(Default)]
struct Own<'w> {
    all: Vec<&'w Waiting<'w>>,
    waiting: HashMap<&'w str, usize>,
    /// Those of them whose group is their own, not their workflow's.
    by_themselves: HashMap<&'w str, usize>,
}

/// Says of each claim of a name, and of each removal that clears the way for one, whether all of the
/// repository's runs that claim it wait for each other. `of` is the workflow of each fact.
pub(super) fn mark(facts: &mut [Fact], of: &[usize], all: &[Waiting<'_>], in_turn: InTurn<'_>) {
    let by_job: BTreeMap<(usize, &str), &Waiting<'_>> =
        all.iter().map(|waiting| ((waiting.workflow, waiting.job), waiting)).collect();
    let job_of = |fact: &Fact, workflow: usize| by_job.get(&(workflow, fact.job.as_deref()?)).copied();
    let mut claimants: BTreeMap<Claim, Claimants<'_>> = BTreeMap::new();
    for (fact, workflow) in facts.iter().zip(of) {
        let (Some(claim), Some(job)) = (claimed(fact), job_of(fact, *workflow)) else { continue };
        claimants.entry(claim).or_default().add(job);
    }
    for (fact, workflow) in facts.iter_mut().zip(of) {
        let claims: Vec<Claim> = claimed(fact).into_iter().chain(cleared(fact)).collect();
        let Some(own) = job_of(fact, *workflow).filter(|_| !claims.is_empty()) else { continue };
        let shares = |queue: &&Queue| {
            claims.iter().filter_map(|claim| claimants.get(claim)).all(|others| others.wait_for(own, queue, in_turn))
        };
        let apart = !own.several_legs || differs_by_leg(fact);
        match own.queues.iter().find(shares).filter(|_| apart) {
            Some(queue) => fact.set("queued", true).set("group", queue.written.as_str()),
            None => fact.set("queued", false),
        };
    }
}

impl<'w> Claimants<'w> {
    fn add(&mut self, job: &'w Waiting<'w>) {
        let own = self.by_workflow.entry(job.workflow).or_default();
        // A job's facts stand together.
        if own.all.last().is_some_and(|last| std::ptr::eq(*last, job)) {
            return;
        }
        own.all.push(job);
        self.count += 1;
        for (at, queue) in job.queues.iter().enumerate() {
            let before = &job.queues[..at];
            if before.iter().all(|other| other.name != queue.name) {
                *self.waiting.entry(&queue.name).or_default() += 1;
                *own.waiting.entry(&queue.name).or_default() += 1;
            }
            if queue.of_job && before.iter().all(|other| !other.of_job || other.name != queue.name) {
                *own.by_themselves.entry(&queue.name).or_default() += 1;
            }
        }
    }

    /// Whether all but the job itself wait in the same group. Jobs of one run are in it together: they wait only by
    /// groups of their own, or in turn.
    fn wait_for(&self, job: &Waiting<'_>, queue: &Queue, in_turn: InTurn<'_>) -> bool {
        let in_group = |waiting: &HashMap<&str, usize>| waiting.get(queue.name.as_str()).copied().unwrap_or_default();
        let Some(own) = self.by_workflow.get(&job.workflow) else { return in_group(&self.waiting) == self.count };
        if in_group(&self.waiting) - in_group(&own.waiting) != self.count - own.all.len() {
            return false;
        }
        let by_themselves = queue.of_job && in_group(&own.by_themselves) == own.all.len();
        by_themselves || own.all.iter().all(|other| std::ptr::eq(job, *other) || waits(job, other, queue, in_turn))
    }
}

/// Whether another job of the same workflow waits for it in the same group.
fn waits(own: &Waiting<'_>, other: &Waiting<'_>, queue: &Queue, in_turn: InTurn<'_>) -> bool {
    let by_turns = || in_turn(own.workflow, own.job, other.job);
    other.queues.iter().any(|theirs| theirs.name == queue.name && (theirs.of_job && queue.of_job || by_turns()))
}

fn differs_by_leg(fact: &Fact) -> bool {
    let Some(Field::Known(Datum::List(names))) = fact.fields.get("unique-in") else { return false };
    names.iter().any(|name| name == "leg")
}

/// The name that a fact claims.
fn claimed(fact: &Fact) -> Option<Claim> {
    let claims = fact.kind.name == "name-claim";
    claims.then(|| Some((fact.text("kind")?.to_owned(), fact.text("name")?.to_owned()))).flatten()
}

/// The name for which a removal clears the way.
fn cleared(fact: &Fact) -> Option<Claim> {
    let before =
        fact.kind.name == "removal" && fact.fields.get("before-creation") == Some(&Field::Known(Datum::Bool(true)));
    let name = fact.text("creates-next").filter(|_| before)?;
    let Some(Field::Known(Datum::List(kinds))) = fact.fields.get("kind") else { return None };
    let kind = if kinds.iter().any(|kind| kind == "project") { "project" } else { "container" };
    Some((kind.to_owned(), name.to_owned()))
}
