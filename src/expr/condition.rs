//! `if:`: in which outcomes a step runs.

use std::sync::Arc;

use super::ast::{Expr, ExprKind, Operator, Path};
use super::evaluate::{Resolver, evaluate};
use super::parse::parse_shared;
use super::status::{Outcome, Status, StatusRules};
use super::template::{Part, template};
use super::value::Known;
use crate::truth::Truth;

/// A step's or job's `if:` as runners read it.
#[derive(Clone, Debug)]
pub struct Condition {
    pub(super) form: Form,
}

#[derive(Clone, Debug)]
pub(super) enum Form {
    /// None is written, or it is empty: `success()`.
    Missing,
    /// An expression, with or without `${{ }}` around the whole.
    Expression(Arc<Expr>),
    /// Text with expressions in it: a string, which is true unless it is empty. The expressions that parse,
    /// and whether there is text between them.
    Mixed(Vec<Arc<Expr>>, bool),
    /// It does not parse: nothing is known.
    Broken,
}

impl Condition {
    /// No `if:` at all.
    pub const MISSING: Self = Self { form: Form::Missing };

    /// Reads an `if:`. `text` is the scalar's decoded value: white space around `${{ }}` counts, because
    /// then the whole is a string (act's expression.go; GitHub does the same).
    pub fn read(text: &str) -> Self {
        let parts = template(text);
        let form = match parts.as_slice() {
            _ if text.trim().is_empty() => Form::Missing,
            [Part::Literal(_)] => parse_shared(text).map_or(Form::Broken, Form::Expression),
            [Part::Expression { inner, .. }] => {
                parse_shared(&text[inner.clone()]).map_or(Form::Broken, Form::Expression)
            }
            parts => mixed(text, parts),
        };
        Self { form }
    }

    /// The expression, unless it is missing, broken or a string.
    pub fn expression(&self) -> Option<&Expr> {
        match &self.form {
            Form::Expression(expr) => Some(expr),
            _ => None,
        }
    }

    /// Whether it is true with that status. Without a status function in it, `success() &&` is implied
    /// (act's interpreter.go; names without regard to case).
    pub fn truth(&self, status: Status, resolve: Resolver<'_>) -> Truth {
        match &self.form {
            Form::Missing => status.success,
            Form::Broken => Truth::Unknown,
            Form::Expression(expr) => {
                let truth = evaluate(expr, status, resolve).truth();
                if expr.has_status_function() { truth } else { status.success.and(truth) }
            }
            Form::Mixed(expressions, has_text) => {
                let truth = if *has_text { Truth::Yes } else { Truth::Unknown };
                let bare = !expressions.iter().any(|expr| expr.has_status_function());
                if bare { status.success.and(truth) } else { truth }
            }
        }
    }

    /// Whether the step runs when the job ends that way, on a runner with those rules.
    pub fn runs(&self, outcome: Outcome, rules: StatusRules, resolve: Resolver<'_>) -> Truth {
        let truths = rules.statuses(outcome).into_iter().map(|status| match status {
            Some(status) => self.truth(status, resolve),
            None => Truth::No,
        });
        // Where runners differ, nobody can tell.
        truths.reduce(|one, other| if one == other { one } else { Truth::Unknown }).unwrap_or(Truth::Unknown)
    }

    /// Whether it asks for something of a context.
    pub fn asks_for(&self, context: &str) -> bool {
        self.expression().is_some_and(|expr| expr.paths().iter().any(|(path, _)| path.context == context))
    }

    /// What it asks about, as `sources` has the texts of a path.
    pub fn asked<S>(&self, sources: &dyn Fn(&Path) -> Vec<S>) -> Vec<S> {
        let paths = self.expression().map(|expr| expr.paths()).unwrap_or_default();
        paths.into_iter().flat_map(|(path, _)| sources(path)).collect()
    }

    /// What all has to hold for it besides the job's status, each in one writing: of two conditions with the same the
    /// one comes out as the other does. What a step may change in between is left out: files, variables, outcomes.
    /// Outputs of a step are what it has said once it has run.
    pub fn gates(&self) -> Vec<String> {
        let mut gates = Vec::new();
        for expr in self.conjuncts() {
            let gate = expr.to_string();
            let may_change = expr.paths().iter().any(|(path, _)| may_change(path)) || gate.contains("hashfiles(");
            if !expr.has_status_function() && !may_change {
                gates.push(gate);
            }
        }
        gates
    }

    /// Whether it is true with that status wherever these gates hold.
    pub fn truth_given(&self, status: Status, gates: &[String]) -> Truth {
        let nothing = |_: &Path| Known::unknown();
        if self.expression().is_none() {
            return self.truth(status, &nothing);
        }
        let conjuncts = self.conjuncts();
        let holds = |expr: &&Expr| match !gates.is_empty() && gates.contains(&expr.to_string()) {
            true => Truth::Yes,
            false => evaluate(expr, status, &nothing).truth(),
        };
        let truth = conjuncts.iter().map(holds).fold(Truth::Yes, Truth::and);
        let asks = conjuncts.iter().any(|expr| expr.has_status_function());
        if asks { truth } else { status.success.and(truth) }
    }

    /// What has to hold all together.
    fn conjuncts(&self) -> Vec<&Expr> {
        let mut conjuncts = Vec::new();
        let mut rest: Vec<&Expr> = self.expression().into_iter().collect();
        while let Some(expr) = rest.pop() {
            match &expr.kind {
                ExprKind::Binary(Operator::And, left, right) => rest.extend([&**left, &**right]),
                _ => conjuncts.push(expr),
            }
        }
        conjuncts
    }

    /// Whether it is false whatever happens: `if: false`.
    pub fn is_never(&self, resolve: Resolver<'_>) -> bool {
        [Status::SUCCESS, Status::FAILURE, Status::CANCELLED].iter().all(|&status| self.truth(status, resolve).is_no())
    }
}

/// Whether a path may lead to something else at a later step.
fn may_change(path: &Path) -> bool {
    let last = path.names().and_then(|names| names.last().map(|name| name.to_ascii_lowercase()));
    matches!(path.context.as_str(), "env" | "job" | "runner")
        || path.context == "steps" && matches!(last.as_deref(), Some("outcome" | "conclusion") | None)
}

fn mixed(text: &str, parts: &[Part]) -> Form {
    let mut expressions = Vec::new();
    let mut has_text = false;
    for part in parts {
        match part {
            Part::Literal(_) => has_text = true,
            Part::Expression { inner, .. } => match parse_shared(&text[inner.clone()]) {
                Some(expr) => expressions.push(expr),
                None => return Form::Broken,
            },
            Part::Unclosed(_) => return Form::Broken,
        }
    }
    Form::Mixed(expressions, has_text)
}
