//! The rules in the binary: `build.rs` makes compact JSON of `rules/**/*.yaml`, their prose apart.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::value::Value;
use super::{Example, Prose, Rule, read};

const RULES: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.json"));
const PROSE: &str = include_str!(concat!(env!("OUT_DIR"), "/prose.json"));

/// The built-in rules, by id.
///
/// # Panics
/// When one of them is no rule: a test reads every file.
pub fn built_in() -> &'static [Rule] {
    static READ: OnceLock<Vec<Rule>> = OnceLock::new();
    READ.get_or_init(|| {
        let values: Vec<Value> = serde_json::from_str(RULES).expect("build.rs writes JSON");
        let rule = |value| read::rule(value, read::Trust::BuiltIn).unwrap_or_else(|errors| panic!("{errors:?}"));
        values.iter().map(rule).collect()
    })
}

/// Every example of the built-in rules.
pub fn examples() -> Vec<Example> {
    built_in().iter().flat_map(|rule| rule.prose().examples).collect()
}

/// The files they come from, relative to `rules/`, by id.
pub fn sources() -> BTreeMap<String, String> {
    all_prose().into_iter().map(|(id, entry)| (id, entry.file)).collect()
}

pub(super) fn prose(rule: &str) -> Prose {
    all_prose().remove(rule).map(|entry| entry.prose).unwrap_or_default()
}

#[derive(serde::Deserialize)]
struct Entry {
    file: String,
    #[serde(flatten)]
    prose: Prose,
}

fn all_prose() -> BTreeMap<String, Entry> {
    serde_json::from_str(PROSE).expect("build.rs writes JSON, and a test reads every rule file")
}
