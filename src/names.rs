//! The names that `--select`, `--ignore` and comments may use: rules and their families.

use crate::suggest::nearest;

/// The id of a file that does not parse.
pub const YAML_ERROR: &str = "yaml-error";
/// The id of a comment that suppresses nothing.
pub const UNUSED_IGNORE: &str = "unused-ignore";
/// The rule of which the summary says a line when it is not asked for.
pub const NO_SWEEPER: &str = "no-sweeper";
/// The family of the tool's own.
pub const TOOL: &str = "tool";

/// Rule ids with their families.
#[derive(Clone, Debug, Default)]
pub struct Names {
    rules: Vec<(String, String)>,
}

impl Names {
    /// From pairs of rule id and family.
    pub fn new(rules: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { rules: rules.into_iter().collect() }
    }

    /// Whether it is a rule's or a family's name.
    pub fn is_known(&self, name: &str) -> bool {
        self.rules.iter().any(|(rule, family)| rule == name || family == name)
    }

    /// Whether `name` is this rule or its family.
    pub fn covers(&self, name: &str, rule: &str) -> bool {
        name == rule || self.rules.iter().any(|(id, family)| id == rule && family == name)
    }

    /// The rules that `name` stands for.
    pub fn rules_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.rules.iter().filter(move |(rule, family)| rule == name || family == name).map(|(rule, _)| rule.as_str())
    }

    /// What to say behind an unknown name: `; did you mean …?`, or nothing.
    pub fn hint(&self, name: &str) -> String {
        let known = || self.rules.iter().flat_map(|(rule, family)| [rule.as_str(), family.as_str()]);
        let parts = |known: &&str| name.split('-').filter(|part| known.split('-').any(|own| own == *part)).count();
        let near = nearest(name, known()).or_else(|| known().filter(|known| parts(known) > 1).max_by_key(parts));
        near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
    }

    /// The same, and where all of them are listed.
    pub fn hint_and_list(&self, name: &str) -> String {
        match self.hint(name) {
            hint if hint.is_empty() => "; `berthlint rules` lists them".to_owned(),
            hint => hint + " `berthlint rules` lists all",
        }
    }
}
