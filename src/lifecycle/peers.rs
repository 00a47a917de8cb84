//! The jobs of one workflow as they see each other: who needs whom, who makes a name, whose removals may take a thing.
//! It is looked up, not looked for: nobody goes through all jobs for each job.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::name_index::{ByName, Head, Names, as_network, asked, called};
use super::removal::Removal;
use super::resource::Resource;
use crate::docker::name_filter_matches;
use crate::expr::Condition;
use crate::symbol::{Part, Value};
use crate::trace::JobTrace;
use crate::truth::Truth;
use crate::workflow::{Job, Workflow};

/// A job as its peers see it.
#[derive(Clone, Copy, Debug)]
pub struct Peer<'a> {
    /// What the file says of it.
    pub job: &'a Job,
    /// What it does.
    pub trace: &'a JobTrace,
    /// Its `if:`.
    pub condition: &'a Condition,
    /// What it makes.
    pub resources: &'a [Resource],
    /// What it removes.
    pub removals: &'a [Removal],
}

/// The jobs of a workflow.
#[derive(Debug)]
pub struct Peers<'a> {
    workflow: &'a Workflow,
    jobs: Vec<Peer<'a>>,
    /// By their ids.
    ids: HashMap<&'a str, usize>,
    needs: Needs<'a>,
    /// For each job the places of those that need it, when somebody asked for them.
    needing: OnceCell<Vec<Vec<usize>>>,
    /// By the labels that each asks for; none asks for nothing that can be compared.
    runners: Vec<Option<usize>>,
    removals: ByName<(usize, usize)>,
    resources: ByName<(usize, usize)>,
    networks: ByName<(usize, usize)>,
    /// Resources by their whole names as they are shown: equal names are shown alike.
    shown: HashMap<String, Vec<(usize, usize)>>,
    /// All names and those of parts, when somebody asked for them.
    made: OnceCell<Made>,
}

/// The peers of one of them.
#[derive(Clone, Copy, Debug)]
pub struct Others<'a> {
    peers: &'a Peers<'a>,
    own: usize,
}

/// Another job of the same workflow.
#[derive(Clone, Copy, Debug)]
pub struct OtherJob<'a> {
    /// It.
    pub peer: Peer<'a>,
    /// It needs this job, by itself or through others.
    pub needs_this: bool,
    /// This job needs it, by itself or through others.
    pub needed_by_this: bool,
    /// Its label is the same, so that it meets the same daemon.
    pub same_runner: Truth,
}

impl<'a> Peers<'a> {
    /// Those of a workflow's jobs that are looked at.
    pub fn new(workflow: &'a Workflow, jobs: Vec<Peer<'a>>) -> Self {
        let mut labels: HashMap<Vec<&str>, usize> = HashMap::new();
        let mut peers = Self {
            ids: HashMap::new(),
            workflow,
            needs: Needs::of(workflow),
            needing: OnceCell::new(),
            runners: Vec::new(),
            removals: ByName::default(),
            resources: ByName::default(),
            networks: ByName::default(),
            shown: HashMap::new(),
            made: OnceCell::new(),
            jobs,
        };
        for (at, peer) in peers.jobs.iter().enumerate() {
            peers.ids.entry(peer.job.id.value()).or_insert(at);
            let asked_for = peer.job.runs_on.as_ref();
            let own = asked_for.map(|field| field.value.labels.iter().map(|label| label.value()).collect());
            let next = labels.len();
            peers.runners.push(own.map(|own| *labels.entry(own).or_insert(next)));
            for (index, removal) in peer.removals.iter().enumerate() {
                peers.removals.add((at, index), asked(removal));
            }
            for (index, resource) in peer.resources.iter().enumerate() {
                peers.resources.add((at, index), called(resource));
                peers.networks.add((at, index), as_network(resource));
                if let Some(name) = &resource.name {
                    peers.shown.entry(name.to_string()).or_default().push((at, index));
                }
            }
        }
        peers
    }

    /// The place of the job with an id.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }

