//! The removals that may mean a resource: one by one, and those that say the same as one piece.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::input::{Endings, JobInput};
use super::name_index::{ByName, Names, asked, called};
use super::removal::Removal;
use super::resource::Resource;
use crate::symbol::Value;

/// The removals that may select a resource, in order and with their numbers. They are listed when somebody asks.
pub(super) struct Near<'a> {
    input: &'a JobInput<'a>,
    resource: &'a Resource,
    all: OnceCell<Vec<(usize, &'a Removal)>>,
}

impl<'a> Near<'a> {
    /// Of a resource of this job.
    pub(super) fn new(input: &'a JobInput<'a>, resource: &'a Resource) -> Self {
        Self { input, resource, all: OnceCell::new() }
    }

    /// Each of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a Removal> + Clone {
        self.all.get_or_init(|| self.input.removals_of(self.resource)).iter().map(|(_, removal)| *removal)
    }
}

/// A job's removals by what they do: those of one kind do the same in steps which run alike.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    /// Numbers of removals, in order.
    members: Vec<Vec<usize>>,
    by_name: ByName<usize>,
}

impl Kinds {
    fn read(input: &JobInput<'_>) -> Self {
        let mut kinds = Self::default();
        let mut known: HashMap<String, usize> = HashMap::new();
        for (index, removal) in input.removals.iter().enumerate() {
            let next = kinds.members.len();
            let kind = kind_of(input, removal).map_or(next, |kind| *known.entry(kind).or_insert(next));
            if kind == next {
                kinds.members.push(Vec::new());
                kinds.by_name.add(kind, asked(removal));
            }
            kinds.members[kind].push(index);
        }
        kinds
    }

    /// Those that may select a resource: of each kind the numbers of its removals. All of a kind ask for the same names.
    pub(super) fn near<'a>(input: &'a JobInput<'_>, resource: &Resource) -> impl Iterator<Item = &'a [usize]> {
        let Endings { kinds, .. } = input.endings;
        let kinds = kinds.get_or_init(|| Self::read(input));
        kinds.by_name.by(&called(resource)).into_iter().map(|kind| kinds.members[kind].as_slice())
    }
}

/// What a removal does, where that hangs on nothing but its words and on when its step runs. Of a resource that is made
/// before all of a kind, in another step, each says what the others say.
fn kind_of(input: &JobInput<'_>, removal: &Removal) -> Option<String> {
    let act = input.trace.acts.get(removal.act)?;
    let runs = input.endings.of(input, act.step)?;
    let Names::These(_) = asked(removal) else { return None };
    let tests = (input.is_test)(act.step);
    let always = act.context.trap.is_none() && act.context.branches.is_empty();
    (removal.partial.is_none() && always && !tests).then(|| {
        let Removal { verb, scope, target, volumes, selector, .. } = removal;
        let names: Vec<&Value> = selector.names.iter().map(|name| &name.value).collect();
        format!("{verb:?} {scope:?} {target:?} {volumes:?} {:?} {} {runs:?} {names:?}", selector.by, selector.some)
    })
}
