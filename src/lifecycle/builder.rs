//! Whose build cache a prune takes.

use crate::docker::{Prune, PrunedBuilder, Verb};
use crate::symbol::{Dimensions, Unique};
use crate::trace::JobTrace;
use crate::truth::Truth;

/// Whether what the act at `index` prunes is the cache of a builder that this run alone has: one of a name that no
/// other run has.
pub fn is_own_cache(trace: &JobTrace, index: usize, prune: &Prune) -> Truth {
    let unique = match &prune.builder {
        None => return Truth::No,
        Some(PrunedBuilder::Named(name)) => name.value.unique(),
        Some(PrunedBuilder::InUse) => match in_use(trace, index) {
            Some(unique) => unique,
            None => return Truth::No,
        },
    };
    !unique.is_static()
}

/// In what the builder's name is unique that the job put in use last.
fn in_use(trace: &JobTrace, index: usize) -> Option<Unique> {
    if let Some(told) = trace.acts.get(index)?.env.get("BUILDX_BUILDER").filter(|told| !told.empty().is_yes()) {
        return Some(told.unique());
    }
    trace.acts.get(..index)?.iter().rev().find_map(|act| {
        let Some(Verb::Builder { verb, names, driver, in_use }) = act.verb() else { return None };
        let named = match act.call() {
            // Its words are nodes.
            Some(call) if verb == "create" => call.options.value("name"),
            _ => names.first().cloned(),
        };
        if in_use.is_no() || !matches!(verb.as_str(), "create" | "use") {
            return None;
        }
        let random = || {
            let own = verb == "create" && driver.as_ref().is_none_or(|driver| driver.is("docker-container"));
            if own { Unique::by(Dimensions::RANDOM) } else { Unique::UNKNOWN }
        };
        let unique = named.map_or_else(random, |name| name.value.unique());
        Some(if in_use.is_yes() && !act.context.conditional { unique } else { Unique::UNKNOWN })
    })
}
