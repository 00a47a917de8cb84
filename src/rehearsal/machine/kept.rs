//! Objects of one kind, oldest first, found by their ids and names.

use std::collections::btree_map::Values;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use super::state::{Container, Volume};

/// What a daemon knows by an id, and by a name that nothing else of its kind has.
pub(super) trait Thing {
    fn id(&self) -> &str;
    fn name(&self) -> &str;
}

impl Thing for Container {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Thing for Volume {
    fn id(&self) -> &str {
        &self.name
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// Objects of one kind.
#[derive(Clone, Debug)]
pub(super) struct Kept<T> {
    /// By their age.
    all: BTreeMap<u64, Arc<T>>,
    ids: BTreeMap<Arc<str>, u64>,
    names: HashMap<Arc<str>, u64>,
    next: u64,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { all: BTreeMap::new(), ids: BTreeMap::new(), names: HashMap::new(), next: 0 }
    }
}

impl<T: Thing + Clone> Kept<T> {
    /// All of them, oldest first.
    pub(super) fn iter(&self) -> Values<'_, u64, Arc<T>> {
        self.all.values()
    }

    /// One more, the youngest.
    pub(super) fn push(&mut self, thing: T) {
        self.ids.insert(thing.id().into(), self.next);
        self.names.insert(thing.name().into(), self.next);
        self.all.insert(self.next, Arc::new(thing));
        self.next += 1;
    }

    /// The one of an id.
    pub(super) fn at(&self, id: &str) -> Option<&Arc<T>> {
        self.all.get(self.ids.get(id)?)
    }

    /// The same, to change what it is not found by.
    pub(super) fn at_mut(&mut self, id: &str) -> Option<&mut T> {
        self.all.get_mut(self.ids.get(id)?).map(Arc::make_mut)
    }

    /// How many are older.
    pub(super) fn place(&self, id: &str) -> Option<usize> {
        Some(self.all.range(..self.ids.get(id)?).count())
    }

    /// The one of a name.
    pub(super) fn named(&self, name: &str) -> Option<&Arc<T>> {
        self.all.get(self.names.get(name)?)
    }

    /// The oldest one that has it for an id or a name.
    pub(super) fn called(&self, id: &str, name: &str) -> Option<&Arc<T>> {
        let at = self.ids.get(id).into_iter().chain(self.names.get(name)).min()?;
        self.all.get(at)
    }

    /// The one whose id begins so, if it is the only one.
    pub(super) fn begins(&self, prefix: &str) -> Option<&Arc<T>> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let mut found = self.ids.range::<str, _>(from).take_while(|(id, _)| id.starts_with(prefix));
        let (_, at) = found.next().filter(|_| found.next().is_none())?;
        self.all.get(at)
    }

    /// Takes one away.
    pub(super) fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        let thing = self.all.remove(&self.ids.remove(id)?)?;
        self.names.remove(thing.name());
        Some(thing)
    }
}

impl Kept<Container> {
    /// Gives one another name.
    pub(super) fn rename(&mut self, id: &str, name: String) {
        let Some(at) = self.ids.get(id) else { return };
        let Some(container) = self.all.get_mut(at) else { return };
        self.names.remove(container.name.as_str());
        self.names.insert(name.as_str().into(), *at);
        Arc::make_mut(container).name = name;
    }
}
