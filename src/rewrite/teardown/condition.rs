//! Conditions of teardown steps: `always()`, and what else is asked, as far as that stays the same.

use std::ops::Range;

use crate::expr::{Expr, ExprKind, KnownContexts, Operator, Part, Path, faults, parse_at, template};

/// Contexts whose values a job finds the same at its end.
const LASTING: [&str; 10] =
    ["github", "gitea", "forgejo", "needs", "matrix", "inputs", "vars", "strategy", "runner", "steps"];

/// What a condition asks besides the status: the conjuncts to keep, as written.
///
/// `is_earlier` says whether the outputs of the step with an id are there before the resource is made.
/// `None` when the condition cannot be taken apart.
pub(super) fn gates(text: &str, is_earlier: &dyn Fn(&str) -> bool) -> Option<Vec<String>> {
    if text.trim().is_empty() {
        return Some(Vec::new());
    }
    // What does not do what it says is mended first: kept, it could hold the removal back for ever.
    if !faults(text, true, None, KnownContexts::NOTHING).is_empty() {
        return None;
    }
    let expr = expression(text)?.1;
    let mut kept = Vec::new();
    for conjunct in conjuncts(&expr) {
        if is_status(conjunct) || asks_outcome(conjunct) {
            continue;
        }
        if conjunct.has_status_function() {
            return None;
        }
        let lasts = conjunct.paths().iter().all(|(path, _)| lasts(path, is_earlier));
        if !lasts || calls(conjunct, &["hashfiles"]) {
            continue;
        }
        let written = text.get(conjunct.range.clone())?.trim().to_owned();
        let bare = matches!(conjunct.kind, ExprKind::Binary(Operator::Or, ..)) && !written.starts_with('(');
        kept.push(if bare { format!("({written})") } else { written });
    }
    Some(kept)
}

/// `always()` and these.
pub(super) fn always(gates: &[String]) -> String {
    std::iter::once("always()").chain(gates.iter().map(String::as_str)).collect::<Vec<_>>().join(" && ")
}

/// The same, in the braces that `old` has.
pub(super) fn in_braces_of(old: &str, condition: &str) -> String {
    match expression(old) {
        Some((true, _)) => format!("${{{{ {condition} }}}}"),
        _ => condition.to_owned(),
    }
}

/// Whether it holds after a failure only.
pub(super) fn is_for_failure(text: &str) -> bool {
    expression(text).is_some_and(|(_, expr)| calls(&expr, &["failure"]) && !calls(&expr, &["success"]))
}

/// The expression, and whether it stands in braces.
fn expression(text: &str) -> Option<(bool, Expr)> {
    let whole = |range: Range<usize>| parse_at(text, range);
    match template(text).as_slice() {
        [Part::Literal(range)] => Some((false, whole(range.clone())?)),
        [Part::Expression { inner, .. }] => Some((true, whole(inner.clone())?)),
        _ => None,
    }
}

fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Binary(Operator::And, left, right) => [conjuncts(left), conjuncts(right)].concat(),
        _ => vec![expr],
    }
}

/// Nothing but status functions: `!cancelled()`, `success() || failure()`.
fn is_status(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(..) => calls(expr, &["success", "failure", "cancelled", "always"]),
        ExprKind::Not(inner) => is_status(inner),
        ExprKind::Binary(Operator::And | Operator::Or, left, right) => is_status(left) && is_status(right),
        _ => false,
    }
}

/// What a step came to: `steps.start.outcome == 'success'`, `job.status`.
fn asks_outcome(expr: &Expr) -> bool {
    expr.paths().iter().any(|(path, _)| {
        let last = path.names().and_then(|names| names.last().map(|name| name.to_ascii_lowercase()));
        path.context == "job" || path.context == "steps" && matches!(last.as_deref(), Some("outcome" | "conclusion"))
    })
}

fn lasts(path: &Path, is_earlier: &dyn Fn(&str) -> bool) -> bool {
    let earlier = || path.names().is_some_and(|names| names.first().is_some_and(|id| is_earlier(id)));
    LASTING.contains(&path.context.as_str()) && (path.context != "steps" || earlier())
}

fn calls(expr: &Expr, names: &[&str]) -> bool {
    let mut found = false;
    expr.walk(&mut |expr| found |= matches!(&expr.kind, ExprKind::Call(name, _) if names.contains(&name.as_str())));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_that_stay() {
        let kept = |text: &str| gates(text, &|id| id == "changes").map(|gates| always(&gates));
        for (text, wanted) in [
            ("", "always()"),
            ("success() || failure()", "always()"),
            ("${{ !cancelled() }}", "always()"),
            ("always() && steps.start.outcome == 'success'", "always()"),
            ("failure() && needs.x.outputs.y == 'true'", "always() && needs.x.outputs.y == 'true'"),
            ("steps.changes.outputs.db == 'true'", "always() && steps.changes.outputs.db == 'true'"),
            ("steps.start.outputs.id != ''", "always()"),
            ("env.DB == 'pg'", "always()"),
            ("matrix.a || matrix.b", "always() && (matrix.a || matrix.b)"),
            ("(matrix.a || matrix.b) && !cancelled()", "always() && (matrix.a || matrix.b)"),
        ] {
            assert_eq!(kept(text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(kept("(always() || matrix.a) && matrix.b"), None);
        assert_eq!(kept("failure() && fromJSON(needs.x.outputs.y).length > 0"), None);
        assert_eq!(in_braces_of("${{ failure() }}", "always()"), "${{ always() }}");
    }
}
