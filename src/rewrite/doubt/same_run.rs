//! What the run's id does not tell apart.

use crate::rewrite::Place;

/// Why two runs share what has the run's id in it: act gives each of them the same.
pub(in crate::rewrite) fn same_run(place: &Place<'_>) -> Option<&'static str> {
    (!place.job.substrate.numbers_runs()).then_some(
        "act gives every run the id 1, so two of them still share it: start act with `--env GITHUB_RUN_ID=…` and a \
         number of your own",
    )
}

/// Why two calls in one run may share it: nobody sees who calls the workflow, and how often.
pub(in crate::rewrite) fn called_unseen(place: &Place<'_>) -> Option<&'static str> {
    let analysed = place.analysed;
    analysed.workflow.on.event("workflow_call").filter(|_| !analysed.is_called)?;
    Some(
        "nothing shows who calls the workflow, and what calls it several times in one run shares it: put an input into \
         the name that each call gives another value",
    )
}