    /// The peers of the job at `own`.
    pub fn of(&'a self, own: usize) -> Others<'a> {
        Others { peers: self, own }
    }

    /// Whether one job needs another, by itself or through others.
    pub fn needs(&self, job: &Job, other: &Job) -> bool {
        self.needs.has(job.id.value(), other.id.value())
    }

    /// Whether one of two jobs needs the other, so that they never run at the same time in one run.
    pub fn are_in_turn(&self, one: &Job, other: &Job) -> bool {
        self.needs.in_turn(one.id.value(), other.id.value())
    }

    /// The places of the jobs that need the one at `own`, by themselves or through others, in the file's order.
    pub fn needing(&self, own: usize) -> &[usize] {
        let all = self.needing.get_or_init(|| {
            let mut at: HashMap<usize, Vec<usize>> = HashMap::new();
            for (place, peer) in self.jobs.iter().enumerate() {
                let number = self.needs.ids.get(peer.job.id.value());
                number.into_iter().for_each(|number| at.entry(*number).or_default().push(place));
            }
            let mut all = vec![Vec::new(); self.jobs.len()];
            for (place, peer) in self.jobs.iter().enumerate() {
                let needed = self.needs.needed(peer.job.id.value()).filter_map(|number| at.get(&number)).flatten();
                needed.filter(|needed| **needed != place).for_each(|needed| all[*needed].push(place));
            }
            all
        });
        all.get(own).map_or(&[], Vec::as_slice)
    }

    /// The resources of this very name in all jobs: the job's place among them, and the resource's in the job.
    pub fn making(&self, name: &Value) -> Vec<(usize, usize)> {
        let same = |(job, index): &(usize, usize)| {
            let theirs = self.jobs[*job].resources[*index].name.as_ref();
            theirs.is_some_and(|theirs| theirs.same(name).is_yes())
        };
        self.shown.get(&name.to_string()).into_iter().flatten().copied().filter(same).collect()
    }
}

impl<'a> Others<'a> {
    /// The events that start the workflow, where all are known: a called one sees its caller's.
    pub fn events(&self) -> Vec<&'a str> {
        let on = &self.peers.workflow.on;
        let is_called = on.event("workflow_call").is_some();
        on.events.iter().filter(|_| !is_called).map(|event| event.name.value()).collect()
    }

    /// What one of the others is to this job.
    fn see(self, at: usize) -> OtherJob<'a> {
        let (own, peer) = (&self.peers.jobs[self.own], self.peers.jobs[at]);
        let (ours, theirs) = (self.peers.runners[self.own], self.peers.runners[at]);
        OtherJob {
            peer,
            needs_this: self.peers.needs(peer.job, own.job),
            needed_by_this: self.peers.needs(own.job, peer.job),
            same_runner: (ours.is_some() && ours == theirs).into(),
        }
    }

    /// All of those, in the file's order, that need this one.
    pub fn needing(self) -> impl Iterator<Item = OtherJob<'a>> {
        self.peers.needing(self.own).iter().map(move |at| self.see(*at))
    }

    /// The removals of others that may select a resource.
    pub fn removals_of(self, resource: &Resource) -> impl Iterator<Item = (OtherJob<'a>, &'a Removal)> {
        let has_others = self.peers.jobs.len() > 1;
        let found = if has_others { self.peers.removals.by(&called(resource)) } else { Vec::new() };
        let found = found.into_iter().filter(move |(at, _)| *at != self.own);
        found.map(move |(at, index)| (self.see(at), &self.peers.jobs[at].removals[index]))
    }

    /// The resources of others that a removal may select.
    pub fn resources_of(self, removal: &Removal) -> impl Iterator<Item = &'a Resource> {
        self.resources(self.peers.resources.by(&asked(removal)))
    }

    /// The resources of others that may be a network of this name.
    pub fn networks_of(self, name: &Value) -> impl Iterator<Item = &'a Resource> {
        self.resources(self.peers.networks.by(&Names::These(vec![Head::of(name)])))
    }

    /// The resources of others that have this very name.
    pub fn making(self, name: &Value) -> impl Iterator<Item = (OtherJob<'a>, &'a Resource)> {
        let found = self.peers.making(name).into_iter().filter(move |(at, _)| *at != self.own);
        found.map(move |(at, index)| (self.see(at), &self.peers.jobs[at].resources[index]))
    }

    /// Whether something that this job or another makes, or a part of it, is called that.
    pub fn is_made(self, name: &Value) -> bool {
        self.made().has(name)
    }

    /// Whether a `name=` filter of this text certainly matches something that this job or another makes.
    pub fn is_part_of_made(self, text: &Value) -> bool {
        self.made().is_part(text)
    }

    fn made(self) -> &'a Made {
        self.peers.made.get_or_init(|| Made::of(self.peers.jobs.iter().flat_map(|job| job.resources)))
    }

    fn resources(self, found: Vec<(usize, usize)>) -> impl Iterator<Item = &'a Resource> {
        let found = found.into_iter().filter(move |(at, _)| *at != self.own);
        found.map(move |(at, index)| &self.peers.jobs[at].resources[index])
    }
}

