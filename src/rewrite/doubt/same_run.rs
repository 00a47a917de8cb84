//! What the run's id does not tell apart.

use crate::rewrite::{Place, Scene};

/// Why two runs share what has the run's id in it: act gives each of them the same.
pub(in crate::rewrite) fn same_run(place: &Place<'_>) -> Option<&'static str> {
    (!place.job.substrate.numbers_runs()).then_some(
        "act gives every run the id 1, so two of them still share it: start act with `--env GITHUB_RUN_ID=…` and a \
         number of your own",
    )
}

/// Why two calls in one run may share it: nobody sees who calls the workflow, and how often.
pub(in crate::rewrite) fn called_unseen(scene: &Scene<'_>, place: &Place<'_>) -> Option<&'static str> {
    let analysed = place.analysed;
    analysed.workflow.on.event("workflow_call")?;
    let path = analysed.path.strip_prefix(scene.prefix).unwrap_or(&analysed.path);
    let calls = |uses: &str| uses.trim_start_matches("./") == path;
    let mut jobs = scene.workflows.iter().flat_map(|other| &other.workflow.jobs);
    let is_seen = jobs.any(|job| job.uses.as_ref().is_some_and(|uses| calls(uses.value.value())));
    (!is_seen).then_some(
        "nothing shows who calls the workflow, and what calls it several times in one run shares it: put an input into \
         the name that each call gives another value",
    )
}
