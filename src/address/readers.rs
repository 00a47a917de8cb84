//! Who reads the variables of a job: its own programs, or nothing but containers and builds.

use std::collections::{BTreeSet, HashMap};

use super::reader::{Origin, Seat, addresses_of, may_ask_unseen};
use crate::docker::{ComposeVerb, Verb};
use crate::trace::{Act, ActKind, JobTrace};

/// Who reads the variables of a job: of the whole job, and of each of its steps.
#[derive(Default)]
pub(super) struct Readers {
    all: Reads,
    steps: HashMap<usize, Reads>,
}

impl Readers {
    pub(super) fn of(trace: &JobTrace) -> Self {
        let mut readers = Self::default();
        for act in &trace.acts {
            readers.add(trace, act.step, Reads::of(act));
        }
        for call in &trace.unfollowed {
            readers.add(trace, call.step, Reads { unseen: true, ..Reads::default() });
        }
        readers
    }

    fn add(&mut self, trace: &JobTrace, step: usize, reads: Reads) {
        if let Some(step) = trace.steps.get(step) {
            self.steps.entry(step.index).or_default().add(reads.clone());
        }
        self.all.add(reads);
    }

    /// Whether nothing but containers and builds reads a variable, of the whole job or of one step.
    pub(super) fn are_containers(&self, step: Option<usize>, variable: &str) -> bool {
        let reads = match step {
            None => Some(&self.all),
            Some(step) => self.steps.get(&step),
        };
        reads.is_some_and(|reads| reads.are_for_containers(variable))
    }
}

/// What a part of a job does with the variables that it has.
#[derive(Clone, Default)]
struct Reads {
    /// It starts containers, or builds.
    runs: bool,
    /// It does something that nobody sees, and may ask for any of them.
    unseen: bool,
    /// Those whose addresses the job itself asks for.
    asked: BTreeSet<String>,
}

impl Reads {
    fn of(act: &Act) -> Self {
        let runs = match act.verb() {
            Some(Verb::Run(_) | Verb::Create(_) | Verb::Build(_) | Verb::Bake(_)) => true,
            Some(Verb::Compose(compose)) => matches!(
                compose.verb,
                ComposeVerb::Up(_) | ComposeVerb::Create(_) | ComposeVerb::Run(_) | ComposeVerb::Build { .. }
            ),
            _ => false,
        };
        if matches!(act.kind, ActKind::Docker(_) | ActKind::Action(_)) {
            return Self { runs, ..Self::default() };
        }
        let own = addresses_of(act).into_iter().filter(|asked| asked.seat == Seat::Job);
        let asked = own.filter_map(|asked| match asked.from {
            Origin::Variable(name) => Some(name),
            _ => None,
        });
        Self { runs, unseen: may_ask_unseen(act), asked: asked.collect() }
    }

    fn add(&mut self, other: Self) {
        self.runs |= other.runs;
        self.unseen |= other.unseen;
        self.asked.extend(other.asked);
    }

    /// Whether nothing but containers and builds reads a variable: from there `localhost` is none of the job's own, and
    /// on the host's network (`docker build --network host`) a published port answers.
    fn are_for_containers(&self, variable: &str) -> bool {
        self.runs && !self.unseen && !self.asked.contains(variable)
    }
}
