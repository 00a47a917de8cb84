//! What removals and resources have to do with each other, looked up by name: only names that may be the same meet, and
//! only what selects or is called by something else is held against everything.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, Range};

use super::removal::Removal;
use super::resource::{Resource, ResourceKind};
use super::selector::By;
use crate::symbol::Value;

/// What is known of a name from its start on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head<'n> {
    text: &'n str,
    /// That is all of it.
    whole: bool,
}

impl<'n> Head<'n> {
    pub(super) fn of(name: &'n Value) -> Self {
        match name.as_literal() {
            Some(text) => Self { text, whole: true },
            None => Self { text: name.prefix(), whole: false },
        }
    }
}

/// The names that something goes by.
pub(super) enum Names<'n> {
    /// These, of which it may have none.
    These(Vec<Head<'n>>),
    /// It has one that nobody knows: what somebody reads it from may hold it.
    Nameless,
    /// Any.
    Any,
}

/// Things in order, found by the names they go by: where the starts of two names differ, so do the names.
#[derive(Clone, Debug)]
pub(super) struct ByName<K> {
    whole: BTreeMap<String, Vec<K>>,
    /// By the starts of names of which no more is known.
    heads: BTreeMap<String, Vec<K>>,
    /// How long those are.
    lengths: BTreeSet<usize>,
    /// All that have such a name.
    partly: Vec<K>,
    nameless: Vec<K>,
    /// Those that may go by any name.
    any: Vec<K>,
    all: Vec<K>,
}

impl<K> Default for ByName<K> {
    fn default() -> Self {
        Self {
            whole: BTreeMap::new(),
            heads: BTreeMap::new(),
            lengths: BTreeSet::new(),
            partly: Vec::new(),
            nameless: Vec::new(),
            any: Vec::new(),
            all: Vec::new(),
        }
    }
}

impl<K: Copy + Ord> ByName<K> {
    /// Adds what goes by these names. Keys come in ascending order.
    pub(super) fn add(&mut self, key: K, names: Names<'_>) {
        self.all.push(key);
        match names {
            Names::Any => self.any.push(key),
            Names::Nameless => self.nameless.push(key),
            Names::These(heads) => {
                for head in heads {
                    let known = if head.whole { &mut self.whole } else { &mut self.heads };
                    known.entry(head.text.to_owned()).or_default().push(key);
                    if !head.whole {
                        self.lengths.insert(head.text.len());
                        self.partly.push(key);
                    }
                }
            }
        }
    }

    /// What may go by one of these names, in order.
    pub(super) fn by(&self, names: &Names<'_>) -> Vec<K> {
        let mut found = self.any.clone();
        match names {
            Names::Any => return self.all.clone(),
            Names::Nameless => found.extend(&self.partly),
            Names::These(heads) => heads.iter().for_each(|head| self.find(*head, &mut found)),
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn find(&self, head: Head<'_>, found: &mut Vec<K>) {
        // Shorter starts, and the same.
        for length in self.lengths.range(..=head.text.len()) {
            let start = head.text.get(..*length);
            found.extend(start.and_then(|start| self.heads.get(start)).into_iter().flatten());
        }
        if head.whole {
            found.extend(self.whole.get(head.text).into_iter().flatten());
            return;
        }
        for known in [&self.whole, &self.heads] {
            let from = known.range::<str, _>((Bound::Included(head.text), Bound::Unbounded));
            let longer = from.take_while(|(name, _)| name.starts_with(head.text));
            found.extend(longer.flat_map(|(_, keys)| keys));
        }
        found.extend(&self.nameless);
    }
}

/// The names by which a removal selects; any, when it may select by something else.
pub(super) fn asked(removal: &Removal) -> Names<'_> {
    let selector = &removal.selector;
    let by_name = match selector.by {
        By::Name => true,
        By::Project => !selector.names.is_empty(),
        _ => false,
    };
    if !by_name || selector.unsure || !selector.made_by.is_empty() {
        return Names::Any;
    }
    Names::These(selector.names.iter().map(|name| Head::of(&name.value)).collect())
}

/// The names that a resource goes by; any, when it may have parts.
pub(super) fn called(resource: &Resource) -> Names<'_> {
    if !resource.parts.is_empty() || !resource.parts_known {
        return Names::Any;
    }
    match &resource.name {
        Some(name) => Names::These(vec![Head::of(name)]),
        None if resource.kind == ResourceKind::Project => Names::Any,
        None => Names::Nameless,
    }
}

