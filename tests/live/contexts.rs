//! Contexts of expressions, and expressions in text and in `if:`, by the linter's own evaluation.

use std::collections::BTreeMap;

use berthlint::expr::{Condition, Known, Path, Status, Value, fold};

/// Values by their dotted path; names know no case.
#[derive(Clone, Debug, Default)]
pub struct Contexts(BTreeMap<String, String>);

impl Contexts {
    pub fn set(&mut self, path: &str, value: &str) {
        self.0.insert(path.to_lowercase(), value.to_owned());
    }

    /// What a missing member is: nothing. A context the tests do not know is a mistake in the test.
    fn resolve(&self, path: &Path) -> Known {
        let dotted = path.dotted().unwrap();
        let known = ["github.", "env.", "secrets.", "steps.", "job.", "needs."];
        assert!(known.iter().any(|context| dotted.starts_with(context)), "no such context: {dotted}");
        match self.0.get(&dotted) {
            Some(value) => Known::text(value),
            None => Known::one(Value::Null),
        }
    }

    /// A text with its expressions computed.
    #[track_caller]
    pub fn text(&self, text: &str) -> String {
        let all = fold(text, &|path| self.resolve(path));
        match all.as_deref() {
            Some([one]) => one.clone(),
            other => panic!("{text}: {other:?}"),
        }
    }

    /// Whether a step with that `if:` runs.
    pub fn holds(&self, condition: Option<&str>, status: Status) -> bool {
        let condition = condition.map_or(Condition::MISSING, Condition::read);
        let truth = condition.truth(status, &|path| self.resolve(path));
        assert!(truth.is_yes() || truth.is_no(), "{condition:?}");
        truth.is_yes()
    }
}
