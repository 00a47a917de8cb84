//! Names whose claimants all wait in one concurrency group: a repository's own runs do not meet there.

use std::collections::BTreeMap;

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
    /// Jobs of its workflow that come before or after it.
    pub in_turn: Vec<&'a str>,
}

/// A name of a kind: what is claimed.
type Claim = (String, String);

/// Says of each claim of a name, and of each removal that clears the way for one, whether all of the
/// repository's runs that claim it wait for each other. `of` is the workflow of each fact.
pub(super) fn mark(facts: &mut [Fact], of: &[usize], all: &[Waiting<'_>]) {
    let by_job: BTreeMap<(usize, &str), &Waiting<'_>> =
        all.iter().map(|waiting| ((waiting.workflow, waiting.job), waiting)).collect();
    let job_of = |fact: &Fact, workflow: usize| by_job.get(&(workflow, fact.job.as_deref()?)).copied();
    let mut claimants: BTreeMap<Claim, Vec<&Waiting<'_>>> = BTreeMap::new();
    for (fact, workflow) in facts.iter().zip(of) {
        let (Some(claim), Some(job)) = (claimed(fact), job_of(fact, *workflow)) else { continue };
        let known = claimants.entry(claim).or_default();
        // A job's facts stand together.
        if !known.last().is_some_and(|last| std::ptr::eq(*last, job)) {
            known.push(job);
        }
    }
    for (fact, workflow) in facts.iter_mut().zip(of) {
        let claims: Vec<Claim> = claimed(fact).into_iter().chain(cleared(fact)).collect();
        let Some(own) = job_of(fact, *workflow).filter(|_| !claims.is_empty()) else { continue };
        let shares = |queue: &&Queue| {
            let others = claims.iter().filter_map(|claim| claimants.get(claim)).flatten();
            others.copied().all(|other| std::ptr::eq(own, other) || waits(own, other, queue))
        };
        let apart = !own.several_legs || differs_by_leg(fact);
        match own.queues.iter().find(shares).filter(|_| apart) {
            Some(queue) => fact.set("queued", true).set("group", queue.written.as_str()),
            None => fact.set("queued", false),
        };
    }
}

/// Whether another claimant waits in the same group. Jobs of one run are in it together: they wait only by
/// groups of their own, or in turn.
fn waits(own: &Waiting<'_>, other: &Waiting<'_>, queue: &Queue) -> bool {
    let together = own.workflow == other.workflow;
    let in_turn = together && own.in_turn.contains(&other.job);
    let same = |theirs: &Queue| theirs.name == queue.name && (!together || in_turn || theirs.of_job && queue.of_job);
    other.queues.iter().any(same)
}

fn differs_by_leg(fact: &Fact) -> bool {
    let Some(Field::Known(Datum::List(names))) = fact.fields.get("unique-in") else { return false };
    names.iter().any(|name| name == "leg")
}

/// The name that a fact claims.
fn claimed(fact: &Fact) -> Option<Claim> {
    let claims = fact.kind.name == "name-claim" && fact.text("by") != Some("pull");
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