/// The names of the network that a resource is, for what is to join one.
pub(super) fn as_network(resource: &Resource) -> Names<'_> {
    match (resource.kind, &resource.name) {
        (ResourceKind::Network, Some(name)) => Names::These(vec![Head::of(name)]),
        (ResourceKind::Network, None) | (ResourceKind::Container | ResourceKind::Volume | ResourceKind::Builder, _) => {
            Names::These(Vec::new())
        }
        (ResourceKind::Project | ResourceKind::Cluster, _) => Names::Any,
    }
}

/// What one job makes and removes, by names.
#[derive(Clone, Debug, Default)]
pub struct NameIndex {
    removals: ByName<usize>,
    resources: ByName<usize>,
    networks: ByName<usize>,
    /// The acts that make something, each with what it makes.
    makers: Vec<(usize, usize)>,
}

impl NameIndex {
    /// Of a job.
    pub fn new(resources: &[Resource], removals: &[Removal]) -> Self {
        let mut meets = Self::default();
        for (index, removal) in removals.iter().enumerate() {
            meets.removals.add(index, asked(removal));
        }
        for (index, resource) in resources.iter().enumerate() {
            meets.resources.add(index, called(resource));
            meets.networks.add(index, as_network(resource));
            meets.makers.extend(resource.acts.iter().map(|act| (*act, index)));
        }
        meets.makers.sort_unstable();
        meets
    }

    /// The removals that may select a resource.
    pub fn removals_of(&self, resource: &Resource) -> Vec<usize> {
        self.removals.by(&called(resource))
    }

    /// The resources that a removal may select.
    pub fn resources_of(&self, removal: &Removal) -> Vec<usize> {
        self.resources.by(&asked(removal))
    }

    /// The resources that may be a network of this name.
    pub fn networks_of(&self, name: &Value) -> Vec<usize> {
        self.networks.by(&Names::These(vec![Head::of(name)]))
    }

    /// The resources that an act makes.
    pub fn made_by(&self, act: usize) -> impl Iterator<Item = usize> {
        let from = self.makers.partition_point(|(maker, _)| *maker < act);
        self.makers[from..].iter().take_while(move |(maker, _)| *maker == act).map(|(_, index)| *index)
    }

    /// Whether one of these acts makes something.
    pub fn is_made_in(&self, acts: Range<usize>) -> bool {
        let next = self.makers.partition_point(|(maker, _)| *maker < acts.start);
        self.makers.get(next).is_some_and(|(maker, _)| *maker < acts.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::symbol::Unique;
    use crate::truth::Truth;

    fn value(text: &str) -> Value {
        match text.strip_suffix('*') {
            Some(head) => Value::literal(head).then(Value::opaque("$X", Unique::STATIC, Truth::No)),
            None => Value::literal(text),
        }
    }

    #[test]
    fn names_that_may_be_the_same_meet() {
        let known = ["pg", "pg-1", "pg-*", "pg-1*", "redis", "*"].map(value);
        let mut all = ByName::default();
        for (key, name) in known.iter().enumerate() {
            all.add(key, Names::These(vec![Head::of(name)]));
        }
        all.add(known.len(), Names::Nameless);
        all.add(known.len() + 1, Names::Any);
        let asked = ["pg", "pg-1", "pg-12", "pg-*", "p*", "redis*", "*", "x", ""];
        for name in asked.map(value) {
            let found = all.by(&Names::These(vec![Head::of(&name)]));
            for (key, known) in known.iter().enumerate() {
                let meets = known.same(&name).may_be();
                assert!(!meets || found.contains(&key), "{known} and {name}");
            }
            assert_eq!(found.contains(&known.len()), name.as_literal().is_none(), "{name}");
            assert!(found.contains(&(known.len() + 1)), "{name}");
        }
        assert_eq!(all.by(&Names::These(vec![Head::of(&known[4])])), [4, 5, 7]);
        assert_eq!(all.by(&Names::Nameless), [2, 3, 5, 7]);
    }
}
