//! What is taken for granted: a job works as it stands, when it runs alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::carry::{self, Carry, Key};
use super::log::{Event, Log};
use crate::source::Location;

/// What goes wrong in the original when it runs alone: what is played does not have what it needs (a registry, the text
/// that a program prints). That it goes well in real life is taken for granted, there and in what fixes make of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Failures {
    /// Commands that fail.
    commands: BTreeSet<Key>,
    /// Where a script gives up for another reason: an `exit 1`, a test, or the step as a whole.
    places: BTreeSet<(Arc<str>, usize)>,
}

/// What is passed over in a text: the original, or one that fixes made of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Granted<'a> {
    failures: &'a Failures,
    /// From the text to the original.
    carry: Option<&'a Carry>,
}

impl<'a> Granted<'a> {
    /// In the original.
    pub(super) fn own(failures: &'a Failures) -> Self {
        Self { failures, carry: None }
    }

    /// In what fixes made of it.
    pub(super) fn carried(failures: &'a Failures, carry: &'a Carry) -> Self {
        Self { failures, carry: Some(carry) }
    }

    /// Whether a command's failure is passed over.
    pub(super) fn command(&self, event: &Event) -> bool {
        let key = match self.carry {
            None => Some(carry::own(event)),
            Some(carry) => carry.original(event),
        };
        key.is_some_and(|key| self.failures.commands.contains(&key))
    }

    /// Whether a script goes on where it gives up.
    pub(super) fn place(&self, at: &Location) -> bool {
        let start = match self.carry {
            None => Some(at.span.start),
            Some(carry) => carry.back(at),
        };
        start.is_some_and(|start| self.failures.places.contains(&(at.path.clone(), start)))
    }
}

impl Failures {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.commands.len() + self.places.len()
    }

    /// Adds why a run failed; says whether that was not known.
    pub(super) fn learn(&mut self, log: &Log) -> bool {
        let gave_up = log.end_of_script(0);
        // A command that fails is the reason of what comes right behind it.
        let before = gave_up.and_then(|one| log.events.get(..one.after)?.last());
        let failed = before.filter(|event| event.run == 0 && !event.succeeded && !event.forgiven);
        if failed.is_some_and(|event| self.commands.insert(carry::own(event))) {
            return true;
        }
        if gave_up.is_some_and(|one| self.places.insert((one.at.path.clone(), one.at.span.start))) {
            return true;
        }
        log.failure_of(0).is_some_and(|event| self.commands.insert(carry::own(event)))
    }
}
