//! What removals and resources have to do with each other, looked up by name. Where both say a plain name, nothing but
//! the same name meets; only what says less is held against everything.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

use super::removals::Removal;
use super::resources::{Kind, Resource};
use super::selector::By;
use crate::symbol::Value;

/// Things in order, found by the plain names they go by.
#[derive(Clone, Debug)]
pub(super) struct ByName<K> {
    named: HashMap<String, Vec<K>>,
    /// Those that may go by any name.
    open: Vec<K>,
    all: Vec<K>,
}

impl<K> Default for ByName<K> {
    fn default() -> Self {
        Self { named: HashMap::new(), open: Vec::new(), all: Vec::new() }
    }
}

impl<K: Copy + Ord + Hash> ByName<K> {
    /// Adds what goes by these names, or (without) by any. Keys come in ascending order.
    pub(super) fn add<'n>(&mut self, key: K, names: Option<impl IntoIterator<Item = &'n str>>) {
        self.all.push(key);
        match names {
            Some(names) => {
                for name in names {
                    match self.named.get_mut(name) {
                        Some(known) if known.last() == Some(&key) => {}
                        Some(known) => known.push(key),
                        None => {
                            self.named.insert(name.to_owned(), vec![key]);
                        }
                    }
                }
            }
            None => self.open.push(key),
        }
    }

    /// What may go by one of these names, in order; without names all.
    pub(super) fn by<'n>(&self, names: Option<impl IntoIterator<Item = &'n str>>) -> Vec<K> {
        let Some(names) = names else { return self.all.clone() };
        let mut found = self.open.clone();
        found.extend(names.into_iter().filter_map(|name| self.named.get(name)).flatten());
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The names by which alone a removal selects; nothing when it may select by something else.
pub(super) fn asked(removal: &Removal) -> Option<Vec<&str>> {
    let selector = &removal.selector;
    let by_name = match selector.by {
        By::Name => true,
        By::Project => !selector.names.is_empty(),
        _ => false,
    };
    if !by_name || selector.unsure || !selector.made_by.is_empty() {
        return None;
    }
    selector.names.iter().map(|name| name.value.as_literal()).collect()
}

/// The names that a resource goes by: none, one; nothing when it may have parts or a name of which less is known.
pub(super) fn called(resource: &Resource) -> Option<Option<&str>> {
    if !resource.parts.is_empty() || !resource.parts_known {
        return None;
    }
    match &resource.name {
        Some(name) => name.as_literal().map(Some),
        None if resource.kind == Kind::Project => None,
        None => Some(None),
    }
}

/// The names of the network that a resource is, for what is to join one; nothing when it may be any.
pub(super) fn as_network(resource: &Resource) -> Option<Option<&str>> {
    match (resource.kind, &resource.name) {
        (Kind::Network, Some(name)) => name.as_literal().map(Some),
        (Kind::Network, None) | (Kind::Container | Kind::Volume, _) => Some(None),
        (Kind::Project | Kind::Cluster, _) => None,
    }
}

/// What one job makes and removes, by names.
#[derive(Clone, Debug, Default)]
pub struct Meets {
    removals: ByName<usize>,
    resources: ByName<usize>,
    networks: ByName<usize>,
    /// The acts that make something, with the first resource of each.
    makers: Vec<(usize, usize)>,
}

impl Meets {
    /// Of a job.
    pub fn new(resources: &[Resource], removals: &[Removal]) -> Self {
        let mut meets = Self::default();
        for (index, removal) in removals.iter().enumerate() {
            meets.removals.add(index, asked(removal));
        }
        for (index, resource) in resources.iter().enumerate() {
            meets.resources.add(index, called(resource));
            meets.networks.add(index, as_network(resource));
            meets.makers.push((resource.act, index));
        }
        meets.makers.sort_unstable();
        meets.makers.dedup_by_key(|(act, _)| *act);
        meets
    }

    /// The removals that may select a resource.
    pub fn removals_of(&self, resource: &Resource) -> Vec<usize> {
        self.removals.by(called(resource))
    }

    /// The resources that a removal may select.
    pub fn resources_of(&self, removal: &Removal) -> Vec<usize> {
        self.resources.by(asked(removal))
    }

    /// The resources that may be a network of this name.
    pub fn networks_of(&self, name: &Value) -> Vec<usize> {
        self.networks.by(name.as_literal().map(Some))
    }

    /// The first resource that an act makes.
    pub fn made_by(&self, act: usize) -> Option<usize> {
        let at = self.makers.binary_search_by_key(&act, |(maker, _)| *maker).ok()?;
        Some(self.makers[at].1)
    }

    /// Whether one of these acts makes something.
    pub fn is_made_in(&self, acts: Range<usize>) -> bool {
        let next = self.makers.partition_point(|(maker, _)| *maker < acts.start);
        self.makers.get(next).is_some_and(|(maker, _)| *maker < acts.end)
    }
}
