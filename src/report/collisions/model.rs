//! Claims by what they claim, and who makes them.

use std::collections::BTreeMap;

use super::claimant::Claimant;
use super::meet::{self, Meeting};
use crate::facts::{Datum, Fact, Field};

/// What is claimed, by whom, and who of them meet.
#[derive(Clone, Debug)]
pub struct Group {
    /// `port`, `container`, `network`, `volume`, `project`, `image-tag`.
    pub kind: String,
    /// The port or name.
    pub value: String,
    /// The jobs.
    pub claimants: Vec<Claimant>,
    /// The pairs that can meet.
    pub meetings: Vec<Meeting>,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Collisions {
    /// By claim.
    pub groups: Vec<Group>,
    /// Claims of jobs of which nobody knows whether their daemon is shared.
    pub unknown_daemon: usize,
    /// Claims whose port or name is not known.
    pub unknown_value: usize,
}

impl Collisions {
    /// From the facts of `port-claim`, `name-claim` and `compose-claim`.
    pub fn new(facts: &[Fact]) -> Self {
        let mut collisions = Self::default();
        let mut groups: BTreeMap<(String, String), Vec<Claimant>> = BTreeMap::new();
        for fact in facts {
            let claimed = match fact.kind.name {
                "port-claim" => port(fact),
                "name-claim" => Claimed::of(fact.text("kind").unwrap_or_default(), fact.text("name")),
                "compose-claim" => compose(fact),
                _ => continue,
            };
            if matches!(fact.text("target"), Some("elsewhere" | "container")) {
                continue;
            }
            match (claimed, fact.text("daemon")) {
                (Claimed::Nothing, _) | (_, Some("ephemeral")) => {}
                (_, None) => collisions.unknown_daemon += 1,
                (Claimed::Unknown, _) => collisions.unknown_value += 1,
                (Claimed::This(kind, value), _) => add(groups.entry((kind, value)).or_default(), claimant(fact)),
            }
        }
        for ((kind, value), claimants) in groups {
            let meetings = meet::meetings(&claimants);
            if !meetings.is_empty() {
                collisions.groups.push(Group { kind, value, claimants, meetings });
            }
        }
        collisions
    }
}

enum Claimed {
    Nothing,
    Unknown,
    This(String, String),
}

impl Claimed {
    fn of(kind: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) if !value.is_empty() => Self::This(kind.to_owned(), value.to_owned()),
            _ => Self::Unknown,
        }
    }
}

fn port(fact: &Fact) -> Claimed {
    let protocol = |port: &str| {
        let udp = fact.text("port").is_some_and(|port| port.ends_with("/udp"));
        if udp && !port.ends_with("/udp") { format!("{port}/udp") } else { port.to_owned() }
    };
    match (fact.text("host-part"), flag(fact, "shares-host-network")) {
        (Some("random"), _) => Claimed::Nothing,
        (Some("fixed"), shares) if fact.text("by") != Some("server") || shares == Some(true) => {
            Claimed::of("port", fact.text("host-port").map(protocol).as_deref())
        }
        (Some("none"), Some(true)) => Claimed::of("port", fact.text("port")),
        (Some("none"), _) | (Some("fixed"), Some(false)) => Claimed::Nothing,
        _ => Claimed::Unknown,
    }
}

fn compose(fact: &Fact) -> Claimed {
    match fact.text("what") {
        Some("port") => match fact.text("host-part") {
            Some("random") => Claimed::Nothing,
            Some("fixed") => Claimed::of("port", fact.text("host-port")),
            _ => Claimed::Unknown,
        },
        Some("container-name") => Claimed::of("container", fact.text("name")),
        _ => Claimed::Nothing,
    }
}

fn claimant(fact: &Fact) -> Claimant {
    let place = fact.kind.spans.iter().find_map(|span| fact.spans.get(span.name)?.first());
    let workflow = fact.chain.first().map(|link| &link.location).or(place);
    let workflow = workflow.map(|location| location.path.to_string()).unwrap_or_default();
    let service = || match fact.kind.name {
        "compose-claim" => Some(format!("compose service {}", fact.text("service")?)),
        _ => Some(format!("service {}", fact.text("name")?)),
    };
    let what = fact.text("command").map(str::to_owned).or_else(service).unwrap_or_else(|| fact.subject.clone());
    Claimant {
        repository: root(&workflow).to_owned(),
        job: fact.job.clone().unwrap_or_default(),
        runs_on: fact.text("runs-on").filter(|label| !label.is_empty()).map(str::to_owned),
        places: place.into_iter().cloned().collect(),
        what,
        unique: match fact.fields.get("unique-in") {
            None => Some(Vec::new()),
            Some(Field::Known(Datum::List(names))) => Some(names.clone()),
            Some(_) => None,
        },
        in_matrix: flag(fact, "in-matrix") == Some(true),
        serialised: flag(fact, "serialised"),
        shared_in_run: matches!(fact.fields.get("shared-with"), Some(Field::Known(Datum::List(with))) if with.iter().any(|with| with == "job")),
        deploy: flag(fact, "deploy") == Some(true),
        pulls: fact.text("by") == Some("pull"),
        workflow,
    }
}

/// One for each job: its further claims are further places.
fn add(claimants: &mut Vec<Claimant>, new: Claimant) {
    let same = |known: &&mut Claimant| known.workflow == new.workflow && known.job == new.job;
    match claimants.iter_mut().find(same) {
        Some(known) => {
            known.pulls &= new.pulls;
            known.deploy &= new.deploy;
            let more = new.places.into_iter().filter(|place| !known.places.contains(place)).collect::<Vec<_>>();
            known.places.extend(more);
        }
        None => claimants.push(new),
    }
}

/// What a workflow's path begins with, above the forge's folder.
fn root(workflow: &str) -> &str {
    let folders = [".gitea/", ".forgejo/", ".github/"];
    let at = folders.iter().filter_map(|folder| workflow.rfind(folder)).max();
    workflow[..at.unwrap_or_default()].trim_end_matches('/')
}

fn flag(fact: &Fact, name: &str) -> Option<bool> {
    match fact.fields.get(name) {
        Some(Field::Known(Datum::Bool(flag))) => Some(*flag),
        _ => None,
    }
}
