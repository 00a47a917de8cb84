//! What a `name=` filter is meant to name: one thing, or all whose names look so.

use super::Model;
use crate::docker::{NameFilter, name_filter_matches};
use crate::lifecycle::resources::Resource;
use crate::symbol::Value;

/// `own`, `complete` or `several`, of several filters the widest; none when it is not known.
pub fn of(model: &Model<'_>, filters: &[&Value]) -> Option<&'static str> {
    let all: Option<Vec<&'static str>> = filters.iter().map(|filter| one(model, filter)).collect();
    all?.into_iter().max_by_key(|what| ["own", "complete", "several"].iter().position(|known| known == what))
}

fn one(model: &Model<'_>, pattern: &Value) -> Option<&'static str> {
    let filter = NameFilter::parse(pattern);
    let body = filter.body();
    let others = model.input.others.iter().flat_map(|other| other.resources);
    let made: Vec<&Resource> = model.resources.iter().chain(others).collect();
    let names = || made.iter().flat_map(|resource| resource.name.iter().chain(&resource.parts));
    if names().any(|name| name.same(&body).is_yes()) {
        return Some("own");
    }
    let is_part = names().any(|name| name_filter_matches(&body, name).is_yes()) && !filter.anchored_end;
    if filter.special || is_part || body.suffix().ends_with(['-', '_', '.']) || is_known_beginning(&body) {
        return Some("several");
    }
    if filter.anchored_start && !filter.anchored_end {
        // Whoever writes `^` and no `$` means a beginning.
        return Some("several");
    }
    // A text that nobody knows may be either.
    if body.is_unknown() { None } else { Some("complete") }
}

/// Beginnings of names that programs give to what they make.
fn is_known_beginning(text: &Value) -> bool {
    matches!(
        text.as_literal(),
        Some("buildx_buildkit" | "kind" | "k3d" | "act" | "GITEA-ACTIONS-TASK" | "FORGEJO-ACTIONS-TASK")
    )
}
