//! Runs that are told apart by nothing a fix can write.

use crate::rewrite::Place;

/// Why two runs share what has the run's id in it: act gives each of them the same.
pub(in crate::rewrite) fn same_run(place: &Place<'_>) -> Option<&'static str> {
    (!place.job.substrate.numbers_runs()).then_some(
        "act gives every run the id 1, so two of them still share it: start act with `--env GITHUB_RUN_ID=…` and a \
         number of your own",
    )
}
