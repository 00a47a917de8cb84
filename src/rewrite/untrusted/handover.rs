//! What a step's `env:` hands to its script.

use super::expression::is_plain;
use crate::expr::{self, ExprKind};
use crate::workflow::Job;

/// Variables of a new step, each with the expression that is its value: a shell that expands `$NAME` takes nothing in
/// it for code.
#[derive(Clone, Debug, Default)]
pub struct Handover {
    entries: Vec<(String, String)>,
}

impl Handover {
    /// The value of an expression as text within double quotes: itself where it is plain, else a variable of a name
    /// that is not taken. `None` when a step of its own would not find the same value.
    pub fn in_double(&mut self, job: &Job, expression: &str, is_taken: &dyn Fn(&str) -> bool) -> Option<String> {
        if is_plain(job, expression) {
            return Some(format!("${{{{ {expression} }}}}"));
        }
        let parsed = expr::parse(expression)?;
        let ExprKind::Path(path) = &parsed.kind else { return None };
        if !matches!(path.context.as_str(), "matrix" | "strategy") {
            return None;
        }
        let names = path.names()?;
        let value = format!("${{{{ {expression} }}}}");
        if let Some((name, _)) = self.entries.iter().find(|(_, known)| *known == value) {
            return Some(format!("${{{name}}}"));
        }
        let spelled = |text: &str| -> String {
            text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
        };
        let first = [&[path.context.as_str()], names.as_slice()]
            .concat()
            .iter()
            .map(|name| spelled(name))
            .collect::<Vec<_>>()
            .join("_");
        let own = |name: &str| self.entries.iter().any(|(known, _)| known == name);
        let others = (2..10).map(|number| format!("{first}_{number}"));
        let name = std::iter::once(first.clone()).chain(others).find(|name| !own(name) && !is_taken(name))?;
        self.entries.push((name.clone(), value));
        Some(format!("${{{name}}}"))
    }

    /// The entries of `env:`.
    pub fn into_entries(self) -> Vec<(String, String)> {
        self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewrite::untrusted::testing::job;

    #[test]
    fn what_is_not_plain_goes_through_the_environment() {
        let job = job("test", "matrix: { v: ['15'], bad: ['$(id)'], 'a b': ['`id`'], a-b: ['`id`'] }");
        let mut handover = Handover::default();
        let mut text = |expression: &str| handover.in_double(&job, expression, &|name| name == "MATRIX_A_B");
        assert_eq!(text("github.run_id").as_deref(), Some("${{ github.run_id }}"));
        assert_eq!(text("matrix.v").as_deref(), Some("${{ matrix.v }}"));
        assert_eq!(text("matrix.bad").as_deref(), Some("${MATRIX_BAD}"));
        assert_eq!(text("matrix.bad").as_deref(), Some("${MATRIX_BAD}"));
        assert_eq!(text("matrix['a b']").as_deref(), Some("${MATRIX_A_B_2}"));
        assert_eq!(text("matrix.a-b").as_deref(), Some("${MATRIX_A_B_3}"));
        // Another step may find other values of these, or none.
        assert_eq!(text("env.X"), None);
        assert_eq!(text("secrets.X"), None);
        assert_eq!(text("format('{0}', matrix.v)"), None);
        let entries = handover.into_entries();
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[0], ("MATRIX_BAD".to_owned(), "${{ matrix.bad }}".to_owned()));
    }
}
