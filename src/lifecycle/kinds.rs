//! A job's removals by what they do, found by the names they ask for.

use std::collections::HashMap;

use super::name_index::{ByName, asked, called};
use super::removal::Removal;
use super::resource::Resource;

/// Removals of one kind do the same in steps which run alike.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    /// Numbers of removals, in order.
    members: Vec<Vec<usize>>,
    by_name: ByName<usize>,
}

impl Kinds {
    /// Of a job's removals. Those of equal kinds ask for the same names; one without a kind is like no other.
    pub(super) fn new(removals: &[Removal], kind_of: impl Fn(&Removal) -> Option<String>) -> Self {
        let mut kinds = Self::default();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (index, removal) in removals.iter().enumerate() {
            let next = kinds.members.len();
            let kind = kind_of(removal).map_or(next, |kind| *known.entry(kind).or_insert(next));
            if kind == next {
                kinds.members.push(Vec::new());
                kinds.by_name.add(kind, asked(removal));
            }
            kinds.members[kind].push(index);
        }
        kinds
    }

    /// Those that may select a resource: of each kind the numbers of its removals.
    pub(super) fn near<'k>(&'k self, resource: &Resource) -> impl Iterator<Item = &'k [usize]> {
        self.by_name.by(&called(resource)).into_iter().map(|kind| self.members[kind].as_slice())
    }
}
