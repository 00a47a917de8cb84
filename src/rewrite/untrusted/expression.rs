//! Expressions whose values are plain characters.

use super::name::{is_id, is_variable};
use crate::expr::{self, Expr, ExprKind, Literal, Operator};
use crate::workflow::{Datum, Job};

/// What the runner makes itself, of digits, letters and slashes.
const OF_THE_RUN: [&str; 9] = [
    "run_id",
    "run_number",
    "run_attempt",
    "sha",
    "repository_id",
    "actor_id",
    "event.number",
    "event.pull_request.number",
    "workspace",
];
/// Numbers and truth values.
const OF_THE_STRATEGY: [&str; 4] = ["job-index", "job-total", "fail-fast", "max-parallel"];

/// Whether the value of an expression of this job means the same in any quotes and without: the runner makes it, or
/// the workflow writes out every value it can have.
pub fn is_plain(job: &Job, expression: &str) -> bool {
    expr::parse(expression).is_some_and(|expr| is_plain_expr(Some(job), &expr))
}

/// The same in an action, which knows nothing of the job that uses it.
pub fn is_plain_anywhere(expression: &str) -> bool {
    expr::parse(expression).is_some_and(|expr| is_plain_expr(None, &expr))
}

fn is_plain_expr(job: Option<&Job>, expr: &Expr) -> bool {
    let path = match &expr.kind {
        ExprKind::Path(path) => path,
        ExprKind::Literal(Literal::Number(_)) => return true,
        // One of both: `github.run_attempt || 1`.
        ExprKind::Binary(Operator::Or, left, right) => return is_plain_expr(job, left) && is_plain_expr(job, right),
        _ => return false,
    };
    let Some(names) = path.names().map(|names| names.join(".")) else { return false };
    match path.context.as_str() {
        "github" | "gitea" | "forgejo" if names == "job" => job.is_some_and(|job| is_id(job.id.value())),
        "github" | "gitea" | "forgejo" => OF_THE_RUN.contains(&names.as_str()),
        "strategy" => OF_THE_STRATEGY.contains(&names.as_str()),
        "job" => is_of_the_job(&path.names().unwrap_or_default()),
        // Addresses, ports and names that a step we wrote has asked Docker for.
        "env" => names.starts_with("BERTH_") && is_variable(&names),
        "matrix" => path.member().is_some_and(|key| job.is_some_and(|job| is_plain_key(job, key))),
        _ => false,
    }
}

/// `services.ID.ports['5432']`, `.id` and `.network`; `container.id` and `.network`.
fn is_of_the_job(names: &[&str]) -> bool {
    match names {
        ["services", id, "ports", port] => is_id(id) && port.chars().all(|c| c.is_ascii_digit()),
        ["services", id, "id" | "network"] => is_id(id),
        ["container", "id" | "network"] => true,
        _ => false,
    }
}

/// Whether a key of the matrix has plain values only.
fn is_plain_key(job: &Job, key: &str) -> bool {
    let Some(legs) = job.matrix().map(crate::workflow::Matrix::legs).filter(|legs| legs.complete) else {
        return false;
    };
    let values = || legs.legs.iter().flat_map(|leg| leg.values()).filter(|(name, _)| name.eq_ignore_ascii_case(key));
    let is_plain = |value: Option<&Datum>| {
        value.and_then(Datum::as_scalar).is_some_and(|scalar| scalar.value().chars().all(is_plain_character))
    };
    // To a runner `V` is `v`: whose value it takes is nothing to rely on.
    values().next().is_some() && values().all(|(name, value)| name == key && is_plain(value))
}

/// Whether a shell takes a character for nothing but itself, wherever in a word it stands.
fn is_plain_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.-/:@%+=,".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewrite::untrusted::testing::job;

    #[test]
    fn whose_values_are_plain() {
        let matrix = "matrix: { v: ['15', '16-alpine'], bad: [a, '$(id)'], V2: [a], v2: [b], open: '${{ fromJSON(vars.X) }}', map: [{ a: b }] }";
        let plain = |matrix: &str, expression: &str| is_plain(&job("test", matrix), expression);
        for fine in [
            "github.run_id",
            "gitea.run_attempt",
            "github.run_attempt || 1",
            "github.event.number",
            "github.job",
            "strategy.job-index",
            "job.services.db.ports['5432']",
            "job.services.db.id",
            "env.BERTH_DB_HOST",
        ] {
            assert!(plain("matrix: {}", fine), "{fine}");
        }
        for foreign in [
            "github.head_ref",
            "github.event.pull_request.title",
            "env.X",
            "github.run_attempt || env.X",
            "github.run_id && github.head_ref",
            "inputs.x",
            "job.services['x y'].id",
            "job.status",
            "env.BERTH_$(id)",
            "matrix.v",
            "matrix.none",
            "format('{0}', github.run_id)",
            "matrix.v }}$(id)${{ github.run_id",
            "github['run_id",
        ] {
            assert!(!plain("matrix: {}", foreign), "{foreign}");
        }
        assert!(is_plain_anywhere("github.run_attempt || 1") && !is_plain_anywhere("github.job"));
        // One open axis, and nothing is known for certain.
        assert!(!plain(matrix, "matrix.v"));
        let closed = "matrix: { v: ['15', '16-alpine'], bad: [a, '$(id)'], V2: [a], v2: [b], map: [{ a: b }] }";
        assert!(plain(closed, "matrix.v") && plain(closed, "matrix['v']"));
        for foreign in ["matrix.bad", "matrix.V2", "matrix.v2", "matrix.map", "matrix.map.a", "matrix.other"] {
            assert!(!plain(closed, foreign), "{foreign}");
        }
        assert!(!plain("matrix: { v: ['1'], include: [{ v: '`id`' }] }", "matrix.v"));
        assert!(!is_plain(&job("$(id)", "matrix: {}"), "github.job"));
    }
}
