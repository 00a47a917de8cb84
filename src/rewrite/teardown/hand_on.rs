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

/// What is called after one of these may look for logs by itself.
const LOOKS: [&str; 3] = ["log", "docker", "container"];

/// Whether a step is an action that only hands on what a job has made.
pub(super) fn hands_on(step: &Step) -> bool {
    is_called(step, &HAND_ON)
}

/// Whether a step is one that only hands files on, and asks nothing of what the job has started.
pub(super) fn uploads(step: &Step) -> bool {
    hands_on(step) && !is_called(step, &LOOKS)
}

/// Whether a step is an action with one of these words in its name.
fn is_called(step: &Step, words: &[&str]) -> bool {
    let action = step.uses.as_ref().map(|uses| uses.value.value().to_ascii_lowercase());
    action.is_some_and(|action| words.iter().any(|word| action.contains(word)))
}
