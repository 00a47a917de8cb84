//! What a `name=` filter is meant to name: one thing, or all whose names look so.

use super::model::Model;
use crate::docker::NameFilter;
use crate::symbol::Value;

/// `own`, `complete` or `several`, of several filters the widest; none when it is not known.
pub fn of(model: &Model<'_>, filters: &[&Value]) -> Option<&'static str> {
    let all: Option<Vec<&'static str>> = filters.iter().map(|filter| one(model, filter)).collect();
    all?.into_iter().max_by_key(|what| ["own", "complete", "several"].iter().position(|known| known == what))
}

fn one(model: &Model<'_>, pattern: &Value) -> Option<&'static str> {
    let filter = NameFilter::parse(pattern);
    let body = filter.body();
    if model.input.others.is_made(&body) {
        return Some("own");
    }
    let is_part = || !filter.anchored_end && model.input.others.is_part_of_made(&body);
    if filter.special || body.suffix().ends_with(['-', '_', '.']) || is_known_beginning(&body) || is_part() {
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
    // buildx calls a builder's container `buildx_buildkit_NAME0`, and its volume `buildx_buildkit_NAME0_state`.
    let is_builders = |text: &str| text.starts_with("buildx_buildkit") && !text.ends_with("_state");
    text.as_literal().is_some_and(|text| {
        is_builders(text) || matches!(text, "kind" | "k3d" | "act" | "GITEA-ACTIONS-TASK" | "FORGEJO-ACTIONS-TASK")
    })
}
