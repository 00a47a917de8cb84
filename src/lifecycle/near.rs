//! The removals that may mean a resource: one by one, and those that say the same as one piece.

use std::cell::OnceCell;

use super::input::{Endings, JobInput};
use super::kinds::Kinds;
use super::name_index::{Names, asked};
use super::removal::Removal;
use super::resource::Resource;
use crate::symbol::Value;

/// The removals that may select a resource, in order. They are listed when somebody asks.
pub(super) struct Near<'a> {
    input: &'a JobInput<'a>,
    resource: &'a Resource,
    all: OnceCell<Vec<&'a Removal>>,
}

impl<'a> Near<'a> {
    /// Of a resource of this job.
    pub(super) fn new(input: &'a JobInput<'a>, resource: &'a Resource) -> Self {
        Self { input, resource, all: OnceCell::new() }
    }

    /// Each of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'a Removal> + Clone {
        self.all.get_or_init(|| self.input.removals_of(self.resource)).iter().copied()
    }
}

impl Endings {
    /// The job's removals, by what they do in which outcomes.
    pub(super) fn kinds(&self, input: &JobInput<'_>) -> &Kinds {
        self.kinds.get_or_init(|| Kinds::new(input.removals, |removal| kind_of(input, removal)))
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
