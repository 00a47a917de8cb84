//! What a rule says of itself at length. Of built-in rules it is decoded only when asked for.

use serde::Deserialize;

use super::{Example, built_in};

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
            Self::BuiltIn => built_in::prose(rule),
            Self::Own(prose) => (**prose).clone(),
        };
        prose.examples.iter_mut().for_each(|example| rule.clone_into(&mut example.rule));
        prose
    }
}
