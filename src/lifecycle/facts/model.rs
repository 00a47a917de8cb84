//! What the facts of a job are made from.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use crate::lifecycle::input::JobInput;
use crate::lifecycle::removal::{Removal, Scope};
use crate::lifecycle::resource::{Resource, ResourceKind};
use crate::source::Location;

/// A job with what it makes and removes.
pub(super) struct Model<'a> {
    pub(super) input: &'a JobInput<'a>,
    pub(super) resources: &'a [Resource],
    pub(super) removals: &'a [Removal],
    /// Where what a scope is about is made.
    pub(super) creations: RefCell<HashMap<Scope, Arc<Vec<Location>>>>,
    /// What is meant to stay.
    pub(super) stays: Stays,
}

/// What of a job is meant to stay: each is found out once, by the resources' numbers.
pub struct Stays {
    pub(super) known: Vec<OnceCell<bool>>,
    /// Whether anything is deployed for its own sake.
    pub(super) deploys: OnceCell<bool>,
    /// Who uses a network or volume, by its kind and its name as it is shown: equal names are shown alike.
    pub(super) users: OnceCell<HashMap<(ResourceKind, String), Vec<usize>>>,
    /// The last act that is a test runner's, if there is one.
    pub(super) last_test: OnceCell<Option<usize>>,
}

impl Stays {
    /// Of a job, of which nothing is known yet.
    pub fn of(input: &JobInput<'_>) -> Self {
        let known = input.resources.iter().map(|_| OnceCell::new()).collect();
        Self { known, deploys: OnceCell::new(), users: OnceCell::new(), last_test: OnceCell::new() }
    }
}
