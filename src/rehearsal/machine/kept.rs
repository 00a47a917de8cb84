//! Objects of one kind, oldest first, found by their ids and names.

use std::collections::btree_map::Values;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::ops::Bound;
use std::sync::Arc;

use super::state::{Container, Volume};

/// What a daemon knows by an id, and by a name that nothing else of its kind has.
pub(super) trait Thing {
    fn id(&self) -> &str;
    fn name(&self) -> &str;

    /// Whether others find it at work.
    fn is_up(&self) -> bool {
        false
    }
}

impl Thing for Container {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn is_up(&self) -> bool {
        self.state.is_up()
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
    /// The sum of what is seen of each.
    seen: u64,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { all: BTreeMap::new(), ids: BTreeMap::new(), names: HashMap::new(), next: 0, seen: 0 }
    }
}

impl<T: Thing + Clone> Kept<T> {
    /// All of them, oldest first.
    pub(super) fn iter(&self) -> Values<'_, u64, Arc<T>> {
        self.all.values()
    }

    /// What others see of all of them, in one number: the same where it is the same. It is kept, not counted anew.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    /// One more, the youngest.
    pub(super) fn push(&mut self, thing: T) {
        self.seen = self.seen.wrapping_add(seen(&thing));
        self.ids.insert(thing.id().into(), self.next);
        self.names.insert(thing.name().into(), self.next);
        self.all.insert(self.next, Arc::new(thing));
        self.next += 1;
    }

    /// The one of an id.
    pub(super) fn at(&self, id: &str) -> Option<&Arc<T>> {
        self.all.get(self.ids.get(id)?)
    }

    /// Changes one, but for what it is found by. What the change gives back; nothing without it.
    pub(super) fn change<R>(&mut self, id: &str, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let thing = Arc::make_mut(self.all.get_mut(self.ids.get(id)?)?);
        self.seen = self.seen.wrapping_sub(seen(thing));
        let changed = change(thing);
        self.seen = self.seen.wrapping_add(seen(thing));
        Some(changed)
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
        self.seen = self.seen.wrapping_sub(seen(&*thing));
        Some(thing)
    }
}

impl Kept<Container> {
    /// Gives one another name.
    pub(super) fn rename(&mut self, id: &str, name: String) {
        let Some(at) = self.ids.get(id).copied() else { return };
        let renamed = self.change(id, |container| std::mem::replace(&mut container.name, name.clone()));
        let Some(old) = renamed else { return };
        self.names.remove(old.as_str());
        self.names.insert(name.into(), at);
    }
}

fn seen(thing: &impl Thing) -> u64 {
    let mut hasher = DefaultHasher::new();
    (thing.id(), thing.name(), thing.is_up()).hash(&mut hasher);
    hasher.finish()
}
