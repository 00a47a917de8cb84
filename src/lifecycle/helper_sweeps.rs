//! What the calls of `berth-run` mean for other jobs.

use super::removal::{Removal, RemovalVerb, Scope, Shape};
use super::selector::Selector;
use crate::command::Arg;
use crate::command::options::{Grammar, Order};
use crate::docker::Filter;
use crate::trace::{Act, JobTrace};
use crate::truth::Truth;

const SWEEP: Grammar = Grammar { tables: &["name= image= label= older-than= cap= apply json"], order: Order::Any };

/// What a scheduled job lets `berth-run sweep` remove. They are no removals of the job's own: the helper
/// looks at each candidate's age, so that no rule about careless removals is for them.
pub fn sweeps(trace: &JobTrace) -> Vec<Removal> {
    trace.acts.iter().enumerate().filter_map(|(index, act)| sweep(index, act)).collect()
}

fn sweep(index: usize, act: &Act) -> Option<Removal> {
    let (options, _) = SWEEP.parse(act.helper_call("sweep")?);
    // Without `--apply` it only says what it would remove.
    if options.flag("apply").is_no() {
        return None;
    }
    let filters = |key: &str| {
        let filter = |arg: Arg| Filter { key: Some(key.to_owned()), value: arg.value.clone(), negated: false, arg };
        options.values(key).into_iter().map(filter).collect::<Vec<_>>()
    };
    let filters: Vec<Filter> = ["name", "image", "label"].into_iter().flat_map(filters).collect();
    // Without a selector it takes what the helper itself made.
    if filters.is_empty() {
        return None;
    }
    Some(Removal {
        act: index,
        verb: RemovalVerb::Remove,
        scope: Scope::Container,
        selector: Selector { filters, all: true, ..Selector::default() }.classify(),
        shape: Shape::Name,
        force: Truth::Yes,
        volumes: Truth::Yes,
        partial: None,
        target: act.target(),
        selector_at: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::testing::read;

    fn selectors(run: &str) -> Vec<String> {
        let read = read(&format!("jobs:\n  a:\n    steps:\n      - run: {run}\n"));
        let shown = |removal: Removal| removal.selector.value().map(|value| value.to_string()).unwrap_or_default();
        sweeps(&read.trace).into_iter().map(shown).collect()
    }

    #[test]
    fn a_sweep_counts_when_it_is_applied() {
        assert_eq!(selectors("berth-run sweep --name ^ws- --older-than 2h --cap 100 --apply"), ["^ws-"]);
        assert_eq!(selectors("berth-run sweep --label app=e2e --older-than 2h --apply"), ["app=e2e"]);
        assert_eq!(selectors("berth-run sweep --name ^ws- --older-than 2h --cap 100"), [""; 0]);
        assert_eq!(selectors("berth-run sweep --apply"), [""; 0]);
    }
}