/// The names of all that is made, each once.
#[derive(Debug, Default)]
struct Made {
    /// As they are shown: equal names are shown alike.
    shown: HashMap<String, Vec<Value>>,
    /// Those that are one text each, one behind the other.
    plain: String,
    /// Those that may be one of several.
    choices: Vec<Value>,
}

impl Made {
    fn of<'r>(resources: impl Iterator<Item = &'r Resource>) -> Self {
        let mut made = Self::default();
        for name in resources.flat_map(|resource| resource.name.iter().chain(&resource.parts)) {
            let shown = name.to_string();
            let alike = made.shown.entry(shown.clone()).or_default();
            if alike.contains(name) {
                continue;
            }
            alike.push(name.clone());
            if is_choice(name) {
                made.choices.push(name.clone());
            } else {
                made.plain.push_str(&shown);
                made.plain.push('\0');
            }
        }
        made
    }

    fn has(&self, name: &Value) -> bool {
        self.shown.get(&name.to_string()).into_iter().flatten().any(|made| made.same(name).is_yes())
    }

    fn is_part(&self, text: &Value) -> bool {
        let matches = |name: &Value| name_filter_matches(text, name).is_yes();
        let shown = text.to_string();
        // What stands in a name is shown in it; a dot stands for any sign.
        let dotted = text.parts().iter().any(|part| matches!(part, Part::Literal(text) if text.contains('.')));
        if is_choice(text) || dotted || self.plain.contains(&shown) {
            return self.shown.values().flatten().any(matches);
        }
        self.choices.iter().any(matches)
    }
}

/// Whether a value may be one of several.
fn is_choice(value: &Value) -> bool {
    value.parts().iter().any(|part| matches!(part, Part::OneOf(_)))
}

/// Who needs whom, closed: a row of bits for each id.
#[derive(Debug)]
pub struct Needs<'a> {
    ids: HashMap<&'a str, usize>,
    rows: Vec<Vec<u64>>,
}

impl<'a> Needs<'a> {
    /// Of a workflow.
    pub fn of(workflow: &'a Workflow) -> Self {
        let mut ids: HashMap<&str, usize> = HashMap::new();
        for job in &workflow.jobs {
            let next = ids.len();
            ids.entry(job.id.value()).or_insert(next);
        }
        let mut needs = Self { rows: vec![vec![0; ids.len().div_ceil(64)]; ids.len()], ids };
        let order = in_order(workflow);
        // Once is enough where no job needs itself.
        let mut grows = true;
        while grows {
            grows = false;
            for job in &order {
                grows |= needs.grow(job);
            }
        }
        needs
    }

    /// Adds what the needed jobs need; says whether that was anything new.
    fn grow(&mut self, job: &Job) -> bool {
        let Some(&own) = self.ids.get(job.id.value()) else { return false };
        let mut row = std::mem::take(&mut self.rows[own]);
        let mut grown = false;
        let mut join = |word: usize, bits: u64, row: &mut Vec<u64>| {
            grown |= row[word] | bits != row[word];
            row[word] |= bits;
        };
        for needed in needs_of(job).filter_map(|id| self.ids.get(id)) {
            join(needed / 64, 1 << (needed % 64), &mut row);
            for (word, bits) in self.rows[*needed].iter().enumerate() {
                join(word, *bits, &mut row);
            }
        }
        self.rows[own] = row;
        grown
    }

    /// Whether one of two jobs needs the other, so that they never run at the same time in one run.
    pub fn in_turn(&self, one: &str, other: &str) -> bool {
        self.has(one, other) || self.has(other, one)
    }

    /// The numbers of the jobs that a job needs, by itself or through others.
    fn needed(&self, job: &str) -> impl Iterator<Item = usize> {
        let row = self.ids.get(job).map_or(&[][..], |own| &self.rows[*own]);
        row.iter()
            .enumerate()
            .filter(|(_, bits)| **bits != 0)
            .flat_map(|(word, bits)| (0..64).filter(move |bit| *bits & (1 << bit) != 0).map(move |bit| word * 64 + bit))
    }

