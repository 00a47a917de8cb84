//! Removals by a pattern that stay as they are, and take what gets a name of the run's own all the same.

use super::super::Place;
use super::{Name, NameKind};
use crate::docker::name_filter_matches;
use crate::lifecycle::removal::{Removal, RemovalVerb, Scope};
use crate::lifecycle::selector::By;
use crate::symbol::Value;

/// What still removes other runs' containers of that name, in words: a filter or a search that fits the beginning of it.
pub fn by(place: &Place<'_>, name: &Name) -> Option<String> {
    let literal = name.value.as_literal().filter(|_| name.kind == NameKind::Container)?;
    // As another run's is called.
    let theirs = Value::literal(format!("{literal}-0-0"));
    let takes = |pattern: &Value| {
        name_filter_matches(pattern, &theirs).is_yes() && name_filter_matches(pattern, &name.value).is_yes()
    };
    let patterns = place.reading.of_job(place.job, || Patterns::of(&place.job.removals));
    let removal = patterns.0.iter().filter_map(|index| place.job.removals.get(*index)).find(|removal| {
        // A filter that is the whole name gets the new one.
        let mut filters = removal.selector.filters("name").filter(|filter| !filter.negated);
        filters.any(|filter| takes(&filter.value) && !is_whole(&filter.value, literal))
    })?;
    let act = place.job.trace.acts.get(removal.act)?;
    let does = if matches!(removal.verb, RemovalVerb::Stop | RemovalVerb::Kill) { "stops" } else { "removes" };
    Some(format!("`{}` still {does} other runs' `{literal}-…`", act.called_text()))
}

/// The removals of a job that choose containers by a pattern.
struct Patterns(Vec<usize>);

impl Patterns {
    fn of(removals: &[Removal]) -> Self {
        let is_one = |removal: &Removal| {
            let is_pattern = matches!(removal.selector.by, By::NameFilter | By::Grep);
            is_pattern && removal.scope == Scope::Container && removal.verb != RemovalVerb::Prune
        };
        let ones = removals.iter().enumerate().filter(|(_, removal)| is_one(removal));
        Self(ones.map(|(index, _)| index).collect())
    }
}

/// Whether a filter says the whole name.
fn is_whole(pattern: &Value, name: &str) -> bool {
    pattern.as_literal().is_some_and(|text| text.trim_matches(['^', '$', '/']) == name)
}
