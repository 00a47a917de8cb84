//! Variables by their names. Copies share what neither of them has changed, and are compared without a look at that: a
//! job has many variables, each command has its own copy of them, and few commands set one.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::Value;

/// How many variables are copied for one that changes.
const MOST: usize = 24;

type Entry = (Arc<str>, Value);

/// Variables, in the order of their names.
#[derive(Clone, Default)]
pub struct Variables {
    /// In order, none of them empty.
    leaves: Vec<Arc<Vec<Entry>>>,
}

impl Variables {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// What a variable holds.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.get_key_value(name).map(|(_, value)| value)
    }

    /// A variable's name and what it holds.
    pub fn get_key_value(&self, name: &str) -> Option<(&Arc<str>, &Value)> {
        let leaf = self.leaves.get(self.leaf(name))?;
        let at = place(leaf, name).ok()?;
        leaf.get(at).map(|(name, value)| (name, value))
    }

    /// Whether there is such a variable.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets a variable: what it held before.
    pub fn insert(&mut self, name: Arc<str>, value: Value) -> Option<Value> {
        // Behind all others it comes into the last leaf.
        let index = self.leaf(&name).min(self.leaves.len().saturating_sub(1));
        let Some(leaf) = self.leaves.get_mut(index) else {
            self.leaves.push(Arc::new(vec![(name, value)]));
            return None;
        };
        match place(leaf, &name) {
            Ok(at) => own(leaf, 0).get_mut(at).map(|(_, held)| std::mem::replace(held, value)),
            Err(at) => {
                let leaf = own(leaf, 1);
                leaf.insert(at, (name, value));
                if leaf.len() > MOST {
                    let behind = leaf.split_off(MOST / 2);
                    self.leaves.insert(index + 1, Arc::new(behind));
                }
                None
            }
        }
    }

    /// Sets all that others are.
    pub fn set_all(&mut self, others: &Self) {
        if self.is_empty() {
            self.clone_from(others);
            return;
        }
        let mut changed: Vec<Entry> = Vec::new();
        self.compare(others, &mut |name, own, their| match their {
            Some(value) if !own.is_some_and(|own| own.is_same(value)) => changed.push((name.clone(), value.clone())),
            _ => {}
        });
        self.extend(changed);
    }

    /// Takes a variable away: what it held.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let index = self.leaf(name);
        let leaf = self.leaves.get_mut(index)?;
        let at = place(leaf, name).ok()?;
        let (_, value) = own(leaf, 0).remove(at);
        if leaf.is_empty() {
            self.leaves.remove(index);
        }
        Some(value)
    }

    /// All of them.
    pub fn iter(&self) -> Iter<'_> {
        Iter { leaves: self.leaves.iter(), here: [].iter() }
    }

    /// Their names.
    pub fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        self.iter().map(|(name, _)| name)
    }

    /// What they hold.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.iter().map(|(_, value)| value)
    }

    /// Shows each name that either has with what each holds there, in order; those may be left out that both share.
    pub fn compare<'v>(
        &'v self,
        other: &'v Self,
        see: &mut dyn FnMut(&'v Arc<str>, Option<&'v Value>, Option<&'v Value>),
    ) {
        let (mut ours, mut theirs) = (self.iter(), other.iter());
        loop {
            ours.skip_shared(&mut theirs);
            let order = match (ours.peek(), theirs.peek()) {
                (None, None) => return,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((own, _)), Some((their, _))) if Arc::ptr_eq(own, their) => Ordering::Equal,
                (Some((own, _)), Some((their, _))) => own.cmp(their),
            };
            let own = if order.is_le() { ours.next() } else { None };
            let their = if order.is_ge() { theirs.next() } else { None };
            if let Some((name, _)) = own.or(their) {
                see(name, own.map(|(_, value)| value), their.map(|(_, value)| value));
            }
        }
    }

    /// In which leaf a name stands, or would.
    fn leaf(&self, name: &str) -> usize {
        self.leaves.partition_point(|leaf| leaf.last().is_some_and(|(last, _)| &**last < name))
    }
}

/// Where in a leaf a name stands, or would.
fn place(leaf: &[Entry], name: &str) -> Result<usize, usize> {
    leaf.binary_search_by(|(known, _)| (**known).cmp(name))
}

/// A leaf to change: its own copy where others have it too, with room for more.
fn own(leaf: &mut Arc<Vec<Entry>>, room: usize) -> &mut Vec<Entry> {
    if Arc::get_mut(leaf).is_none() {
        let mut copy = Vec::with_capacity(leaf.len() + room);
        copy.extend(leaf.iter().cloned());
        *leaf = Arc::new(copy);
    }
    Arc::make_mut(leaf)
}

impl PartialEq for Variables {
    fn eq(&self, other: &Self) -> bool {
        let mut equal = true;
        self.compare(other, &mut |_, own, their| equal &= own == their);
        equal
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self).finish()
    }
}

impl Extend<Entry> for Variables {
    fn extend<I: IntoIterator<Item = Entry>>(&mut self, entries: I) {
        for (name, value) in entries {
            self.insert(name, value);
        }
    }
}

