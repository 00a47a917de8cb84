//! What a rule says of itself at length. Of built-in rules it is decoded only when asked for.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Example;

const BUILT_IN: &str = include_str!(concat!(env!("OUT_DIR"), "/prose.json"));

/// Why a rule exists, and its examples.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Prose {
    /// What happens, why it matters, when the rule stays silent.
    #[serde(default)]
    pub why: String,
    /// Workflows that it finds, and workflows that it does not.
    #[serde(default)]
    pub examples: Vec<Example>,
}

/// Where a rule's prose is.
#[derive(Clone, Debug)]
pub(super) enum Source {
    BuiltIn,
    Own(Box<Prose>),
}

impl Source {
    pub(super) fn read(&self, rule: &str) -> Prose {
        let mut prose = match self {
            Self::BuiltIn => all().remove(rule).map(|entry| entry.prose).unwrap_or_default(),
            Self::Own(prose) => (**prose).clone(),
        };
        prose.examples.iter_mut().for_each(|example| rule.clone_into(&mut example.rule));
        prose
    }
}

/// The files of the built-in rules, relative to `rules/`, by id.
pub(super) fn files() -> BTreeMap<String, String> {
    all().into_iter().map(|(id, entry)| (id, entry.file)).collect()
}

#[derive(Deserialize)]
struct Entry {
    file: String,
    #[serde(flatten)]
    prose: Prose,
}

fn all() -> BTreeMap<String, Entry> {
    serde_json::from_str(BUILT_IN).expect("build.rs writes JSON, and a test reads every rule file")
}
