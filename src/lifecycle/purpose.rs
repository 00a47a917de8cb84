//! What a removal is for, as its step says.

use crate::site::has_token;
use crate::trace::{Act, StepTrace};

/// Whether a step is named after the disk that it is to free: what it removes is whatever lies around.
pub fn frees_disk(step: Option<&StepTrace>) -> bool {
    const DOES: [&str; 8] = ["free", "clean", "cleanup", "clear", "reclaim", "prune", "purge", "maximize"];
    let name = step.and_then(|step| step.name.as_deref()).unwrap_or_default().to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| has_token(&name, word));
    says(&DOES) && says(&["disk", "space", "storage"])
}

/// Whether something removes because the disk is full, and not by the clock alone: a step for that, or a question after
/// the space that is left, decides. `condition` is the step's `if:`.
pub fn is_for_want_of_space(act: &Act, step: Option<&StepTrace>, condition: Option<&str>) -> bool {
    const SPACE: [&str; 8] = ["disk", "space", "storage", "avail", "available", "free", "usage", "threshold"];
    const URGENT: [&str; 5] = ["emergency", "aggressive", "low", "full", "pressure"];
    let says = |text: &str, words: &[&str]| {
        let text = text.to_lowercase();
        text.split(|c: char| !c.is_alphanumeric()).any(|token| words.contains(&token))
    };
    let name = step.and_then(|step| step.name.as_deref()).unwrap_or_default();
    let mut asked = act.context.branches.iter().map(|branch| branch.written.as_str()).chain(condition);
    // A word alone may be any variable's: how much is left is compared, or said to be too little.
    let compares = |text: &str| {
        let has_word = |word: &str| text.split_whitespace().any(|one| one == word);
        ["-gt", "-ge", "-lt", "-le"].into_iter().any(has_word) || text.contains(['<', '>']) || has_word("df")
    };
    asked.any(|text| says(text, &SPACE) && (compares(text) || says(text, &URGENT)))
        || says(name, &URGENT) && says(name, &SPACE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::testing::script;

    #[test]
    fn a_question_after_the_space_that_is_left_is_for_want_of_it() {
        let is_for_want = |line: &str, condition: Option<&str>| {
            let trace = script(line);
            let prune = trace.acts.iter().find(|act| act.text.starts_with("docker")).expect("the prune");
            is_for_want_of_space(prune, None, condition)
        };
        for line in [
            "if [ \"$usage\" -gt 90 ]; then docker system prune -f; fi",
            "if [[ $DISK_FREE < 10 ]]; then docker system prune -f; fi",
            "if [ \"$disk_full\" = yes ]; then docker system prune -f; fi",
        ] {
            assert!(is_for_want(line, None), "{line}");
        }
        for line in [
            "docker system prune -f",
            "if [ \"$storage\" = s3 ]; then docker system prune -f; fi",
            "if [ \"$count\" -gt 90 ]; then docker system prune -f; fi",
        ] {
            assert!(!is_for_want(line, None), "{line}");
        }
        let prune = "docker system prune -f";
        assert!(is_for_want(prune, Some("steps.disk.outputs.usage > 90")));
        assert!(is_for_want(prune, Some("env.LOW_DISK == 'true'")));
        assert!(!is_for_want(prune, Some("env.DISK == 'ssd'")));
    }
}
