//! One command that removes, stops or kills.

use super::selector::Selector;
use crate::docker::{ObjectKind, Verb};
use crate::source::Location;
use crate::trace::{Act, Target};
use crate::truth::Truth;

/// What a removal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All of them (`system prune`).
    System,
    /// Containers.
    Container,
    /// Networks.
    Network,
    /// Volumes.
    Volume,
    /// Images.
    Image,
    /// Build caches, and builders.
    Builder,
    /// A compose project.
    Project,
    /// A cluster.
    Cluster,
}

impl Scope {
    /// That of docker's own kinds; `None` for pods.
    pub fn of(kind: ObjectKind) -> Option<Self> {
        Some(match kind {
            ObjectKind::Container => Self::Container,
            ObjectKind::Network => Self::Network,
            ObjectKind::Volume => Self::Volume,
            ObjectKind::Image => Self::Image,
            ObjectKind::Builder => Self::Builder,
            ObjectKind::System => Self::System,
            ObjectKind::Pod => return None,
        })
    }

    /// Its name in the vocabulary.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Container => "container",
            Self::Network => "network",
            Self::Volume => "volume",
            Self::Image => "image",
            Self::Builder => "builder",
            Self::Project => "project",
            Self::Cluster => "cluster",
        }
    }
}

/// What a removal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RemovalVerb {
    /// `rm`, `rmi`, `network rm`, `compose rm`.
    Remove,
    /// `stop`.
    Stop,
    /// `kill`.
    Kill,
    /// `prune`.
    Prune,
    /// `compose down`.
    Down,
    /// `kind delete`.
    Delete,
}

impl RemovalVerb {
    /// Its name in the vocabulary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Remove => "rm",
            Self::Stop => "stop",
            Self::Kill => "kill",
            Self::Prune => "prune",
            Self::Down => "down",
            Self::Delete => "delete",
        }
    }
}

/// How a listing reaches the removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// `$(docker ps -q)` among its words.
    Substitution,
    /// Through xargs.
    Xargs,
    /// A loop, a single name.
    Name,
}

impl Shape {
    /// Its name in the vocabulary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Substitution => "substitution",
            Self::Xargs => "xargs",
            Self::Name => "name",
        }
    }
}

/// One command that removes, stops or kills.
#[derive(Clone, Debug)]
pub struct Removal {
    /// The act.
    pub act: usize,
    /// What it does.
    pub verb: RemovalVerb,
    /// Of what.
    pub scope: Scope,
    /// By what it selects.
    pub selector: Selector,
    /// How the selection reaches it.
    pub shape: Shape,
    /// `-f`: as it is given to `rm`, `rmi` and `compose rm`. What asks and refuses nothing has it always (`compose
    /// down`, `compose stop`, `compose kill`, a cluster's `delete`), plain `stop` and `kill` and every `prune` never,
    /// whatever they say.
    pub force: Truth,
    /// Anonymous volumes go, too: as it is given (`-v`, `--volumes`); always with a builder or cluster, never with
    /// `stop` and `kill`.
    pub volumes: Truth,
    /// What stays of a project: `network`.
    pub partial: Option<&'static str>,
    /// Where it takes effect.
    pub target: Target,
    /// Where the filter or name is written.
    pub selector_at: Option<Location>,
}

impl Removal {
    /// What a fact about it is about: of what kind, and by what it selects.
    pub fn subject(&self) -> String {
        format!("{} {}", self.scope.name(), self.selector.shown())
    }
}

/// A prune without `-f` asks whether to go on; where its standard input is empty, as in a job, the client takes that
/// for a no, removes nothing and succeeds (Docker 20.10 to 28). What a script reads may come from who calls it, and a
/// word that is not known may be `-f`: of these nothing is said.
pub fn is_unanswered(act: &Act) -> bool {
    let is_asked = matches!(act.verb(), Some(Verb::Prune(prune)) if prune.force.is_no()) && !act.text.contains('$');
    is_asked && act.context.stdin.is_none() && act.chain.is_empty() && !act.frame.text.value().contains('<')
}
