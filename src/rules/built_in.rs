//! The rules in the binary: `build.rs` makes compact JSON of `rules/**/*.yaml`, their [`prose`] apart.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::reader::Trust;
use super::value::Value;
use super::{Example, Rule, prose, read};

const RULES: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.json"));

/// The built-in rules, by id.
///
/// # Panics
/// When one of them is no rule: a test reads every file.
pub fn built_in() -> &'static [Rule] {
    static READ: OnceLock<Vec<Rule>> = OnceLock::new();
    READ.get_or_init(|| {
        let values: Vec<Value> = serde_json::from_str(RULES).expect("build.rs writes JSON");
        let rule = |value| read::rule(value, Trust::BuiltIn).unwrap_or_else(|errors| panic!("{errors:?}"));
        values.iter().map(rule).collect()
    })
}

/// Every example of the built-in rules.
pub fn examples() -> Vec<Example> {
    built_in().iter().flat_map(|rule| rule.prose().examples).collect()
}

/// The files they come from, relative to `rules/`, by id.
pub fn sources() -> BTreeMap<String, String> {
    prose::files()
}