impl FromIterator<Entry> for Variables {
    /// Of those with one name the last one counts.
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut entries: Vec<Entry> = entries.into_iter().collect();
        if !entries.is_sorted_by(|one, other| one.0 < other.0) {
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            entries.reverse();
            entries.dedup_by(|later, kept| later.0 == kept.0);
            entries.reverse();
        }
        let mut leaves = Vec::with_capacity(entries.len().div_ceil(MOST));
        let mut entries = entries.into_iter();
        loop {
            let leaf: Vec<Entry> = entries.by_ref().take(MOST).collect();
            if leaf.is_empty() {
                return Self { leaves };
            }
            leaves.push(Arc::new(leaf));
        }
    }
}

impl<const N: usize> From<[Entry; N]> for Variables {
    fn from(entries: [Entry; N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<'v> IntoIterator for &'v Variables {
    type Item = (&'v Arc<str>, &'v Value);
    type IntoIter = Iter<'v>;

    fn into_iter(self) -> Iter<'v> {
        self.iter()
    }
}

/// Variables one by one.
#[derive(Clone)]
pub struct Iter<'v> {
    leaves: std::slice::Iter<'v, Arc<Vec<Entry>>>,
    here: std::slice::Iter<'v, Entry>,
}

impl<'v> Iter<'v> {
    /// The next one, which stays the next.
    pub fn peek(&mut self) -> Option<(&'v Arc<str>, &'v Value)> {
        while self.here.as_slice().is_empty() {
            self.here = self.leaves.next()?.iter();
        }
        self.here.as_slice().first().map(|(name, value)| (name, value))
    }

    /// Passes the leaves that both come to and have in common.
    fn skip_shared(&mut self, other: &mut Self) {
        if !self.here.as_slice().is_empty() || !other.here.as_slice().is_empty() {
            return;
        }
        while let (Some(own), Some(their)) = (self.leaves.as_slice().first(), other.leaves.as_slice().first())
            && Arc::ptr_eq(own, their)
        {
            self.leaves.next();
            other.leaves.next();
        }
    }
}

impl<'v> Iterator for Iter<'v> {
    type Item = (&'v Arc<str>, &'v Value);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((name, value)) = self.here.next() {
                return Some((name, value));
            }
            self.here = self.leaves.next()?.iter();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Numbers that look random, the same in every run.
    fn numbers() -> impl Iterator<Item = usize> {
        std::iter::successors(Some(7_usize), |last| Some((last * 1_103_515_245 + 12_345) % 2_147_483_648))
            .map(|number| number >> 8)
    }

    fn same(own: &Variables, map: &BTreeMap<Arc<str>, Value>) {
        assert!(own.iter().eq(map.iter()), "{own:?}\n{map:?}");
        assert!(own.leaves.iter().all(|leaf| !leaf.is_empty() && leaf.len() <= MOST));
        assert_eq!(own.is_empty(), map.is_empty());
    }

    #[test]
    fn it_does_what_a_map_does() {
        let (mut own, mut map) = (Variables::new(), BTreeMap::new());
        let mut copies = Vec::new();
        let mut numbers = numbers();
        for round in 0..3_000 {
            let (name, what) = (numbers.next().unwrap_or_default() % 200, numbers.next().unwrap_or_default());
            let name: Arc<str> = format!("V{name}").into();
            let value = Value::literal(what.to_string());
            match what % 3 {
                0 => assert_eq!(own.remove(&name), map.remove(&name)),
                _ => assert_eq!(own.insert(name.clone(), value.clone()), map.insert(name.clone(), value)),
            }
            assert_eq!(own.get(&name), map.get(&name));
            assert_eq!(own.contains_key("V7"), map.contains_key("V7"));
            if round % 500 == 0 {
                same(&own, &map);
                copies.push((own.clone(), map.clone()));
            }
        }
        copies.iter().for_each(|(own, map)| same(own, map));
        for ((one, map), (other, theirs)) in copies.iter().zip(copies.iter().skip(1)) {
            assert_eq!(one == other, map == theirs);
            let mut told = BTreeMap::new();
            one.compare(other, &mut |name, own, their| {
                assert_eq!((own, their), (map.get(name), theirs.get(name)));
                told.insert(name.clone(), ());
            });
            let differs = map.keys().chain(theirs.keys()).filter(|name| map.get(*name) != theirs.get(*name));
            assert!(differs.into_iter().all(|name| told.contains_key(name)));
            let again: Variables = map.clone().into_iter().rev().collect();
            same(&again, map);
            assert_eq!(&again, one);
            let (mut all, mut wanted) = (one.clone(), map.clone());
            all.set_all(other);
            wanted.extend(theirs.clone());
            same(&all, &wanted);
        }
    }

    #[test]
    fn of_one_name_the_last_counts() {
        let entry = |name: &str, value: &str| (Arc::from(name), Value::literal(value));
        let own = Variables::from([entry("B", "1"), entry("A", "2"), entry("B", "3"), entry("A", "4")]);
        assert!(own.iter().eq(Variables::from([entry("A", "4"), entry("B", "3")]).iter()));
    }

    #[test]
    fn what_copies_share_is_not_looked_at() {
        let names = (0..200).map(|number| (Arc::from(format!("V{number:03}")), Value::literal("x")));
        let one: Variables = names.collect();
        let mut other = one.clone();
        other.insert("V100".into(), Value::literal("y"));
        let mut seen = 0;
        one.compare(&other, &mut |_, _, _| seen += 1);
        assert!((1..=MOST).contains(&seen), "{seen}");
        assert_ne!(one, other);
    }
}
