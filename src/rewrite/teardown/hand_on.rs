//! Steps at the end of a job that only hand on what it has made: they upload and report.

use crate::workflow::Step;

/// What actions are called that only hand on what a job has made.
const HAND_ON: [&str; 10] = [
    "upload",
    "codecov",
    "coverall",
    "test-report",
    "junit-report",
    "publish-unit-test",
    "cache/save",
    "slack",
    "notify",
    "notification",
];

/// Whether a step is an action that only hands on what a job has made.
pub(super) fn hands_on(step: &Step) -> bool {
    let action = step.uses.as_ref().map(|uses| uses.value.value().to_ascii_lowercase());
    action.is_some_and(|action| HAND_ON.iter().any(|word| action.contains(word)))
}