    /// Whether a job needs another, by itself or through others.
    fn has(&self, job: &str, id: &str) -> bool {
        let bit = |row: &usize, bit: usize| self.rows[*row][bit / 64] & (1 << (bit % 64)) != 0;
        match (self.ids.get(job), self.ids.get(id)) {
            (Some(own), Some(other)) => bit(own, *other),
            _ => false,
        }
    }
}

fn needs_of(job: &Job) -> impl Iterator<Item = &str> {
    job.needs.iter().flat_map(|needs| needs.value.iter().map(|id| id.value()))
}

/// Jobs after those they need, so that outputs are known; a cycle stays in the file's order.
pub fn in_order(workflow: &Workflow) -> Vec<&Arc<Job>> {
    let ids: BTreeSet<&str> = workflow.jobs.iter().map(|job| job.id.value()).collect();
    let mut waiting: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut open: Vec<usize> = Vec::new();
    for (at, job) in workflow.jobs.iter().enumerate() {
        let needed: BTreeSet<&str> = needs_of(job).filter(|id| ids.contains(id)).collect();
        open.push(needed.len());
        needed.into_iter().for_each(|id| waiting.entry(id).or_default().push(at));
    }
    let mut rest: BTreeSet<usize> = (0..open.len()).collect();
    let mut ready: BTreeSet<usize> = rest.iter().copied().filter(|at| open[*at] == 0).collect();
    let mut ordered = Vec::new();
    while let Some(next) = ready.first().or(rest.first()).copied() {
        ready.remove(&next);
        rest.remove(&next);
        let job = &workflow.jobs[next];
        for at in waiting.remove(job.id.value()).unwrap_or_default() {
            open[at] -= 1;
            if open[at] == 0 && rest.contains(&at) {
                ready.insert(at);
            }
        }
        ordered.push(job);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::testing::traced;

    fn ids(text: &str) -> Vec<String> {
        let traced = traced(text, &[]);
        in_order(&traced.workflow).iter().map(|job| job.id.value().to_owned()).collect()
    }

    fn workflow(jobs: &[(&str, &str)]) -> String {
        let job =
            |(id, needs): &(&str, &str)| format!("  {id}:\n    runs-on: x\n    needs: [{needs}]\n    steps: []\n");
        format!("on: push\njobs:\n{}", jobs.iter().map(job).collect::<String>())
    }

    #[test]
    fn jobs_come_after_those_they_need() {
        assert_eq!(ids(&workflow(&[("c", "b"), ("b", "a"), ("a", ""), ("d", "nobody")])), ["a", "b", "c", "d"]);
        assert_eq!(ids(&workflow(&[("a", "b"), ("b", "a"), ("c", "b")])), ["a", "b", "c"]);
    }

    #[test]
    fn needs_reach_through_others_and_round_in_circles() {
        let traced = traced(&workflow(&[("c", "b"), ("b", "a"), ("a", ""), ("x", "y"), ("y", "x")]), &[]);
        let needs = Needs::of(&traced.workflow);
        let has = |job: usize, id: &str| needs.has(traced.workflow.jobs[job].id.value(), id);
        assert!(has(0, "a") && has(0, "b") && has(1, "a") && !has(2, "a") && !has(1, "c"));
        assert!(has(3, "x") && has(3, "y") && has(4, "y"));
    }

    /// As many ways lead from layer to layer as there are layers, each twice.
    #[test]
    fn diamonds_are_no_maze() {
        let layer = |at: usize| match at {
            0 => workflow(&[("a0", ""), ("b0", "")]),
            _ => {
                let needs = format!("a{}, b{}", at - 1, at - 1);
                let all = workflow(&[(&format!("a{at}"), &needs), (&format!("b{at}"), &needs)]);
                all.split_once("jobs:\n").map(|(_, jobs)| jobs.to_owned()).unwrap_or_default()
            }
        };
        let traced = traced(&(0..200).map(layer).collect::<String>(), &[]);
        let needs = Needs::of(&traced.workflow);
        assert!(needs.has(traced.workflow.jobs[399].id.value(), "a0"));
    }
}
