//! Conditions on how other steps ended.

use super::{each_is, facts, gap, rows};

#[test]
fn what_a_step_is_known_to_have_done_decides() {
    let always = "none  High";
    let made = |condition: &str| {
        gap(&[
            ("", "make lint"),
            ("", "docker run -d --name pg x"),
            ("", "make test"),
            ("always()", "make log"),
            (condition, "docker rm -fv pg"),
        ])
    };
    each_is(
        &[
            // Before what makes it, all went well.
            ("always() && steps.s0.outcome == 'success'", always),
            ("always() && steps.s0.conclusion != 'failure'", always),
            // It may have failed when it had made it.
            ("always() && steps.s1.outcome == 'success'", "gated failure,cancelled,timed out High"),
            // What stands behind it does not run when it fails.
            ("always() && steps.s2.outcome != 'skipped'", "gated failure,cancelled,timed out High"),
            // Unless it runs whatever has happened: how it ended nobody knows, and what may be is not reported.
            ("always() && steps.s3.outcome != 'skipped'", always),
            ("always() && steps.s2.outputs.done == ''", always),
        ],
        made,
    );
}

#[test]
fn a_failure_that_is_tolerated_fails_nothing() {
    let made = |condition: &str| {
        rows(
            &facts(&format!(
                "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - continue-on-error: true\n        run: docker run -d --name pg x\n      - if: {condition}\n        run: docker rm -fv pg\n"
            )),
            "resource",
            &["uncovered"],
        )
    };
    each_is(
        &[
            ("always()", " High"),
            ("success()", "failure,cancelled,timed out High"),
            ("failure()", "success,failure,cancelled High"),
            ("failure() || cancelled()", "success,failure High"),
        ],
        made,
    );
}
